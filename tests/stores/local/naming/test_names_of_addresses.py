"""Names in the store: at every way in, before and after, when an address changes hands, and when nobody asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.analysis import required_ports, traffic
from nsgflow_core.analysis.naming import with_names_behind
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.keeping import keep_days, retire
from tests.estates.records import vnet_record, whole_blob

START = datetime(2026, 11, 16, tzinfo=UTC)
NET = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces"
VM = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines"


def nic(name: str, mac: str, *addresses: str) -> dict[str, Any]:
    return {
        "id": f"{NET}/{name}-nic",
        "macAddress": mac,
        "virtualMachine": {"id": f"{VM}/{name}"},
        "ipConfigurations": [{"privateIPAddress": each} for each in addresses],
    }


KNOWN = read(
    [
        (
            "nics.json",
            json.dumps(
                [
                    nic("vm-old", "00-00-5E-00-53-01", "10.0.0.99"),
                    nic("vm-new", "00-00-5E-00-53-02", "10.0.0.4"),
                    nic("vm-db", "00-00-5E-00-53-03", "10.0.0.5"),
                ]
            ),
        )
    ]
)


def blob(folder: Path, mac: str, hour: int, lines: list[str]) -> None:
    moment = START + timedelta(hours=hour)
    record = vnet_record(lines, macAddress=mac) | {"time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
    path = folder / f"flowLogResourceID=/S_NW/LOG/y={moment:%Y}/m={moment:%m}/d={moment:%d}/h={moment:%H}/m=00"
    path = path / f"macAddress={mac}" / "PT1H.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole_blob([record]))


def line(hour: float, src: str, dst: str, direction: str) -> str:
    at = int((START + timedelta(hours=hour)).timestamp() * 1000)
    return f"{at},{src},{dst},50000,1433,6,{direction},B,NX,0,0,0,0"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """10.0.0.4 is vm-old's on the first day and vm-new's on the third; both ask the database, whose NIC logs it too."""
    for hour, mac in ((1, "00005E005301"), (50, "00005E005302")):
        out = [line(hour + minute / 60, "10.0.0.4", "10.0.0.5", "O") for minute in range(3)]
        blob(tmp_path / "logs", mac, hour, out)
        blob(tmp_path / "logs", "00005E005303", hour, [each.replace(",O,", ",I,") for each in out])
    return LocalStore(tmp_path / "flows.duckdb")


BY = FlowQuery(by=("source_name", "destination_name"), measures=("flows", "sources"))
RIGHT = [("vm-new", "vm-db", 3, 1), ("vm-old", "vm-db", 3, 1)]


def answer(store: LocalStore, query: FlowQuery = BY) -> list[tuple[object, ...]]:
    return list(store.fetch(query).itertuples(index=False, name=None))


def fill(store: LocalStore) -> None:
    assert import_flows(FolderSource(store.path.parent / "logs"), store).exit_status == 0


def test_names_come_before_after_or_for_one_question_and_are_the_same(store: LocalStore) -> None:
    fill(store)
    assert answer(store) == [("", "", 6, 1)]
    assert answer(LocalStore(store.path, names=KNOWN.address_names)) == RIGHT
    kept.keep(store, KNOWN)
    assert answer(store) == RIGHT
    first = LocalStore(store.path.with_name("first.duckdb"))
    kept.keep(first, KNOWN)
    fill(first)
    assert answer(first) == RIGHT


def test_an_address_that_changed_hands_is_told_apart_by_its_time(store: LocalStore) -> None:
    kept.keep(store, KNOWN)
    fill(store)
    old = FlowFilter().where("source_name", "VM-OLD")
    assert answer(store, FlowQuery(old, by=("day", "source_name", "src_ip"))) == [
        (datetime(2026, 11, 16, tzinfo=UTC), "vm-old", "10.0.0.4", 3)
    ]
    not_old = FlowFilter().where("source_name", "vm-old", operator="is_not")
    assert answer(store, FlowQuery(not_old, by=("source_name",))) == [("vm-new", 3)]
    assert store.values("source_name") == ["vm-new", "vm-old"]
    rows = with_names_behind(traffic.rows(RowsQuery(descending=False))).ask(store)
    assert rows["source_name"].tolist() == ["vm-old"] * 6 + ["vm-new"] * 6
    assert answer(store, FlowQuery(by=("src_ip",))) == [("10.0.0.4", 6)], "whoever does not ask for names sees one"
    both = FlowQuery(by=("source_name", "src_ip"))
    told = store.listed(both).astype({"source_name": "str", "src_ip": "str"}).sort_values("source_name")
    assert list(told.itertuples(index=False, name=None)) == sorted(answer(store, both))
    assert "tenants" in store.explain(BY)
    assert "tenants" not in store.explain(FlowQuery(by=("src_ip",)))


def test_names_are_forgotten_with_their_file(store: LocalStore) -> None:
    kept.keep(store, KNOWN)
    fill(store)
    kept.keep(store, Inventory())
    assert answer(store) == [("", "", 6, 1)]
    assert not store.address_names


def test_names_outlive_retention(store: LocalStore) -> None:
    kept.keep(store, KNOWN)
    fill(store)
    keep_days(store, 1)
    assert retire(store) is not None
    assert answer(store) == [("vm-new", "vm-db", 3, 1)]


def test_required_ports_by_address_name_both_ends(store: LocalStore) -> None:
    kept.keep(store, KNOWN)
    fill(store)
    ports = with_names_behind(required_ports.services(FlowFilter(), "address")).ask(store)
    assert list(ports.columns)[:7] == [
        *("source", "source_name", "destination", "destination_name", "protocol", "port", "service")
    ]
    assert ports["source_name"].tolist() == ["vm-new", "vm-old"]
    assert ports["service"].tolist() == ["ms-sql-s"] * 2
