"""A rule or a resource in several spellings is one, whichever came first, in every engine: Azure ignores their case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nsgflow_core.analysis import denied
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local import versions
from nsgflow_core.stores.local.naming import spelled
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster

VNET = "/subscriptions/S1/resourceGroups/rg-shop/providers/Microsoft.Network/virtualNetworks/Shop"
SPELLINGS = {
    "template": ("UserRule_Deny-All", VNET),
    "log": ("userrule_deny-all", VNET.lower()),
    "upper": ("USERRULE_DENY-ALL", f"{VNET.upper()}/"),
}
MINUTE = 60_000
START = 1_795_168_800_000


def blob(name: str) -> dict[str, list[Any]]:
    """One attempt twice, at one moment of two records, and one of a host of its own; another rule stands beside."""
    rule, target = SPELLINGS[name]
    at = START + MINUTE * (1 + list(SPELLINGS).index(name))
    seen = [f"{START},10.1.1.4,10.1.2.5,50000,22,6,I,D,NX,0,0,0,0", f"{at},10.1.1.5,10.1.2.5,5,22,6,I,D,NX,0,0,0,0"]
    other = [f"{at},10.1.1.6,10.1.2.5,6,80,6,I,D,NX,0,0,0,0"]
    records = [vnet_record(seen, rule=rule, targetResourceID=target, macAddress=f"000D3A0000A{len(name)}")]
    return {"records": [*records, vnet_record(other, rule="DefaultRule_DenyAllInBound", targetResourceID=VNET)]}


BLOBS: Mapping[str, dict[str, list[Any]]] = {name: blob(name) for name in SPELLINGS}


def imported(folder: Path, names: tuple[str, ...]) -> LocalStore:
    store = LocalStore(folder / "flows.duckdb")
    for name in names:
        (folder / f"{name}.json").write_bytes(json.dumps(BLOBS[name]).encode())
        import_flows(FolderSource(folder / f"{name}.json"), store)
    return store


@contextmanager
def _kusto(_: Path) -> Iterator[FlowStore]:
    flows = tuples_of({name: held["records"] for name, held in BLOBS.items()})
    with StubCluster(flows=flows) as stub:
        yield DataExplorerStore(stub.url, "net")


@contextmanager
def _lake(folder: Path) -> Iterator[FlowStore]:
    """Files of three stores that each knew one spelling alone."""
    for name in BLOBS:
        (folder / name).mkdir()
        export_parquet(imported(folder / name, (name,)), folder / "lake" / name)
    yield LakeStore(folder / "lake", index=folder / "index.duckdb")


@contextmanager
def _one_import(folder: Path) -> Iterator[FlowStore]:
    (folder / "blobs").mkdir()
    for name, held in BLOBS.items():
        (folder / "blobs" / f"{name}.json").write_bytes(json.dumps(held).encode())
    store = LocalStore(folder / "flows.duckdb")
    import_flows(FolderSource(folder / "blobs"), store)
    yield store


def check(store: FlowStore) -> None:
    by_rule = store.fetch(FlowQuery(by=("rule",), order="rule"))
    assert by_rule.to_dict("list") == {"rule": ["Deny-All", "DenyAllInBound"], "flows": [6, 3]}
    by_target = store.fetch(FlowQuery(by=("target",), order="target"))
    assert by_target.to_dict("list") == {"target": [VNET], "flows": [9]}
    rules = denied.by_rule_and_port(FlowFilter()).ask(store)
    assert sorted(zip(rules["rule"], rules["flows"], strict=True)) == [("Deny-All", 6), ("DenyAllInBound", 3)]
    for asked in ("deny-all", "DENY-ALL", "~ny-al"):
        told = store.fetch(FlowQuery(FlowFilter.from_params({"rule": asked}), by=("rule",)))
        assert told.to_dict("list") == {"rule": ["Deny-All"], "flows": [6]}, asked
    assert set(store.rows(RowsQuery())["rule"]) == {"Deny-All", "DenyAllInBound"}
    assert set(store.values("rule")) == {"Deny-All", "DenyAllInBound"}
    assert list(store.values("target")) == [VNET]


@pytest.mark.parametrize("engine", [_one_import, _lake, _kusto])
def test_it_is_one_in_every_engine(engine, tmp_path: Path, stub_token: None) -> None:
    with engine(tmp_path) as store:
        check(store)


@pytest.mark.parametrize("order", list(permutations(SPELLINGS)), ids="-".join)
def test_it_is_one_whichever_came_first(order: tuple[str, ...], tmp_path: Path) -> None:
    store = imported(tmp_path, order)
    check(store)
    again = import_flows(FolderSource(tmp_path / f"{order[0]}.json"), store)
    assert again.tuples == 0
    with duckdb.connect(str(store.path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM contexts").fetchall() == [(len(SPELLINGS) + 1,)]


def test_a_store_of_before_is_told_so_too(tmp_path: Path) -> None:
    path = imported(tmp_path, tuple(SPELLINGS)).path
    before = 1 + [step.sql for step in versions.STEPS].index(spelled.STEP)
    with duckdb.connect(str(path)) as connection:
        for word, logged in spelled.LOGGED.items():
            connection.execute(f"UPDATE contexts SET {word} = {logged}")
            connection.execute(f"ALTER TABLE contexts DROP COLUMN {logged}")
        connection.execute("UPDATE meta SET value = $version WHERE key = 'schema'", {"version": str(before)})
        assert connection.execute("SELECT count(DISTINCT rule) FROM contexts").fetchall() == [(4,)]
    check(LocalStore(path))
