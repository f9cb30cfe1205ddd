"""What the store counts beside its rows is what its rows say, whatever came, grew, was replaced or went."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.formats.coded.rows import count_each
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.conftest import ROOT
from tests.faults.harness.logs import write_days
from tests.faults.harness.whole import check_tally
from tests.intake.growing import blob, record, write


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "flows.duckdb")


def test_blobs_that_come_grow_and_are_replaced(store: LocalStore, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for content in (
        blob(record(0), record(1)),
        blob(record(0), record(1), record(70)),
        blob(record(5)),
        blob(record(5), record(6, bad=2)),
    ):
        write(logs, content)
        write(logs, content, mac=2)
        import_flows(FolderSource(logs), store)
        assert check_tally(store)
    assert store.values("port") == ["443"]
    assert store.values("src_port") == ["50005", "50006"], "the rows of the blob that was replaced are counted off"


def test_days_that_go_a_store_made_anew_and_an_older_one(store: LocalStore, tmp_path: Path) -> None:
    days = write_days(tmp_path / "days")
    import_flows(FolderSource(days), store)
    before = check_tally(store)
    keeping.keep_days(store, 3)
    assert keeping.retire(store, datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert check_tally(store) < before
    keeping.keep_days(store, None)
    rebuild(store, lambda into: import_flows(FolderSource(days), into))
    check_tally(store)
    old = LocalStore(tmp_path / "old.duckdb")
    old.path.write_bytes(gzip.decompress((ROOT / "tests/golden/store-version-1.duckdb.gz").read_bytes()))
    assert check_tally(old)


def test_lines_are_added_together_before_they_are_many(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "_MOST_LINES", "SELECT 60")
    for minute in range(12):
        write(tmp_path / "logs", blob(record(minute * 60)), mac=minute)
        import_flows(FolderSource(tmp_path / "logs"), store)
        assert check_tally(store) <= 60 + 12, "about what one import adds above the limit"


def test_codes_far_apart_take_no_array_between_them() -> None:
    times = np.array([-62_135_596_800_000_000, 253_402_300_799_000_000, 0])
    hours, tuples = count_each(times // 3_600_000_000)
    assert hours.tolist() == sorted((times // 3_600_000_000).tolist())
    assert tuples.tolist() == [1, 1, 1]


def test_the_busiest_come_first_and_moments_in_order(sample_file: Path) -> None:
    sample = LocalStore(sample_file)
    with sample.asking() as connection:
        ports = connection.execute(
            "SELECT dst_port FROM flows GROUP BY ALL ORDER BY count(*) DESC, dst_port LIMIT 20"
        ).fetchall()
    assert sample.values("port", 20) == [str(port) for (port,) in ports]
    for key in DIMENSIONS:
        assert len(sample.values(key, 2)) <= 2
    assert sample.values("day") == sorted(sample.values("day"))
