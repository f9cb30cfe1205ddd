"""Blobs of one NIC each that grow minute by minute, and what a store holds of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import vnet_record

PATH = "flowLogResourceID=/S_NETWORKWATCHERRG/NETWORKWATCHER_X/y=2026/m=11/d=23/h=22/m=00/macAddress={mac}/PT1H.json"
HEAD, TAIL = b'{"records":[', b"]}"
TUPLES = 20


def record(minute: int, *, bad: int = 0) -> bytes:
    start = 1_764_000_000_000 + minute * 60_000
    lines = [f"{start + n},10.0.1.4,10.0.2.{n % 9 + 1},5{minute:04d},443,6,I,B,NX,0,0,0,0" for n in range(TUPLES)]
    lines += [f"{start},10.0.1.4,nowhere,50000,443,6,I,B,NX,0,0,0,0"] * bad
    written = vnet_record(lines, rule="DefaultRule_AllowVnetInBound", acl="aaaa", macAddress="00005E005301")
    return json.dumps(written).encode()


def blob(*records: bytes) -> bytes:
    return HEAD + b",".join(records) + TAIL


def write(folder: Path, content: bytes, mac: int = 1) -> Path:
    path = folder / PATH.format(mac=f"00005E0053{mac:02X}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def stored(store: LocalStore) -> Counter[tuple[object, ...]]:
    """Every row with how often it is there."""
    rows = store.rows(RowsQuery(limit=None))
    return Counter(rows[["time", "src_ip", "dst_ip", "src_port", "mac"]].itertuples(index=False, name=None))


def clean_import(tmp_path: Path, logs: Path) -> Counter[tuple[object, ...]]:
    fresh = LocalStore(tmp_path / "clean.duckdb")
    import_flows(FolderSource(logs), fresh)
    return stored(fresh)
