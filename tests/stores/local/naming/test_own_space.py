"""Public addresses that a NIC has are inside, from the import on, in labels, filters and the map that drafts use."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from tests.estates.records import vnet_record, whole_blob

NOON = 1795176000  # 2026-11-20T12:00:00Z
IN = (f"{NOON}000,198.51.100.7,20.0.0.4,50001,443,6,I,B,NX,0,0,0,0",)
OUT = (f"{NOON + 60}000,20.0.0.4,203.0.113.9,50002,443,6,O,E,NX,5,500,4,400",)
PRIVATE = (f"{NOON + 90}000,20.0.0.9,10.0.0.4,50002,443,6,I,B,NX,0,0,0,0",)
NOBODY = tuple(f"{NOON + 90}000,10.0.0.4,{each},5353,5353,17,O,B,NX,0,0,0,0" for each in ("224.0.0.251", "0.0.0.0"))
PAIRS = ("source", "destination", "port")


def written(folder: Path, name: str, *lines: str, mac: str = "000D3A0000A1") -> Path:
    (folder / name).write_bytes(whole_blob([vnet_record(list(lines), macAddress=mac)]))
    return folder / name


def pairs(store: LocalStore, **params: str) -> set[tuple[str, str]]:
    found = store.fetch(FlowQuery(FlowFilter.from_params(params), by=PAIRS))
    return {(source, destination) for source, destination, _, _ in found.itertuples(index=False)}


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    made = LocalStore(tmp_path / "flows.duckdb")
    for name, lines, mac in (("a", IN, "000D3A0000A1"), ("b", (*PRIVATE, *NOBODY), "000D3A0000B2")):
        import_flows(FolderSource(written(tmp_path, f"{name}.json", *lines, mac=mac)), made)
    return made


def test_a_nics_own_address_is_inside(store: LocalStore, tmp_path: Path) -> None:
    inside, peer = "20.0.0.0/24", "10.0.0.0/24"
    wanted = {("Internet", inside), (inside, peer), (peer, "Multicast"), (peer, "Unspecified")}
    assert pairs(store) == wanted
    import_flows(FolderSource(written(tmp_path, "c.json", *OUT)), store)
    assert pairs(store) == wanted | {(inside, "Internet")}
    assert pairs(store, src="Internet") == {("Internet", inside)}
    assert pairs(store, dst=inside) == {("Internet", inside)}
    assert pairs(store, dst="Multicast") == {(peer, "Multicast")}
    tokens = AddressTokens(store.subnets)
    assert (tokens.label("20.0.0.77"), tokens.label("20.0.1.4")) == (inside, "Internet")
    named = read_subnet_map("name,prefix\nweb,20.0.0.0/25\n")
    assert pairs(LocalStore(store.path, subnets=named), dst="web") == {("Internet", "web")}
    store.save_subnets(named)
    assert ("web", "Internet") in pairs(store)


def test_a_later_import_can_tell_that_it_is_not(store: LocalStore, tmp_path: Path) -> None:
    lines = [line.replace("20.0.0.4", "10.0.7.4").replace(",6,", ",17,") for line in IN * 9]
    import_flows(FolderSource(written(tmp_path, "d.json", *lines)), store)
    assert ("Internet", "Internet") in pairs(store)


def test_what_was_rewritten_counts_as_it_is_now(store: LocalStore, tmp_path: Path) -> None:
    written(tmp_path, "a.json", *(line.replace("20.0.0.4", "10.0.7.4") for line in IN))
    import_flows(FolderSource(tmp_path / "a.json"), store)
    assert pairs(store, port="443") == {("Internet", "10.0.7.0/24"), ("Internet", "10.0.0.0/24")}


def test_what_is_kept_is_counted(store: LocalStore, tmp_path: Path) -> None:
    later = [line.replace(str(NOON), str(NOON + 5 * 86_400)) for line in IN]
    import_flows(FolderSource(written(tmp_path, "e.json", *later)), store)
    keeping.keep_days(store, 2)
    keeping.retire(store)
    assert pairs(store) == {("Internet", "20.0.0.0/24")}
    with store.asking() as connection:
        assert connection.execute("SELECT sum(sent + received) FROM own_ends").fetchall() == [(1,)]
