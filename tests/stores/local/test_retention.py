"""Keep N days: what goes is said before, the file shrinks, and no import brings back what went."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import InputError, NotAllowed, NsgflowError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.roles import Editor
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.retention import first_kept, read_days
from tests.faults.harness.logs import DAYS, LAST_DAY, day_of, tuples_at, write_days, write_hour

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A blob a day for ten days, the last of them growing."""
    return write_days(tmp_path / "logs")


@pytest.fixture
def store(tmp_path: Path, logs: Path) -> LocalStore:
    held = LocalStore(tmp_path / "flows.duckdb")
    import_flows(FolderSource(logs), held)
    return held


def rows(store: LocalStore) -> int:
    return len(store.rows(RowsQuery(limit=None)))


def test_what_goes_is_counted_before_it_does_and_is_what_went(store: LocalStore) -> None:
    before, identity = store.extent(), store.identity
    said = keeping.leaving(store, 3, NOW)
    assert said
    assert store.extent() == before
    assert (said.blobs, said.logged_days, said.entries) == (DAYS - 4, DAYS - 4, DAYS - 4)
    assert (said.before, said.first) == (day_of(-3), before.first)
    keeping.keep_days(store, 3)
    assert store.extent() == before, "setting it lets nothing go yet"
    assert keeping.retire(store, NOW) == said
    after = store.extent()
    assert after.tuples == before.tuples - said.tuples == rows(store)
    assert after.first
    assert after.first >= said.before
    assert store.identity != identity
    assert keeping.retire(store, NOW) is None


def test_an_import_brings_nothing_back_and_says_so(store: LocalStore, logs: Path) -> None:
    keeping.keep_days(store, 3)
    first = import_flows(FolderSource(logs), store)
    assert first.retired == (DAYS - 4) * tuples_at(1)
    held = store.extent()
    again = import_flows(FolderSource(logs), store)
    assert (again.blobs_seen, again.bytes_read, again.tuples, again.retired) == (4, 0, 0, 0)
    assert again.kept_since == day_of(-3)
    assert "keeps no older days" in " ".join(again.retention_words)
    old_window = import_flows(FolderSource(logs), store, until=day_of(-6))
    assert (old_window.blobs_seen, old_window.exit_status) == (0, 0)
    assert old_window.kept_since
    young_window = import_flows(FolderSource(logs), store, since=day_of(-1))
    assert young_window.kept_since is None, "it left nothing out"
    assert store.extent() == held


def test_a_blob_that_grows_goes_on_from_its_cursor(store: LocalStore, logs: Path) -> None:
    keeping.keep_days(store, 3)
    keeping.retire(store, NOW)
    held = store.extent().tuples
    longer = write_hour(logs, LAST_DAY, minutes=9)
    grown = import_flows(FolderSource(logs), store)
    assert (grown.blobs_read, grown.tuples) == (1, tuples_at(9) - tuples_at(1))
    assert grown.bytes_read < longer.stat().st_size
    assert store.extent().tuples == held + grown.tuples == rows(store)


def test_a_file_whose_hour_is_not_known_is_cut_and_not_read_again(store: LocalStore, tmp_path: Path) -> None:
    plain = tmp_path / "PT1H.json"
    write_hour(tmp_path, 0, minutes=2, path=plain, more=[LAST_DAY])
    import_flows(FolderSource(plain), store)
    keeping.keep_days(store, 3)
    keeping.retire(store, NOW)
    ledger = store.blobs()
    assert ledger.loc[ledger["name"] == str(plain), "tuples"].tolist() == [tuples_at(2)]
    assert import_flows(FolderSource(plain), store).bytes_read == 0
    keeping.keep_days(store, None)
    back = import_flows(FolderSource(plain), store)
    assert back.tuples == 2 * tuples_at(2), "more is kept, so it is read wholly again"
    assert store.extent().tuples == rows(store)


def test_all_of_a_file_went_and_it_is_no_failure(store: LocalStore, tmp_path: Path) -> None:
    plain = tmp_path / "old.json"
    write_hour(tmp_path, 0, minutes=2, path=plain, bad=1)
    keeping.keep_days(store, 3)
    for _ in range(2):
        report = import_flows(FolderSource(plain), store)
        assert report.exit_status == 0
    assert report.bytes_read == 0
    write_hour(tmp_path, 0, minutes=4, path=plain, bad=1)
    grown = import_flows(FolderSource(plain), store)
    assert (grown.tuples, grown.retired) == (tuples_at(4) - tuples_at(2),) * 2


def test_keeping_more_days_brings_back_what_the_source_still_has(store: LocalStore, logs: Path) -> None:
    whole = store.extent()
    keeping.keep_days(store, 2)
    import_flows(FolderSource(logs), store)
    keeping.keep_days(store, 5)
    import_flows(FolderSource(logs), store)
    assert len(store.blobs()) == 6
    keeping.keep_days(store, None)
    import_flows(FolderSource(logs), store)
    assert store.extent() == whole
    assert rows(store) == whole.tuples


