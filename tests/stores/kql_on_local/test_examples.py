"""The examples of the page: each runs, each finds what plain Python finds, and a saved query is kept with its store."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.errors import InputError
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.sample.source import sample_inventory
from nsgflow_core.stores.kql_on_local import saved
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.examples import EXAMPLES
from nsgflow_core.stores.kql_on_local.saved import save_query, saved_queries
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, row, store_of
from tests.parts.kql.checker import check_queries
from tests.stores.kql_on_local.test_tables import KNOWN


@pytest.fixture(scope="module")
def engine(three_hours: LocalStore) -> KqlOnLocal:
    return KqlOnLocal(three_hours, network=sample_inventory())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str, engine: KqlOnLocal) -> None:
    assert len(engine.run(EXAMPLES[name]).columns) >= 2


def test_a_workspace_would_run_them_too() -> None:
    from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED

    found = check_queries(EXAMPLES, DOCUMENTED)
    assert {name: each.diagnostics for name, each in found.items() if each.diagnostics} == {}


def test_denied_by_rule_is_what_plain_python_counts(engine: KqlOnLocal, three_hours: LocalStore) -> None:
    tuples = three_hours.rows(RowsQuery(limit=None))
    denied = tuples[(tuples["log_kind"] == "VNet") & (tuples["decision"] == "Denied")]
    expected = denied.groupby(["rule", "dst_port"]).size().to_dict()
    found = engine.run(EXAMPLES["Denied by rule"])
    assert dict(zip(zip(found["AclRule"], found["DestPort"], strict=True), found["Flows"], strict=True)) == expected


def test_egress_and_exposure_are_those_of_public_addresses(tmp_path: Path) -> None:
    out, inside = ("10.1.1.4", "203.0.113.9"), ("10.1.1.4", "10.2.1.5")
    rows = [row((*pair, "TCP", 443), START, direction="Outbound") | {"log_kind": "VNet"} for pair in (out, inside)]
    rows += [row(("203.0.113.7", "10.1.1.4", "TCP", 22), START) | {"log_kind": "VNet"}]
    asked = KqlOnLocal(store_of(tmp_path / "flows.duckdb", rows, SubnetMap()), network=KNOWN)
    egress = asked.run(EXAMPLES["Top egress"])
    assert egress[["SrcIp", "Bytes", "Destinations", "Size"]].to_numpy().tolist() == [["10.1.1.4", 300, 1, "300 B"]]
    exposed = asked.run(EXAMPLES["Public exposure"])
    assert exposed[["DestIp", "DestPort", "Flows", "Sources"]].to_numpy().tolist() == [["10.1.1.4", 22, 1, 1]]
    ports = asked.run(EXAMPLES["Management ports from outside"])
    assert ports.to_numpy().tolist() == [["10.1.1.4", 22, 1, 0, 1]]


def test_a_scan_is_found_and_a_busy_client_is_none(tmp_path: Path) -> None:
    scan = [row(("203.0.113.7", "10.1.1.4", "TCP", port), START, decision="Denied") for port in range(20, 40)]
    busy = [row(("203.0.113.8", "10.1.1.4", "TCP", 80), START, decision="Denied", src_port=port) for port in range(30)]
    rows = [each | {"log_kind": "VNet"} for each in scan + busy]
    asked = KqlOnLocal(store_of(tmp_path / "flows.duckdb", rows, SubnetMap()), network=KNOWN)
    found = asked.run(EXAMPLES["Port scan"])
    assert found[["SrcIp", "Ports", "Hosts", "Flows"]].to_numpy().tolist() == [["203.0.113.7", 20, 1, 20]]


def test_a_beacon_is_found_by_its_even_times(tmp_path: Path) -> None:
    even = [START + pd.Timedelta(hours=at) for at in range(24)]
    uneven = [START + pd.Timedelta(hours=at, minutes=(at * at * 7) % 60) * (1 + at % 3) for at in range(24)]
    rows = [row(("10.1.1.4", "203.0.113.9", "TCP", 443), each, direction="Outbound") for each in even]
    rows += [row(("10.1.1.4", "203.0.113.10", "TCP", 443), each, direction="Outbound") for each in uneven]
    logged = [each | {"log_kind": "VNet"} for each in rows]
    asked = KqlOnLocal(store_of(tmp_path / "flows.duckdb", logged, SubnetMap()), network=KNOWN)
    found = asked.run(EXAMPLES["Beacon"])
    assert found[["DestIp", "Times", "Every", "Spread"]].to_numpy().tolist() == [["203.0.113.9", 23, 3600.0, 0.0]]


def test_a_saved_query_is_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    store = store_of(tmp_path / "flows.duckdb", [row(("10.0.0.1", "10.0.0.2", "TCP", 1), START)], SubnetMap())
    save_query(store, "  mine  too ", "print 1")
    save_query(store, "mine too", "print 2")
    assert saved_queries(LocalStore(store.path)) == {"mine too": "print 2"}
    save_query(store, "mine too", "")
    assert saved_queries(store) == {}
    for name, text in (("", "print 1"), ("x" * 81, "print 1"), ("none", "")):
        with pytest.raises(InputError):
            save_query(store, name, text)


def test_two_people_who_save_at_once_keep_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, together, read = LocalStore(tmp_path / "f.duckdb"), threading.Barrier(2), saved.saved_queries

    def read_together(settings: Settings) -> dict[str, str]:
        held = read(settings)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return held

    monkeypatch.setattr(saved, "saved_queries", read_together)
    people = [threading.Thread(target=save_query, args=(store, name, "print 1")) for name in ("hers", "his")]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert [*read(store)] == ["hers", "his"]
