"""A file without its container's path is a blob of its own: where another holds the same, the import says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.commands.store.importing import describe
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import TUPLES, blob, record, stored, write

WHOLE = blob(*(record(minute) for minute in range(30)))
WORDS = "1 blob begins like one that was read under another name, so its flows count twice"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A container, the same blob downloaded by itself, what was downloaded of it earlier, and another log's blob."""
    container, alone = tmp_path / "all" / "container", tmp_path / "all" / "alone"
    write(container, WHOLE)
    alone.mkdir()
    (alone / "PT1H.json").write_bytes(WHOLE)
    earlier, other = tmp_path / "earlier.json", tmp_path / "other.json"
    earlier.write_bytes(blob(*(record(minute) for minute in range(12))))
    other.write_bytes(blob(*(record(minute) for minute in range(30, 40))))
    return {"all": tmp_path / "all", "container": container, "alone": alone, "earlier": earlier, "other": other}


def take(store: LocalStore, place: Path) -> ImportReport:
    return import_flows(FolderSource(place), store)


@pytest.mark.parametrize(
    ("before", "after"),
    [("container", "alone"), ("alone", "container"), ("container", "earlier"), ("earlier", "container"),
     ("alone", "earlier")],
)  # fmt: skip
def test_in_whatever_order_they_are_read(places: dict[str, Path], store: LocalStore, before: str, after: str) -> None:
    assert take(store, places[before]).counted_twice == 0
    report = take(store, places[after])
    assert report.counted_twice == 1
    assert any(WORDS in line and "--rebuild" in line for line in describe(report))
    assert '"counted_twice": 1' in report.to_json()
    assert take(store, places[after]).counted_twice == 0, "once is enough"


@pytest.mark.parametrize("name", ["PT1H (1).json", "PT1H - Copy.json"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_copy_beside_its_blob(logs: Path, store: LocalStore, name: str, is_first: bool) -> None:
    """A browser that saves a blob twice, or a file manager, leaves it so in the folder of its hour."""
    copy = write(logs, WHOLE)
    copy.rename(copy.with_name(name))
    if is_first:
        assert take(store, logs).counted_twice == 0
    write(logs, WHOLE)
    assert take(store, logs).counted_twice == 1


@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_copy_whose_path_is_in_another_case(
    places: dict[str, Path], store: LocalStore, case: Callable[[str], str], is_first: bool
) -> None:
    (blob,) = places["container"].rglob("*.json")
    copy = places["other"].with_name("cased") / case(str(blob.relative_to(places["container"])))
    copy.parent.mkdir(parents=True)
    copy.with_suffix(".json").write_bytes(WHOLE)
    cased = places["other"].with_name("cased")
    first, second = (cased, places["container"]) if is_first else (places["container"], cased)
    assert [take(store, each).counted_twice for each in (first, second)] == [0, 0]
    assert sum(stored(store).values()) == 30 * TUPLES, "one blob, whatever its path is written in"


def test_a_copy_in_another_case_beside_its_blob_and_one_that_grew(places: dict[str, Path], store: LocalStore) -> None:
    (one,) = places["container"].rglob("*.json")
    copy = places["all"] / "cased" / str(one.relative_to(places["container"])).lower().replace("pt1h", "PT1H")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(WHOLE)
    (places["alone"] / "PT1H.json").unlink()
    assert take(store, places["all"]).counted_twice == 0
    assert sum(stored(store).values()) == 30 * TUPLES
    copy.write_bytes(blob(*(record(minute) for minute in range(40))))
    assert take(store, copy.parents[7]).counted_twice == 0
    assert sum(stored(store).values()) == 40 * TUPLES


def test_another_log_whose_path_differs_in_case_alone_is_kept(places: dict[str, Path], store: LocalStore) -> None:
    (one,) = places["container"].rglob("*.json")
    other = places["all"] / "cased" / str(one.relative_to(places["container"])).lower()
    other.parent.mkdir(parents=True)
    other.write_bytes(blob(*(record(minute) for minute in range(30, 40))))
    take(store, places["container"])
    assert take(store, places["all"] / "cased").namesakes == 1
    assert sum(stored(store).values()) == 40 * TUPLES


def test_both_in_one_folder(places: dict[str, Path], store: LocalStore) -> None:
    assert take(store, places["all"]).counted_twice == 1
    assert sum(stored(store).values()) == 60 * TUPLES


@pytest.mark.parametrize(("before", "after"), [("container", "other"), ("other", "alone"), ("container", "container")])
def test_nothing_is_said_of_others(places: dict[str, Path], store: LocalStore, before: str, after: str) -> None:
    take(store, places[before])
    report = take(store, places[after])
    assert (report.counted_twice, report.counted_twice_words) == (0, "")