def test_what_people_kept_stays_and_words_that_no_row_has_go(store: LocalStore, logs: Path) -> None:
    store.save_subnets(read_subnet_map("name,prefix\nweb,10.0.1.0/24\n"))
    store.save_nsg_names({"aaaa": "nsg-web"})
    store.save_setting("review", "kept")
    store_id = store.identity.split(":")[1]
    keeping.keep_days(store, 3)
    keeping.retire(store, NOW)
    assert store.subnets.names == ("web",)
    assert (store.nsg_names, store.setting("review")) == ({"aaaa": "nsg-web"}, "kept")
    assert store.identity.split(":")[1] == store_id
    assert len(store.values("mac")) == 4, "one NIC a day in these logs"
    fresh = LocalStore(store.path.with_name("fresh.duckdb"))
    fresh.save_subnets(store.subnets)
    import_flows(FolderSource(logs), fresh, since=day_of(-3))
    for question in (FlowQuery(by=("src", "port")), FlowQuery(by=("day", "rule")), FlowQuery(by=("mac",))):
        assert store.fetch(question).equals(fresh.fetch(question))


def test_the_order_of_the_rows_is_kept(tmp_path: Path, store: LocalStore) -> None:
    def descents(path: Path) -> list[tuple[int, int, datetime]]:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute("SELECT src, dst, time FROM flows ORDER BY rowid").fetchall()

    before = descents(store.path)
    keeping.keep_days(store, 3)
    keeping.retire(store, NOW)
    kept = day_of(-3).replace(tzinfo=None)
    assert descents(store.path) == [row for row in before if row[2] >= kept]


@pytest.mark.parametrize("now", [NOW - timedelta(days=4000), NOW + timedelta(days=4000), NOW], ids=str)
def test_no_clock_empties_a_store(store: LocalStore, now: datetime) -> None:
    """A clock set back keeps more; one set ahead lets go no more than the newest flow says."""
    keeping.keep_days(store, 3)
    whole = store.extent().tuples
    gone = keeping.retire(store, now)
    assert (gone.tuples if gone else 0) == (0 if now < NOW else (DAYS - 4) * tuples_at(1))
    assert store.extent().tuples == whole - (gone.tuples if gone else 0)


def test_a_flow_of_the_future_does_not_push_out_the_present() -> None:
    ahead = NOW + timedelta(days=900)
    assert first_kept(30, ahead, NOW) == datetime(2026, 10, 27, tzinfo=UTC)
    assert first_kept(36_500, datetime(99, 1, 1, tzinfo=UTC), NOW) == datetime(1, 1, 2, tzinfo=UTC)
    assert first_kept(None, NOW, NOW) is None
    assert first_kept(30, None, NOW) is None


@pytest.mark.parametrize("words", ["-1", "1.5", "²", "٣", "36501", "9" * 5000, "thirty", "1e3", "+3"])
def test_days_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(InputError, match="is no number of days"):
        read_days(words)


def test_days_are_read_as_people_write_them() -> None:
    assert [read_days(words) for words in (None, "", "all", "ALL ", "0", " 30 ")] == [None] * 5 + [30]


def test_the_command_line_says_sets_and_does_it(store: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        assert main(["retention", *words, "--store", str(store.path)]) == 0
        return capsys.readouterr().out

    whole = store.extent()
    assert "Everything is kept" in run()
    said = run("--keep", "3", "--dry-run")
    assert f"{(DAYS - 4) * tuples_at(1):,} log entries of {DAYS - 4} blobs, logged on {DAYS - 4} days" in said
    assert keeping.days_kept(store) is None
    assert "with the next import" in run("--keep", "3")
    assert (keeping.days_kept(store), store.extent()) == (3, whole)
    done = json.loads(run("--apply", "--json"))
    assert (done["days"], done["applied"], done["leaving"]["blobs"]) == (3, True, DAYS - 4)
    assert store.extent().tuples == 4 * tuples_at(1)
    assert "Nothing is older." in run()
    assert "Everything is kept" in run("--keep", "all")
    for words in (["--keep", "x"], ["--apply"]):
        assert main(["retention", *words, "--store", str(store.path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert main(["retention", "--keep", "3", "--store", str(store.path) + "x"]) == 2
    assert not Path(str(store.path) + "x").exists()


def test_the_file_shrinks(tmp_path: Path, sample_file: Path) -> None:
    store = LocalStore(Path(tmp_path / "flows.duckdb"))
    store.path.write_bytes(sample_file.read_bytes())
    keeping.keep_days(store, 1)
    before = store.path.stat().st_size
    assert keeping.retire(store, NOW)
    assert store.path.stat().st_size < before * 0.7
    assert [each.name for each in tmp_path.iterdir()] == ["flows.duckdb"]


def test_letting_go_is_a_change_that_is_told_and_that_a_reader_may_not_make(store: LocalStore) -> None:
    def refuse() -> Editor:
        raise NotAllowed("A reader.")

    keeping.keep_days(store, 3)
    content = store.path.read_bytes()
    with pytest.raises(NotAllowed):
        keeping.retire(LocalStore(store.path, editor=refuse), NOW)
    assert store.path.read_bytes() == content
    gone = keeping.retire(store, NOW)
    assert gone
    told = [f"{row['what']}: {row['about']}" for row in store.history().to_dict("records")]
    assert told[:2] == [f"Retention: Gone: {gone.words}", "Retention: 3 days are kept"]


def test_a_setting_that_is_none_is_a_sentence(store: LocalStore) -> None:
    store.save_setting("retention", "soon")
    with pytest.raises(NsgflowError, match="'soon' is no number of days"):
        keeping.retire(store)
