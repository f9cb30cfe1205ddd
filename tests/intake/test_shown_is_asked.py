"""A NUL in a name of a log or an export: no question takes one, so what is kept is what is shown and can be asked."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import ACL, LINE, NSG_ID, nsg_record, vnet_record, whole_blob

V2 = "1764064800,10.1.1.4,10.1.2.5,50001,5432,T,I,A,E,5,500,4,2000"
V1 = V2.rsplit(",", 5)[0]
NAMES = {"mac": "00\0", "rule": "UserRule_a\0b"}
RECORDS = {
    "version 1": nsg_record(1, [V1], nsg=f"{NSG_ID}\0", **NAMES),
    "version 2": nsg_record(2, [V2], nsg=f"{NSG_ID}\0", **NAMES),
    "VNet": vnet_record([LINE], acl=f"{ACL}\0", rule="UserRule_a\0b", macAddress="00\0", targetResourceID="t\0"),
}


def assert_shown_is_asked(store: LocalStore) -> None:
    rows = store.rows(RowsQuery(limit=None))
    assert len(rows) == 1
    for name in ("nsg", "rule", "mac", "target"):
        (shown,) = rows[name]
        assert "␀" in shown
        assert "\0" not in shown
        assert len(store.rows(RowsQuery(FlowFilter().where(name, shown), limit=None))) == 1, name


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_of_a_log(logs: Path, store: LocalStore, record: dict[str, object]) -> None:
    (logs / "PT1H.json").write_bytes(whole_blob([record]))
    import_flows(FolderSource(logs), store)
    assert_shown_is_asked(store)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_of_an_export_that_holds_one(logs: Path, store: LocalStore, tmp_path: Path, record: dict[str, object]) -> None:
    (logs / "PT1H.json").write_bytes(whole_blob([record]))
    import_flows(FolderSource(logs), store)
    export_parquet(store, tmp_path / "lake")
    (file,) = (tmp_path / "lake").rglob("*.parquet")
    held = pq.read_table(file)
    rows = [{key: value.replace("␀", "\0") if isinstance(value, str) else value for key, value in row.items()}
            for row in held.to_pylist()]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema=held.schema), file)
    other = LocalStore(tmp_path / "other.duckdb")
    import_flows(FolderSource(tmp_path / "lake"), other)
    assert_shown_is_asked(other)
