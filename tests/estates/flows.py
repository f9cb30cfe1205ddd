"""Flows written out in canonical columns, one by one, and a real local store that holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore

START = datetime(2026, 11, 1, tzinfo=UTC)
Key = tuple[str, str, str, int]
NUMBERS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ESP": 50, "GRE": 47}


def row(
    key: Key,
    moment: datetime,
    *,
    nsg: str = "app-nsg",
    decision: str = "Allowed",
    rule: str = "AllowVnetInBound",
    kind: str = "Default",
    direction: str = "Inbound",
    src_port: int = 51_000,
) -> dict[str, object]:
    """One tuple in canonical columns."""
    source, destination, protocol, port = key
    return {
        "time": moment,
        "src_ip": source,
        "dst_ip": destination,
        "src_port": src_port,
        "dst_port": port,
        "protocol": NUMBERS[protocol],
        "direction": direction,
        "decision": decision,
        "flow_state": "" if decision == "Denied" else "Begin",
        "src_to_dst_packets": 3,
        "src_to_dst_bytes": 300,
        "dst_to_src_packets": 2,
        "dst_to_src_bytes": 200,
        "encryption": "",
        "nsg_id": f"/subscriptions/s/resourcegroups/rg/providers/microsoft.network/networksecuritygroups/{nsg}",
        "nsg": nsg,
        "rule": rule,
        "rule_kind": kind,
        "mac": "00224871C205",
        "target": "",
        "log_kind": "NSG",
    }


def store_of(path: Path, rows: list[dict[str, object]], subnets: SubnetMap) -> LocalStore:
    """A real local store that holds these rows."""
    store = LocalStore(path)
    store.save_subnets(subnets)
    keep(store, "flows.json", pa.Table.from_pylist(rows, schema=FLOW_SCHEMA))
    return store


def keep(store: LocalStore, blob: str, table: pa.Table) -> None:
    """Store a table of FLOW_SCHEMA as if a blob of that name had been read."""
    store.commit([Reading(BlobInfo(name=blob, location=blob, size=1, etag="1"), table, Cursor("1", 1, ""))])


def store_with_tables(path: Path, rows: list[dict[str, object]], subnets: SubnetMap) -> LocalStore:
    """The same with the tables beside its flows, however few these are."""
    made = store_of(path, rows, subnets)
    made.work_out_ahead(0)
    return made
