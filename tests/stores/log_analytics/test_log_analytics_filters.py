"""Which rows a question to a workspace is about, and in which order: conditions, windows, names, pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd
import pytest

from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.estates.rows import own_source
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import NSG, START, SUBNETS, ask, flows, nta, records

pytestmark = pytest.mark.usefixtures("stub_token")


@pytest.fixture(scope="module")
def five_pairs() -> Iterator[StubWorkspace]:
    """A workspace of five pairs of addresses, each with a port of its own."""
    ends = [
        ("10.1.1.4", "10.1.2.5"),
        ("10.1.1.9", "10.1.2.5"),
        ("10.11.1.4", "10.1.2.5"),
        ("fd00:1::7", "10.1.2.5"),
        ("10.1.2.5", "10.1.1.4"),
    ]
    rows = [nta(SrcIp=src, DestIp=dst, DestPort=at, AllowedOutFlows=1) for at, (src, dst) in enumerate(ends, start=1)]
    with StubWorkspace({"NTANetAnalytics": rows}) as stub:
        yield stub


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"src": "10.1.1.4"}, {1}),
        ({"src": "10.1.1.0/29"}, {1}),
        ({"src": "!10.1.1.0/24"}, {3, 4, 5}),
        ({"src": "web"}, {1}),
        ({"src": "HOST"}, {2}),
        ({"src": "fd00:1::/61"}, {4}),
        ({"src": "fd00:1::/62"}, {4}),
        ({"src": "fd00:1::7"}, {4}),
        ({"src": "::/0"}, {4}),
        ({"src": "0.0.0.0/0"}, {1, 2, 3, 5}),
        ({"src": "10.1.1.4", "dst": "10.1.2.5", "either_way": "1"}, {1, 5}),
        ({"port": "1,4-5"}, {1, 4, 5}),
        ({"port": "!1"}, {2, 3, 4, 5}),
        ({"nsg": "WEB-NSG"}, {1, 2, 3, 4, 5}),
        (
            {"nsg": "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/web-nsg"},
            {1, 2, 3, 4, 5},
        ),
        ({"nsg": "other"}, set()),
        ({"rule": "ALLOW-SQL"}, {1, 2, 3, 4, 5}),
        ({"mac": "00:0d:3a:98:82:ce"}, {1, 2, 3, 4, 5}),
        ({"hour": "2025-08-25T19:30:00Z"}, {1, 2, 3, 4, 5}),
        ({"day": "2025-08-24"}, set()),
        ({"week": "2025-08-31"}, {1, 2, 3, 4, 5}),
        ({"week": "2025-08-24"}, set()),
        ({"weekday": "monday"}, {1, 2, 3, 4, 5}),
        ({"weekday": "!Monday"}, set()),
        ({"src": "~WE"}, {1}),
        ({"src": "~10.1.1."}, {1, 2}),
        ({"src": "!~10.1"}, {4}),
        ({"src_ip": "~fd00"}, {4}),
        ({"dst": "~we", "either_way": "1"}, {1, 5}),
        ({"rule": "~W-SQ"}, {1, 2, 3, 4, 5}),
        ({"rule": "!~sql"}, set()),
        ({"nsg": "~b-n"}, {1, 2, 3, 4, 5}),
        ({"mac": "~3a:98"}, {1, 2, 3, 4, 5}),
        ({"since": "2025-08-25T19:00:00Z", "until": "2025-08-25T20:00:00Z"}, {1, 2, 3, 4, 5}),
        ({"since": "2025-08-25T19:00:01Z"}, set()),
        ({"until": "2025-08-25T19:00:00Z"}, set()),
        ({"protocol": "tcp", "decision": "allowed", "direction": "outbound", "log_kind": "vnet"}, {1, 2, 3, 4, 5}),
        ({"log": "NSG"}, set()),
    ],
)  # fmt: skip
def test_filters_match_exactly(params, expected, five_pairs):
    store = LogAnalyticsStore("ws", endpoint=five_pairs.url, subnets=SUBNETS)
    assert set(store.fetch(FlowQuery(flows(**params), by=("port",)))["port"]) == expected


def test_a_fixed_condition_is_not_exchanged(five_pairs):
    store = LogAnalyticsStore("ws", endpoint=five_pairs.url, subnets=SUBNETS)
    either = flows(src="10.1.1.4", dst="10.1.2.5", either_way="1")
    for operator, port in (("is", 1), ("is_not", 5)):
        query = FlowQuery(either.meeting(own_source("10.1.1.4", operator)), by=("port",))
        assert store.fetch(query)["port"].tolist() == [port]


def test_the_window_is_that_of_the_interval_and_ingestion_is_padded():
    late = nta(AllowedOutFlows=1, TimeGenerated=datetime(2025, 8, 26, 5))
    with StubWorkspace({"NTANetAnalytics": [late]}) as stub:
        store = LogAnalyticsStore("ws", endpoint=stub.url)
        query = FlowQuery(flows(since="2025-08-25T19:00:00Z", until="2025-08-25T20:00:00Z"))
        assert store.fetch(query)["flows"].tolist() == [1]
        assert stub.requests[-1]["timespan"] == "2025-08-25T18:00:00.000Z/2025-08-26T20:00:00.000Z"
        assert stub.requests[-1]["path"] == "/v1/workspaces/ws/query"
        assert stub.requests[-1]["authorization"] == "Bearer stub"
        assert stub.queries == [store.explain(query)]


def test_distinct_counts_are_exact_and_order_and_limit_are_pushed_down():
    rows = [
        nta(SrcIp=f"10.{at // 200}.{at % 200}.1", DestPort=80 + at % 3, AllowedOutFlows=1 + at % 3) for at in range(600)
    ]
    query = FlowQuery(
        by=("port",), measures=("sources", "destinations", "ports", "days", "flows"), order="flows", limit=2
    )
    found = ask(lambda store: store.fetch(query), vnet=rows)
    assert [tuple(row) for row in found.itertuples(index=False)] == [(82, 200, 1, 1, 1, 600), (81, 200, 1, 1, 1, 400)]


def test_an_empty_answer_has_the_columns_and_a_total_of_nothing_is_zero():
    nothing = flows(port="9")
    groups = ask(
        lambda s: s.fetch(FlowQuery(nothing, by=("source",), measures=("flows", "rules", "first_seen"))), vnet=[nta()]
    )
    assert (list(groups.columns), len(groups)) == (["source", "flows", "rules", "first_seen"], 0)
    total = ask(
        lambda s: s.fetch(FlowQuery(nothing, measures=("flows", "sources", "rules", "last_seen"))), vnet=[nta()]
    )
    assert total.loc[0, ["flows", "sources", "rules"]].tolist() == [0, 0, ()]
    assert pd.isna(total.loc[0, "last_seen"])


def test_rows_are_traffic_analytics_rows_newest_first_and_paged():
    rows = [nta(DestPort=port, AllowedOutFlows=2, FlowIntervalStartTime=START.replace(hour=port)) for port in range(5)]
    page = ask(lambda store: store.rows(RowsQuery(limit=2, offset=1)), vnet=rows)
    assert page["dst_port"].tolist() == [3, 2]
    assert page.loc[0, ["src_ip", "nsg", "rule", "mac", "flows"]].tolist() == [
        "10.1.1.4",
        "web-nsg",
        "allow-sql",
        "000D3A9882CE",
        2,
    ]
    assert page.loc[0, "time"] == pd.Timestamp(2025, 8, 25, 3, tz="UTC")
    assert not {"src_port", "flow_state", "encryption"} & set(page.columns)
    with pytest.raises(UnsupportedDimension, match="source port"):
        ask(lambda store: store.rows(RowsQuery(order="src_port")), vnet=rows)


def test_weeks_start_on_monday_and_days_of_the_week_sort_as_the_calendar_does():
    days = [datetime(2025, 8, day, 3) for day in (23, 24, 25, 31)]  # Saturday, Sunday, Monday, Sunday
    rows = [nta(FlowIntervalStartTime=day, AllowedOutFlows=1) for day in days]
    weeks = ask(lambda store: store.fetch(FlowQuery(by=("week",))), vnet=rows)
    assert records(weeks) == [
        {"week": pd.Timestamp(2025, 8, 18, tz="UTC"), "flows": 2},
        {"week": pd.Timestamp(2025, 8, 25, tz="UTC"), "flows": 2},
    ]
    for limit in (None, 5):
        question = FlowQuery(by=("weekday",), limit=limit)
        found = ask(lambda store, question=question: store.fetch(question), vnet=rows)
        assert records(found) == [
            {"weekday": "Monday", "flows": 1},
            {"weekday": "Saturday", "flows": 1},
            {"weekday": "Sunday", "flows": 2},
        ]
    assert ask(lambda s: s.values("weekday"), vnet=rows) == ["Monday", "Saturday", "Sunday"]
    assert ask(lambda s: s.values("week"), vnet=rows) == ["2025-08-18T00:00:00Z", "2025-08-25T00:00:00Z"]


def test_a_part_of_a_name_is_looked_for_in_the_name_that_the_user_gave():
    rows = [nta(AllowedOutFlows=1), nta(AclGroup=NSG.replace("web-nsg", "other"), DestPort=2, AllowedOutFlows=1)]
    for part, expected in (("~FRONT", {1433}), ("~web", set()), ("!~front", {2})):
        found = ask(
            lambda s, part=part: s.fetch(FlowQuery(flows(nsg=part), by=("port",))),
            vnet=rows,
            nsg_names={"WEB-NSG": "front-door"},
        )
        assert set(found["port"]) == expected


def test_nsg_names_are_shown_and_can_be_asked_for():
    names = {"web-nsg": "Front door"}
    found = ask(
        lambda s: s.fetch(FlowQuery(flows(nsg="front door"), by=("nsg",), measures=("rules",))),
        vnet=[nta()],
        nsg_names=names,
    )
    assert records(found) == [{"nsg": "Front door", "rules": (("Front door", "allow-sql"),)}]
