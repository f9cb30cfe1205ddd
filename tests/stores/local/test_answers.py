"""The DuckDB engine gives the same answers as the slow reference, for random estates and random questions."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.ask.columns import DIMENSIONS, single_columns
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import BadFilter
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.base import OF
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.rows import (
    ADDRESS_NAMES,
    NAMES,
    SUBNETS,
    Logged,
    as_blobs,
    as_row,
    estates,
    own_source,
    queries,
    tuples,
    values_for,
)
from tests.reference.aggregate import LENGTHS, Reference

MEASURE_SETS = (
    tuple(name for name, row in MEASURES.items() if row.kind is MeasureKind.VOLUME),
    tuple(name for name, row in MEASURES.items() if row.kind is not MeasureKind.VOLUME),
    tuple(MEASURES),
)
NAMED = (
    required_ports.services(FlowFilter(), "subnet"),
    required_ports.services(FlowFilter(), "address"),
    required_ports.services(FlowFilter(either_way=True).where("src_ip", "168.63.129.16", "10.0.1.4"), "address"),
    denied.by_rule_and_port(FlowFilter()),
)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def import_estate(folder: Path, estate: list[Logged]) -> LocalStore:
    for path, content in as_blobs(estate).items():
        place = folder / "logs" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    store = LocalStore(folder / "flows.duckdb")
    report = import_flows(FolderSource(folder / "logs"), store)
    assert (report.tuples, report.rejected, report.exit_status) == (len(estate), 0, 0)
    store.save_subnets(SUBNETS)
    store.save_nsg_names(NAMES)
    store.save_address_names(ADDRESS_NAMES)
    return store


@contextmanager
def estate_store(estate: list[Logged]) -> Iterator[LocalStore]:
    """A store of its own, whose file stays open: a question costs a third of what opening it each time takes."""
    with tempfile.TemporaryDirectory() as folder:
        store = import_estate(Path(folder), estate)
        with store_file(store.path).reading():
            yield store


def lines(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    def plain(value: object) -> object:
        if value is pd.NaT:
            return None
        return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value

    return [tuple(plain(value) for value in line) for line in frame.itertuples(index=False, name=None)]


@FEW
@given(estates, st.lists(queries(), min_size=8, max_size=8))
def test_random_questions_and_those_of_the_pages(estate: list[Logged], asked: list[FlowQuery]) -> None:
    with estate_store(estate) as store:
        reference = Reference([as_row(logged) for logged in estate], store.subnets, NAMES, ADDRESS_NAMES)
        for question in NAMED:
            assert isinstance(question.query, FlowQuery)
            assert lines(question.ask(store)) == reference.fetch(question.query)
        bare = LocalStore(store.path, subnets=SUBNETS, nsg_names=NAMES, names=ADDRESS_NAMES)
        for query in asked:
            found = store.fetch(query)
            assert tuple(found.columns) == query.columns
            assert lines(found) == reference.fetch(query), query
            assert lines(bare.fetch(query)) == lines(found), "maps given to the object answer like maps kept"


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStore, Reference]:
    estate = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(tuples())
    def gather(logged: Logged) -> None:
        estate.append(logged)

    gather()
    store = import_estate(tmp_path_factory.mktemp("fixed"), estate)
    return store, Reference([as_row(logged) for logged in estate], store.subnets, NAMES, ADDRESS_NAMES)


def test_every_dimension_operator_and_measure(fixed: tuple[LocalStore, Reference]) -> None:
    """Grouped by each dimension, filtered by each with each operator, for each measure: compiled, run and right."""
    store, reference = fixed
    asked = refused = 0
    with store_file(store.path).reading():
        for name, operator in itertools.product(DIMENSIONS, OPERATORS):
            values = values_for(name, operator)[:2]
            if not values:
                with pytest.raises(BadFilter, match="no text to look for in a") as caught:
                    FlowFilter().where(name, "a", operator=operator)
                assert DIMENSIONS[name].spoken in caught.value.message
                refused += 1
                continue
            for measures in MEASURE_SETS:
                flow_filter = FlowFilter().where(name, *values, operator=operator)
                query = FlowQuery(flow_filter, by=(name,), measures=measures)
                assert lines(store.fetch(query)) == reference.fetch(query), query
                asked += len(measures)
    assert asked >= (25 * 2 + 10 * 2) * 16
    assert refused == 15 * 2


def test_a_fixed_condition_is_not_exchanged(fixed: tuple[LocalStore, Reference]) -> None:
    store, reference = fixed
    differing = 0
    for address, operator in itertools.product(sorted({row["src_ip"] for row in reference.rows}), ("is", "is_not")):
        either = FlowFilter(either_way=True).where("src_ip", address)
        asked, other = either.meeting(own_source(address, operator)), either.where("dst_ip", address, operator=operator)
        found = lines(store.fetch(FlowQuery(asked, ("src_ip", "dst_ip"), tuple(MEASURES))))
        assert found == reference.fetch(FlowQuery(asked, ("src_ip", "dst_ip"), tuple(MEASURES)))
        assert all((line[0] == address) == (operator == "is") for line in found)
        differing += found != lines(store.fetch(FlowQuery(other, ("src_ip", "dst_ip"), tuple(MEASURES))))
    assert differing


def test_the_internet_and_all_but_it_at_either_end(fixed: tuple[LocalStore, Reference]) -> None:
    """As a source it is most addresses, so rows are looked up among the others."""
    store, reference = fixed
    found = Counter[str]()
    with store_file(store.path).reading():
        for end, operator, either in itertools.product(("source", "destination"), OPERATORS, (False, True)):
            for values in (("Internet",), ("iNTERNET", "web"), ("10.0.1.0/24", "internet")):
                flow_filter = FlowFilter(either_way=either).where(end, *values, operator=operator)
                query = FlowQuery(flow_filter, by=("source", "destination"), measures=tuple(MEASURES))
                answer = lines(store.fetch(query))
                assert answer == reference.fetch(query), query
                found[operator] += len(answer)
    assert all(found[operator] for operator in OPERATORS), found


def test_the_busiest_of_each_dimension_with_all_that_is_looked_up_for_them(fixed: tuple[LocalStore, Reference]) -> None:
    """A limit cuts before words and distinct counts are looked up; those that tie with the last are told by words."""
    store, reference = fixed
    ties = 0
    with store_file(store.path).reading():
        for name, limit in itertools.product(DIMENSIONS, (1, 3)):
            for by in ((name,), ("src_ip", "port") if name in ("src_ip", "port") else ("src_ip", name)):
                query = FlowQuery(FlowFilter(), by, tuple(MEASURES), "flows", limit)
                whole = reference.fetch(FlowQuery(FlowFilter(), by, tuple(MEASURES), "flows"))
                found = store.fetch(query)
                assert lines(found) == whole[:limit], query
                assert found.attrs[OF] == len(whole)
                place = len(by)
                ties += len(whole) > limit and whole[limit - 1][place] == whole[limit][place]
    assert ties > 10
    nothing = store.fetch(FlowQuery(FlowFilter().where("port", "9"), ("port",), order="flows", limit=1))
    assert (tuple(nothing.columns), nothing.attrs[OF]) == (("port", "flows"), 0)


def test_explained_sql_runs_as_it_is(fixed: tuple[LocalStore, Reference]) -> None:
    store, _ = fixed
    flow_filter = FlowFilter(either_way=True).where("source", "we'b", "10.0.1.0/24").where("nsg", "web-nsg", "it's")
    for query in (
        FlowQuery(flow_filter, by=("source", "hour"), measures=tuple(MEASURES), limit=5),
        RowsQuery(flow_filter),
    ):
        for asked in (store, LocalStore(store.path, subnets=SUBNETS, nsg_names=NAMES)):
            text = asked.explain(query)
            assert "$" not in text
            with duckdb.connect(str(store.path), read_only=True) as connection:
                rows = connection.sql(text).fetchall()
            frame = asked.fetch(query) if isinstance(query, FlowQuery) else asked.rows(query)
            assert len(rows) == len(frame) > 0


def test_rows_page_through_everything_once(fixed: tuple[LocalStore, Reference]) -> None:
    store, reference = fixed
    names = tuple(single_columns())
    for order in names:
        whole = store.rows(RowsQuery(order=order, limit=None))
        assert tuple(whole.columns) == names
        pages = [store.rows(RowsQuery(order=order, limit=25, offset=at)) for at in range(0, len(whole), 25)]
        assert lines(pd.concat(pages)) == lines(whole)
        assert len(whole) == len(reference.rows)
    newest = store.rows(RowsQuery())
    assert newest["time"].is_monotonic_decreasing


def test_values_are_those_of_the_rows(fixed: tuple[LocalStore, Reference]) -> None:
    store, reference = fixed
    for name in DIMENSIONS:
        if name in LENGTHS:
            continue
        expected = {str(row[name]) for row in reference.rows} - {""}
        assert set(store.values(name)) == expected
    assert store.values("day") == ["2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"]
    assert store.values("week") == ["2026-11-23T00:00:00Z"]
    assert store.values("weekday") == ["Monday", "Tuesday"]
    ports = Counter(str(row["port"]) for row in reference.rows)
    assert store.values("port") == sorted(ports, key=lambda port: (-ports[port], int(port))), "the busiest first"
    assert len(store.values("src_ip", limit=2)) == 2


def test_an_empty_answer_has_its_columns(fixed: tuple[LocalStore, Reference]) -> None:
    store, _ = fixed
    nothing = FlowFilter().where("source", "no such subnet")
    assert store.fetch(FlowQuery(nothing, by=("port",), measures=tuple(MEASURES))).empty
    (line,) = lines(store.fetch(FlowQuery(nothing, measures=("flows", "bytes", "sources", "first_seen", "rules"))))
    assert line == (0, 0, 0, None, ())


def test_an_answer_of_many_rows_is_in_its_order_each_time(sample_file: Path) -> None:
    """Several threads hand over a long answer in pieces of 2,048 rows, which once came in any order."""
    query = FlowQuery(by=("src_ip", "dst_ip", "protocol", "port", "direction", "decision", "rule"))
    store = LocalStore(sample_file)
    first = store.fetch(query)
    assert len(first) > 4_000
    assert first["src_ip"].is_monotonic_increasing
    assert all(store.fetch(query).equals(first) for _ in range(11))


def test_the_windows_of_a_comparison_are_not_sorted_each(sample_file: Path) -> None:
    store = LocalStore(sample_file)
    query = ComparedQuery(FlowFilter().where("port", "53"), FlowFilter().where("port", "443"), ("src_ip", "source"))
    assert store.explain(query).count("\nORDER BY") == 1
    assert store.explain(query.sides[0]).count("\nORDER BY") == 1


@pytest.mark.parametrize("name", ["decision", "direction", "log_kind", "nsg"])
def test_a_question_that_leaves_out_all_that_it_asks_for_reads_no_rows(
    fixed: tuple[LocalStore, Reference], name: str
) -> None:
    """What was allowed of denied traffic: half of Overview's seconds went into finding nothing."""
    store, _ = fixed
    value = store.values(name)[0]
    nothing, something = FlowFilter().where(name, value).where(name, value, operator="is_not"), FlowFilter()
    for query in (FlowQuery(nothing, ("port",), ("flows", "rules", "sources")), RowsQuery(nothing)):
        frame = store.fetch(query) if isinstance(query, FlowQuery) else store.rows(query)
        assert frame.empty
        assert not _FLOWS & tables_read(store, query)
    assert _FLOWS & tables_read(store, FlowQuery(something, ("port",)))
    assert lines(store.fetch(FlowQuery(nothing, measures=("flows", "rules")))) == [(0, ())]
    others = something.where(name, *store.values(name)).where(name, value, operator="is_not")
    assert not store.fetch(FlowQuery(others, measures=("tuples",))).empty


_FLOWS = frozenset({"flows", "once"})
"""Tables that are long. Where there are tables beside the flows, cells of recurring keys still meet no key."""


def tables_read(store: LocalStore, query: FlowQuery | RowsQuery) -> set[str]:
    """The tables that the engine looks through for an answer."""
    with store.asking() as connection:
        ((_, plan),) = connection.execute(f"EXPLAIN {store.explain(query)}").fetchall()
    return set(re.findall(r"nsgflow_store\.main\.\W*(\w+)", plan))
