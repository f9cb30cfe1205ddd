"""An export is taken into another store: exactly, once, and in words where it cannot be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, row, store_of
from tests.estates.records import nsg_record, whole_blob

HOUR = timedelta(hours=1)
ODD = whole_blob([nsg_record(1, [f"{int(START.timestamp())},FD00:0::1,10.0.0.5,5,443,T,I,A"]),
                  nsg_record(2, [f"{int(START.timestamp())},10.0.0.4,10.0.0.5,5,443,T,I,A,C,5,500,,"])])  # fmt: skip


def everything(store: LocalStore) -> list[tuple[object, ...]]:
    rows = store.rows(RowsQuery(limit=None)).astype("object")
    return sorted(rows.where(rows.notna(), None).itertuples(index=False, name=None), key=repr)


@pytest.fixture
def first(tmp_path: Path) -> LocalStore:
    """Four hours of the sample estate, and version 1, IPv6 and counters of one way."""
    store, source = LocalStore(tmp_path / "first.duckdb"), SampleSource()
    since = sorted({blob.hour for blob in source.blobs() if blob.hour})[30]
    import_flows(source, store, since=since, until=since + 4 * HOUR)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "PT1H.json").write_bytes(ODD)
    import_flows(FolderSource(tmp_path / "logs"), store)
    export_parquet(store, tmp_path / "lake")
    return store


def test_an_export_is_taken_in_exactly_and_once(tmp_path: Path, first: LocalStore) -> None:
    second, lake = LocalStore(tmp_path / "second.duckdb"), FolderSource(tmp_path / "lake")
    report = import_flows(lake, second)
    assert (report.tuples, report.blobs_failed, report.rejected) == (first.extent().tuples, 0, 0)
    assert everything(second) == everything(first)
    again = import_flows(lake, second)
    assert (again.tuples, again.blobs_read) == (0, 0)
    assert second.extent() == first.extent()
    import_flows(FolderSource(tmp_path / "logs"), first)
    assert export_parquet(second, tmp_path / "again").tuples == first.extent().tuples


def test_a_file_that_was_written_anew_takes_the_place_of_what_it_held(tmp_path: Path) -> None:
    keys = [("10.20.1.4", "10.20.2.4", "TCP", port) for port in (443, 8443)]
    store = store_of(tmp_path / "f.duckdb", [row(keys[0], START), row(keys[0], START + HOUR)], SUBNETS)
    export_parquet(store, tmp_path / "lake")
    second, lake = LocalStore(tmp_path / "second.duckdb"), FolderSource(tmp_path / "lake")
    import_flows(lake, second, since=START, until=START + HOUR)
    assert second.extent().tuples == 1
    path = next((tmp_path / "lake").rglob("*.parquet"))
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table]).slice(0, 2), path)
    import_flows(lake, second)
    assert second.extent().tuples == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: table.drop(["mac"]), "lacks the column mac"),
        (lambda table: _with(table, "src_ip", "10.0.0.x"), "rows that are no log entries"),
        (lambda table: _with(table, "decision", "Perhaps"), "rows that are no log entries"),
        (lambda table: _with(table, "dst_port", 70_000), "rows that are no log entries"),
        (lambda table: _with(table, "protocol", None), "rows that are no log entries"),
        (lambda table: _with(table, "src_to_dst_bytes", 2**63 - 1), "rows that are no log entries"),
        (lambda table: _with(table, "dst_to_src_packets", -1), "rows that are no log entries"),
    ],
)
def test_what_holds_no_flows_fails_by_itself(tmp_path: Path, first: LocalStore, change, says: str) -> None:
    paths = sorted((tmp_path / "lake").rglob("*.parquet"))
    pq.write_table(change(pq.read_table(paths[0])), paths[0])
    paths[1].write_bytes(paths[1].read_bytes()[:-5])
    report = import_flows(FolderSource(tmp_path / "lake"), LocalStore(tmp_path / "second.duckdb"))
    assert [Path(each.blob) for each in report.failures] == paths[:2]
    assert says in report.failures[0].reason
    assert "no Parquet file" in report.failures[1].reason
    assert report.blobs_read == len(paths) - 2


def _with(table: pa.Table, column: str, value: object) -> pa.Table:
    place = table.schema.get_field_index(column)
    mask = pa.array([True] + [False] * (len(table) - 1))
    other = pc.replace_with_mask(table.column(column), mask, pa.array([value], table.schema.field(place).type))
    return table.set_column(place, table.schema.field(place), other)


def test_a_store_does_not_take_what_it_wrote_itself(tmp_path: Path, first: LocalStore) -> None:
    before = first.extent()
    report = import_flows(FolderSource(tmp_path / "lake"), first)
    assert report.blobs_failed == report.blobs_seen > 3
    assert "This store wrote it" in report.failures[0].reason
    assert first.extent() == before


def test_beside_logs_parquet_is_left_out_since_it_may_hold_the_same(tmp_path: Path, first: LocalStore) -> None:
    (tmp_path / "lake" / "PT1H.json").write_bytes(ODD)
    listing = FolderSource(tmp_path / "lake").blobs()
    assert [Path(blob.location).name for blob in listing] == ["PT1H.json"]
    assert listing.left_out["CSV or Parquet"] > 3


def test_the_command_line_imports_an_export(tmp_path: Path, first: LocalStore, capsys) -> None:
    path = tmp_path / "second.duckdb"
    assert main(["import", str(tmp_path / "lake"), "--store", str(path)]) == 0
    assert everything(LocalStore(path)) == everything(first)
    one = str(next((tmp_path / "lake").rglob("*.parquet")))
    assert main(["import", one, "--store", str(tmp_path / "third.duckdb")]) == 0
    assert LocalStore(tmp_path / "third.duckdb").extent().tuples > 0
