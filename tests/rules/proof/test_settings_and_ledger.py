"""What the settings of flow logs leave out, and blobs that could not be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.flow_logs import FlowLog, flow_log_fields, flow_log_of
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.rules.proof.completeness import completeness
from nsgflow_core.rules.proof.settings import lacks
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, row

VNET = "/x/virtualNetworks/hub"
APP, WEB = f"{VNET}/subnets/app", f"{VNET}/subnets/web"
HUB = Vnet(
    "hub",
    VNET,
    (parse_prefix("10.0.0.0/16"),),
    (
        VnetSubnet("app", (parse_prefix("10.0.2.0/24"),), APP),
        VnetSubnet("web", (parse_prefix("10.0.1.0/24"),), WEB),
    ),
)


def known(*logs: FlowLog) -> Inventory:
    items: list[tuple[str, Any]] = [(kinds.VNET, HUB), *((kinds.FLOW_LOG, log) for log in logs)]
    return Inventory(tuple(Entry(kind, item, "f", None) for kind, item in items))


def test_filters_record_types_and_logs_that_are_off() -> None:
    whole = FlowLog("hub-log", "1", VNET, True)
    assert lacks(known(whole), Scope(subnet="app")) == []
    assert lacks(known(), Scope(subnet="app")) == [], "nothing is said where no flow log is known"
    part = FlowLog("app-log", "2", APP.upper(), True, filters="dstPort=443", record_types="B, E")
    assert lacks(known(whole, part), Scope(subnet="app")) == [
        "The flow log app-log logs only what its filter lets through (dstPort=443).",
        "The flow log app-log leaves out continuations and denials of flows.",
    ]
    assert lacks(known(whole, part), Scope(subnet="web")) == [], "the log of another subnet"
    denials = FlowLog("hub-log", "1", VNET, True, record_types="D")
    assert lacks(known(denials), None) == ["The flow log hub-log logs denials alone (record types D)."]
    off = FlowLog("app-log", "2", APP, False)
    assert lacks(known(whole, off), Scope(subnet="app")) == [], "the log of the virtual network takes its place"
    assert lacks(known(off), Scope(subnet="app")) == ["The flow log app-log is switched off."]
    other = FlowLog("web-log", "3", WEB, True)
    assert lacks(known(other), Scope(subnet="app")) == [
        "No flow log is set on the subnet app: those of hub are set on other subnets of it."
    ]


def test_record_types_are_read_and_kept() -> None:
    read = flow_log_of({"name": "a", "id": "i", "recordtypes": "B,D"}, print)
    assert read.record_types == "B,D"
    assert flow_log_fields(read)["recordTypes"] == "B,D"


def test_entries_that_could_not_be_read_are_missing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "f.duckdb")
    store.save_subnets(SUBNETS)
    rows = [row(("10.0.1.4", "10.0.2.8", "TCP", 22), START + timedelta(hours=hour)) for hour in range(3)]
    for hour, each in enumerate(rows):
        blob = BlobInfo(f"b{hour}", f"b{hour}", 1, "1", mac="00224871c205", hour=START + timedelta(hours=hour))
        lost = {"A tuple has 7 fields.": 3} if hour == 1 else {}
        table = pa.Table.from_pylist([each], schema=FLOW_SCHEMA)
        store.commit([Reading(blob, table, Cursor("1", 1, ""), rejected=lost)])
    scope = Scope(subnet="app")
    asked = FlowFilter()
    made = completeness(store, asked, Inventory(), scope)
    assert made.missing[0] == "3 entries of 1 blob could not be read (A tuple has 7 fields)."
    later = asked.within(START + timedelta(hours=2), None)
    assert completeness(store, later, Inventory(), scope).missing == made.missing[1:]
    earlier = asked.within(datetime(2026, 10, 1, tzinfo=UTC), None)
    assert any(
        "Nothing before 2026-11-01 00:00 UTC is held" in n for n in completeness(store, earlier, Inventory()).notes
    )
