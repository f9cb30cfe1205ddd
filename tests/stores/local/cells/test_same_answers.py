"""Tables beside the flows change no answer: random estates that grow, every kind of question, with and without them."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local import answering
from nsgflow_core.stores.local.cells import narrowing
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.rows import (
    NAMES,
    SUBNETS,
    ZERO,
    Logged,
    as_blobs,
    estates,
    estates_of_two_keys,
    queries,
    shutting_out,
)


def exact(store: LocalStore, query: FlowQuery) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(answering.EXACT, "1")
        return store.fetch(query)


def grow(folder: Path, store: LocalStore, estate: list[Logged], step: int = 1_000, least: int = 0) -> None:
    for path, content in as_blobs(estate).items():
        place = folder / "logs" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    report = import_flows(FolderSource(folder / "logs"), store)
    assert report.exit_status == 0
    store.work_out_ahead(least, step)


def is_narrowed(store: LocalStore, query: FlowQuery) -> bool:
    """True when the question, asked again, finds its rows set aside."""
    with store.held():
        texts = [store._flows_statement(query).text for _ in range(2)]
    return "memory.main.aside_" in texts[-1]


def same(found: pd.DataFrame, wanted: pd.DataFrame, query: FlowQuery) -> None:
    pd.testing.assert_frame_equal(found, wanted, obj=str(query))
    assert found.attrs == wanted.attrs


def check(store: LocalStore, asked: list[FlowQuery]) -> int:
    """How many of the questions the tables answer, each as if its rows were few too, where that makes a difference, and
    then from the rows that it set aside."""
    ahead = 0
    for query in asked:
        wanted, statements = exact(store, query), set()
        for of_few in (narrowing.OF_FEW, 0):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(narrowing, "OF_FEW", of_few)
                statement = store._flows_statement(query).text
                found = store.fetch(query) if statement not in statements else wanted
            same(found, wanted, query)
            statements.add(statement)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(narrowing, "OF_FEW", 0)
            if is_narrowed(store, query):
                same(store.fetch(query), wanted, query)
        ahead += any(" once_rows " in each for each in statements)
    return ahead


SOME = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@SOME
@given(estates, st.integers(0, 40), st.integers(0, 40), st.lists(queries(), min_size=12, max_size=12))
def test_estates_that_grow(estate: list[Logged], one: int, two: int, asked: list[FlowQuery]) -> None:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        store = LocalStore(folder / "flows.duckdb")
        for size in sorted({min(one, len(estate)), min(two, len(estate)), len(estate)} - {0}):
            grow(folder, store, estate[:size])
            with store_file(store.path).reading():
                check(store, asked)
        store.save_subnets(SUBNETS)
        store.save_nsg_names(NAMES)
        with store_file(store.path).reading():
            check(store, asked)
            bare = LocalStore(store.path, subnets=SubnetMap(), nsg_names={})
            check(bare, asked)


@SOME
@given(estates_of_two_keys, st.integers(0, 16), st.lists(shutting_out(), min_size=12, max_size=12))
def test_filters_that_shut_some_contexts_out(estate: list[Logged], size: int, asked: list[FlowQuery]) -> None:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        store = LocalStore(folder / "flows.duckdb")
        for many in sorted({min(size, len(estate)), len(estate)} - {0}):
            grow(folder, store, estate[:many])
            with store_file(store.path).reading():
                assert all("shut_out" in store._flows_statement(query).text for query in asked)
                check(store, [*asked, FlowQuery(FlowFilter(), (), ("flows", "sources", "destinations", "ports"))])
        store.save_nsg_names(NAMES)
        with store_file(store.path).reading():
            check(store, asked)


def _logged(hour: int, port: int, direction: str, nsg: str, rule: str, sent: int) -> Logged:
    return {
        "version": 4, "seconds": 3600 * hour, "src": "10.0.1.4", "dst": "10.0.2.4", "src_port": 50_000, "port": port,
        "protocol": 6, "direction": direction, "denied": False, "state": "E", "counters": [sent, sent, sent, sent],
        "nsg": nsg, "rule": rule, "mac": "00005E005301",
    }  # fmt: skip


def test_a_connection_that_the_filter_sees_one_end_of_is_worked_out(tmp_path: Path) -> None:
    mixed = [_logged(hour, 443, "O", ZERO, "PlatformRule", 9) for hour in (0, 1, 3)]
    mixed += [_logged(hour, 443, "I", "web-nsg", "UserRule_allow-web", 2) for hour in (0, 1, 3)]
    plain = [_logged(hour, 53, "O", "web-nsg", "DefaultRule_AllowVnetOutBound", 5) for hour in (0, 1)]
    plain += [_logged(hour, 53, "I", "data-nsg", "UserRule_allow-web", 4) for hour in (0, 2)]
    store = LocalStore(tmp_path / "flows.duckdb")
    grow(tmp_path, store, [*mixed, *plain])
    asked = FlowFilter().where("rule_kind", "Platform", operator="is_not")
    query = FlowQuery(asked, ("port",), ("flows", "bytes"))
    assert "shut_out" in store._flows_statement(query).text
    found = store.fetch(query)
    assert list(found.itertuples(index=False, name=None)) == [(53, 2, 20), (443, 3, 12)]
    check(store, [query])


@pytest.mark.parametrize(
    "asked",
    [
        FlowFilter().where("src_ip", "10.0.1.4"),
        FlowFilter().where("source", "10.0.1.0/24").where("port", "53", operator="is_not"),
        FlowFilter(either_way=True).where("dst_ip", "10.0.1.4"),
        FlowFilter().where("country", "Germany", operator="is_not"),
        FlowFilter().where("src_ip", "10.0.1.4", operator="is_not").where("rule_kind", "Platform", operator="is_not"),
    ],
    ids=["address", "subnet", "either way", "outside", "all but one"],
)
def test_a_filter_looks_through_all_addresses_once(asked: FlowFilter, tmp_path: Path) -> None:
    """However often a statement looks at the rows that it lets through."""
    of_recurring = [_logged(hour, 443, "O", "web-nsg", "UserRule_allow-web", 2) for hour in (0, 1, 3)]
    of_one_hour = [_logged(hour, 50 + hour, way, "web-nsg", "PlatformRule", 9) for hour in (2, 3) for way in "IO"]
    store = LocalStore(tmp_path / "flows.duckdb")
    grow(tmp_path, store, [*of_recurring, *of_one_hour])
    query = FlowQuery(asked, ("source", "destination", "port"), ("flows", "sources", "rules"), limit=8, order="flows")
    text = store._flows_statement(query).text
    selects = [part.partition(")")[0] for part in text.split("(SELECT id FROM places p WHERE ")[1:]]
    assert selects
    assert len(selects) == len(set(selects))
    assert check(store, [query]) == 1


def test_cells_are_set_aside_for_few_rows_alone(tmp_path: Path) -> None:
    """Rows of most of a store, looked at where they lie, take half the time and a third of the memory."""
    store = LocalStore(tmp_path / "flows.duckdb")
    rest = [_logged(hour, 443, "O", "web-nsg", "UserRule_allow-web", 2) | {"src": "10.0.9.9"} for hour in range(20)]
    grow(tmp_path, store, [*rest, _logged(1, 443, "O", "web-nsg", "UserRule_allow-web", 2)])
    few = [("src_ip", "10.0.1.4"), ("source", "10.0.1.0/24"), ("destination", "snet-web"), ("dst_ip", "fd00:1::/64")]
    few += [("port", "444")]
    many = [("source", "Internet"), ("destination", "10.0.0.0/8"), ("port", "443"), ("protocol", "TCP")]
    many += [("src_ip", "10.0.9.9"), ("source", "10.0.9.0/24"), ("destination", "10.0.2.4")]
    for dimension, value in (*few, *many):
        query = FlowQuery(FlowFilter().where(dimension, value), ("port",), ("flows",))
        is_aside = "once_rows AS MATERIALIZED" in store._flows_statement(query).text
        assert is_aside == ((dimension, value) in few), (dimension, value)
        check(store, [query])


_OF_ONE_END = (
    ("source", "Internet", "is"), ("source", "Internet", "is_not"), ("source", "10.0.1.0/24", "is"),
    ("source", "10.0.9.0/24", "is_not"), ("src_ip", "10.0.1.4", "is_not"), ("src_ip", "10.0.0.0/8", "is"),
    ("src_ip", "203.0.113.9", "is_not"),
)  # fmt: skip


def test_conditions_on_one_end_are_one_look_up(tmp_path: Path) -> None:
    """And let through what each of them does: two that most rows meet had the engine plan for a few."""
    ends = ["10.0.1.4", "10.0.1.5", "10.0.9.9", "203.0.113.9", "203.0.113.10"]
    logged = [
        _logged(hour, 443, "I", "web-nsg", "UserRule_allow-web", 2) | {"src": src, "dst": dst}
        for hour, src in enumerate(ends)
        for dst in ends
        if src != dst
    ]
    store = LocalStore(tmp_path / "flows.duckdb")
    grow(tmp_path, store, logged)

    def met(*conditions: tuple[str, str, str], either_way: bool = False) -> set[tuple[str, str]]:
        asked = FlowFilter(either_way=either_way)
        for name, value, operator in conditions:
            asked = asked.where(name, value, operator=operator)
        query = FlowQuery(asked, ("src_ip", "dst_ip"), ("tuples",))
        assert store._flows_statement(query).text.count("FROM places p WHERE ") <= 1 + either_way
        check(store, [query])
        return set(store.fetch(query)[["src_ip", "dst_ip"]].itertuples(index=False, name=None))

    for one, two in itertools.combinations(_OF_ONE_END, 2):
        if one[0] != two[0]:
            both = met(one, two)
            assert both == met(one) & met(two), (one, two)
            assert met(one, two, either_way=True) == both | {(src, dst) for dst, src in both}, (one, two)
