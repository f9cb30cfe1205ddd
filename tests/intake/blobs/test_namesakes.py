"""One blob in two places is one blob; two blobs of one name, which begin differently, are two."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from nsgflow_core.commands.store.importing import describe
from nsgflow_core.errors import StoreError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.log_file import begins_like
from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import PATH, TUPLES, blob, record, stored, write

EARLY, LATE = [record(minute) for minute in range(23)], [record(minute) for minute in range(23, 60)]
"""A flow log that began to write to another account at 22:23 leaves a blob of one name in each."""


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "all" / "one", tmp_path / "all" / "other"
    write(one, blob(*EARLY))
    write(other, blob(*LATE))
    return one, other


def take(store: LocalStore, *folders: Path) -> list[ImportReport]:
    return [import_flows(FolderSource(folder), store) for folder in folders]


def tuples(store: LocalStore) -> int:
    return sum(stored(store).values())


def test_both_are_kept_and_the_report_says_so(places: tuple[Path, Path], store: LocalStore) -> None:
    first, second = take(store, *places)
    assert (first.namesakes, second.namesakes) == (0, 1)
    assert "1 blob with the flow log, NIC and hour of one from another place begins differently" in describe(second)[-1]
    assert '"namesakes": 1' in second.to_json()
    assert tuples(store) == 60 * TUPLES
    assert [report.bytes_read for report in take(store, *places)] == [0, 0]


@pytest.mark.parametrize("turns", [("all",), ("one", "all"), ("other", "all"), ("other", "one", "all"), ("all", "one")])
def test_in_whatever_order_they_are_found(
    places: tuple[Path, Path], tmp_path: Path, store: LocalStore, turns: tuple[str, ...]
) -> None:
    where = {"all": tmp_path / "all", "one": places[0], "other": places[1]}
    take(store, *(where[turn] for turn in turns))
    assert tuples(store) == 60 * TUPLES
    assert take(store, tmp_path / "all")[0].bytes_read == 0


def test_each_grows_by_itself(places: tuple[Path, Path], store: LocalStore) -> None:
    take(store, *places)
    write(places[1], blob(*LATE, record(60)))
    (grown,) = take(store, places[1])
    assert (grown.tuples, grown.bytes_read < len(LATE[0]) * 2) == (TUPLES, True)
    write(places[0], blob(*EARLY[:-1]))
    take(store, places[0])
    assert tuples(store) == 60 * TUPLES


def test_copies_of_both_in_a_third_place_bring_nothing(
    places: tuple[Path, Path], tmp_path: Path, store: LocalStore
) -> None:
    take(store, *places)
    write(tmp_path / "copies" / "a", blob(*EARLY))
    write(tmp_path / "copies" / "b", blob(*LATE))
    (copied,) = take(store, tmp_path / "copies")
    assert (copied.tuples, copied.namesakes) == (0, 0)
    assert tuples(store) == 60 * TUPLES


def test_a_copy_of_an_earlier_minute_takes_nothing_away(tmp_path: Path, store: LocalStore) -> None:
    write(tmp_path / "whole", blob(*EARLY))
    write(tmp_path / "older", blob(*EARLY[:9]))
    _, older = take(store, tmp_path / "whole", tmp_path / "older")
    assert (older.tuples, tuples(store)) == (0, 23 * TUPLES)
    assert take(store, tmp_path / "whole")[0].bytes_read == 0


def test_of_copies_in_one_folder_the_longest_is_read(tmp_path: Path, store: LocalStore) -> None:
    write(tmp_path / "all" / "a", blob(*EARLY[:9]))
    write(tmp_path / "all" / "b", blob(*EARLY))
    write(tmp_path / "all" / "c", blob(*EARLY[:1]))
    write(tmp_path / "all" / "d", blob(*LATE))
    (report,) = take(store, tmp_path / "all")
    assert (report.blobs_seen, report.tuples) == (2, 60 * TUPLES)


def test_what_is_rewritten_where_it_lies_takes_the_place_of_what_was(tmp_path: Path, store: LocalStore) -> None:
    write(tmp_path / "logs", blob(*EARLY))
    take(store, tmp_path / "logs")
    write(tmp_path / "logs", blob(*LATE))
    (report,) = take(store, tmp_path / "logs")
    assert (report.namesakes, tuples(store)) == (0, 37 * TUPLES)


def test_a_store_made_anew_has_both(places: tuple[Path, Path], tmp_path: Path, store: LocalStore) -> None:
    take(store, *places)
    rebuild(store, lambda fresh: import_flows(FolderSource(tmp_path / "all"), fresh))
    assert tuples(store) == 60 * TUPLES


def test_a_store_made_anew_may_name_them_the_other_way_round(
    places: tuple[Path, Path], tmp_path: Path, store: LocalStore
) -> None:
    take(store, *reversed(places))
    rebuild(store, lambda fresh: import_flows(FolderSource(tmp_path / "all"), fresh))
    assert tuples(store) == 60 * TUPLES
    write(places[1], blob(*LATE[:1]))
    places[0].joinpath(*PATH.format(mac="00005E005301").split("/")).unlink()
    with pytest.raises(StoreError, match="stays as it was"):
        rebuild(store, lambda fresh: import_flows(FolderSource(tmp_path / "all"), fresh))


def test_a_ledger_of_an_older_version_replaces_what_it_cannot_tell(tmp_path: Path, store: LocalStore) -> None:
    write(tmp_path / "one", blob(*EARLY))
    take(store, tmp_path / "one")
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("UPDATE blobs SET fingerprint = string_split(fingerprint, '@')[1]")
    write(tmp_path / "other", blob(*LATE))
    take(store, tmp_path / "other")
    assert tuples(store) == 37 * TUPLES


def test_files_that_cannot_be_read_are_left_to_who_reads_them(tmp_path: Path) -> None:
    (there := tmp_path / "a").write_bytes(b"{}")
    assert begins_like(str(there), str(tmp_path / "missing"))
