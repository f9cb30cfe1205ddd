"""Tables as they are mirrored are asked as a workspace is; Microsoft's service has nothing against KQL on tuples."""

from __future__ import annotations

import re
from itertools import cycle

import pytest

from nsgflow_core.analysis.compared.changes import SUBJECTS
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.kusto.compared_kql import compared_query
from nsgflow_core.stores.kusto.filters_kql import unknown_dimensions
from nsgflow_core.stores.kusto.flows_kql import KqlWriter, row_columns
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.parts.kql.checker import check_queries
from tests.parts.kql.database import columns_of
from tests.parts.stub_cluster import StubCluster
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import nta
from tests.stores.log_analytics.test_log_analytics_kql import SUBNETS, WINDOW, samples

ROWS = {"NTANetAnalytics": [nta(AllowedOutFlows=2), nta(DestPort=22, DeniedOutFlows=1, FlowStatus="D")]}


FLOWS = columns_of("FlowTuples")
_ADDED_UP = ("src_port", "flow_state", "encryption", "blob", "place", "rejected", "time")
HOURLY = {name: kind for name, kind in FLOWS.items() if name not in _ADDED_UP}
HOURLY |= dict.fromkeys(("hour", "first_seen", "last_seen"), "datetime")
HOURLY |= dict.fromkeys(("entries", "started", "ended"), "long")


def asks_hourly(writer: KqlWriter, key: str) -> bool:
    return writer.flow_query(FlowQuery(by=(key,))).startswith("FlowsHourly\n")


def test_whole_hours_are_asked_of_what_is_added_up_and_all_else_of_tuples():
    writer = KqlWriter({"Flows": frozenset(FLOWS), "FlowsHourly": frozenset(HOURLY)})
    told = {key for key in DIMENSIONS if DIMENSIONS[key].is_known_to(KustoRows.TUPLES)}
    tuples = {"src_port", "flow_state", "encryption", "minute", "five_minutes", "quarter_hour"}
    assert {key for key in told if not asks_hourly(writer, key)} == tuples
    states = FlowFilter.from_params({"flow_state": "End"})
    assert writer.flow_query(FlowQuery(states, by=("port",))).startswith("Flows\n")
    assert writer.rows_query(RowsQuery()).startswith("Flows\n")


@pytest.mark.parametrize(
    ("since", "until", "tables"),
    [
        ("10:00", "", ["FlowsHourly | 10:00 |"]),
        ("10:30", "", ["FlowsHourly | 11:00 |", "Flows | 10:30 | 11:00"]),
        ("", "13:01", ["FlowsHourly |  | 13:00", "Flows | 13:00 | 13:01"]),
        ("10:30", "13:01", ["FlowsHourly | 11:00 | 13:00", "Flows | 10:30 | 11:00", "Flows | 13:00 | 13:01"]),
        ("10:30", "11:00", ["Flows | 10:30 | 11:00"]),
        ("10:30", "11:30", ["Flows | 10:30 | 11:30"]),
    ],
)
def test_of_a_window_whole_hours_are_added_up_and_the_edges_are_tuples(since: str, until: str, tables: list[str]):
    writer = KqlWriter({"Flows": frozenset(FLOWS), "FlowsHourly": frozenset(HOURLY)})
    ends = {key: f"2026-11-01T{end}Z" for key, end in (("since", since), ("until", until)) if end}
    text = writer.flow_query(FlowQuery(FlowFilter.from_params(ends), by=("port",)))
    asked = []
    for table, tests in re.findall(r"(?m)^(?:union \(|\()?(Flows\w*)\n\| where (.*)$", text):
        begin, end = (re.search(rf"{sign} datetime\([^T]*T(\d\d:\d\d)", tests) for sign in (">=", "<"))
        asked.append(f"{table} | {begin[1] if begin else ''} | {end[1] if end else ''}".rstrip())
    assert asked == tables


@pytest.mark.usefixtures("stub_token")
def test_a_mirrored_database_is_asked_as_a_workspace_is():
    question = FlowQuery(by=("source", "destination", "port"))
    with StubWorkspace(ROWS) as workspace, StubCluster(ROWS) as cluster:
        client = ClusterClient(cluster.url, "net")
        stores = (
            LogAnalyticsStore("ws", endpoint=workspace.url, subnets=SUBNETS),
            DataExplorerStore(cluster.url, "net", client=client, subnets=SUBNETS),
        )
        first, other = (store.explain(question) for store in stores)
        assert first == other
        assert stores[0].unsupported == stores[1].unsupported == unknown_dimensions(KustoRows.ADDED_UP)
        answered = stores[1].fetch(question)
        assert answered.to_dict("list") == {
            "source": ["web", "web"], "destination": ["10.1.2.0/24"] * 2, "port": [22, 1433], "flows": [1, 2],
        }  # fmt: skip


def test_questions_of_single_tuples_are_accepted_by_microsofts_language_service():
    writer = KqlWriter({"Flows": frozenset(FLOWS)}, SUBNETS)
    window = FlowFilter.from_params(WINDOW)
    known = [key for key in DIMENSIONS if DIMENSIONS[key].is_known_to(KustoRows.TUPLES)]
    queries = {
        key: writer.flow_query(FlowQuery(window.where(key, *given, operator=operator), by=(key,)))
        for key, operator in zip(known, cycle(OPERATORS), strict=False)
        if (given := samples(key, operator))
    }
    everything = FlowQuery(by=tuple(known), measures=tuple(MEASURES), order="flows", limit=5)
    queries["everything"] = writer.flow_query(everything)
    queries["rows"] = writer.rows_query(RowsQuery(order=next(iter(row_columns(writer.told)))))
    queries |= {f"values of {key}": writer.values_query(key, 9) for key in ("source", "weekday", "src_port")}
    queries |= {"extent": writer.extent_query(), "nsgs": writer.nsgs_query()}
    asked = SUBJECTS["services"].asked(window, window, "subnet", 9).query
    assert isinstance(asked, ComparedQuery)
    queries["changes"] = compared_query(writer, asked)
    hours = KqlWriter({"Flows": frozenset(FLOWS), "FlowsHourly": frozenset(HOURLY)}, SUBNETS)
    added_up = tuple(key for key in known if asks_hourly(hours, key))
    queries["hourly"] = hours.flow_query(FlowQuery(window, by=added_up, measures=tuple(MEASURES)))
    queries |= {"hourly extent": hours.extent_query(), "hourly values": hours.values_query("source", 9)}
    edges = FlowFilter.from_params({"since": "2026-11-01T10:30Z", "until": "2026-11-02T11:20Z"})
    queries["edges"] = hours.flow_query(FlowQuery(edges, by=added_up, measures=tuple(MEASURES)))
    assert all(queries[name].startswith("FlowsHourly\n") for name in queries if name.startswith("hourly"))
    checked = check_queries(queries, {"Flows": FLOWS, "FlowsHourly": HOURLY})
    assert {name: found.diagnostics for name, found in checked.items() if found.diagnostics} == {}
    assert [column.split(":")[0] for column in checked["everything"].columns] == list(everything.columns)
    assert len(checked) > 25
