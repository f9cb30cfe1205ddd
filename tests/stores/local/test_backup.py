"""A backup is a copy as of one moment, made while the store is used; and the file appears whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import InputError, StoreError, StoreFull, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from tests.faults.harness.full import no_file_beyond
from tests.faults.harness.logs import DAYS, tuples_at, write_days


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    held = LocalStore(tmp_path / "it's a store.duckdb")
    import_flows(FolderSource(write_days(tmp_path / "logs")), held)
    return held


def test_the_copy_is_a_store_that_answers_and_goes_on_alike(store: LocalStore, tmp_path: Path) -> None:
    store.save_setting("review", "kept")
    made = back_up(store, tmp_path / "copy.duckdb")
    copy = LocalStore(made.path)
    assert (made.holds, made.size) == (store.extent(), made.path.stat().st_size)
    assert copy.identity == store.identity
    assert copy.setting("review") == "kept"
    assert copy.fetch(FlowQuery(by=("src", "port"))).equals(store.fetch(FlowQuery(by=("src", "port"))))
    assert import_flows(FolderSource(tmp_path / "logs"), copy).bytes_read == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.duckdb", "it's a store.duckdb", "logs"]


def test_the_disk_that_is_full_is_that_of_the_copy(store: LocalStore, tmp_path: Path) -> None:
    with no_file_beyond(1 << 14), pytest.raises(StoreFull, match=r"/copy\.duckdb cannot grow"):
        back_up(store, tmp_path / "copy.duckdb")
    assert not (tmp_path / "copy.duckdb").exists()


def test_a_store_put_back_to_its_copy_comes_to_no_identity_that_it_had_with_other_flows(
    store: LocalStore, tmp_path: Path
) -> None:
    copy, identities = back_up(store, tmp_path / "copy.duckdb").path, list[str]()
    keeping.keep_days(store, 3)
    changes = (
        lambda: import_flows(FolderSource(write_days(tmp_path / "more", days=2)), store),
        lambda: store.save_nsg_names({"b": "web-nsg"}),
        lambda: keeping.retire(store),
        lambda: rebuild(store, lambda fresh: import_flows(FolderSource(tmp_path / "logs"), fresh)),
    )
    for change in changes:
        change()
        identities.append(store.identity)
        store.path.write_bytes(copy.read_bytes())
    assert len(set(identities)) == len(changes)


def test_a_copy_made_while_importing_holds_whole_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsgflow_core.intake.importing.BATCH_TUPLES", tuples_at(1))
    store, logs = LocalStore(tmp_path / "flows.duckdb"), write_days(tmp_path / "logs", days=40)
    importing = threading.Thread(target=import_flows, args=(FolderSource(logs), store))
    importing.start()
    seen: list[int] = []
    while importing.is_alive():
        try:
            copy = LocalStore(back_up(store, tmp_path / f"{len(seen)}.duckdb").path)
        except StoreMissing:
            continue
        seen.append(copy.extent().tuples)
        assert len(copy.rows(RowsQuery(limit=None))) == seen[-1]
        assert seen[-1] % tuples_at(1) == 0
    importing.join()
    assert seen == sorted(seen)
    assert len(seen) > 2
    assert store.extent().tuples == 40 * tuples_at(1)


def test_what_is_there_is_kept_unless_it_is_said(store: LocalStore, tmp_path: Path) -> None:
    there = tmp_path / "copy.duckdb"
    there.write_text("something else")
    with pytest.raises(InputError, match="--replace"):
        back_up(store, there)
    assert there.read_text() == "something else"
    assert back_up(store, there, replace=True).holds.tuples == DAYS * tuples_at(1)
    for place in (store.path, tmp_path):
        with pytest.raises(InputError):
            back_up(store, place, replace=True)
    assert store.extent().tuples == DAYS * tuples_at(1)


def test_no_folder_and_no_store_are_sentences(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        back_up(store, tmp_path / "nowhere" / "copy.duckdb")
    with pytest.raises(StoreMissing):
        back_up(LocalStore(tmp_path / "none.duckdb"), tmp_path / "copy.duckdb")
    assert not (tmp_path / "copy.duckdb").exists()


def test_the_command_line_makes_it(store: LocalStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["backup", str(tmp_path / "copy.duckdb"), "--store", str(store.path)]
    assert main(words) == 0
    assert f"{DAYS * tuples_at(1):,} log entries" in capsys.readouterr().out
    assert main(words) == 2
    assert main([*words, "--replace"]) == 0
