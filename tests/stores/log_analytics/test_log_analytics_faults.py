"""Each fault of the service is its own error that says what to do; limits are split by time or named."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from nsgflow_core.analysis.unmet.names import unknown_names
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import (
    Cancelled,
    InputError,
    StoreDenied,
    StoreError,
    StoreLimit,
    StoreMissing,
    StoreSignIn,
    StoreUnreachable,
)
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.words.vocabulary import Direction
from tests.parts.stub_workspace import Fault, StubWorkspace, error_body, in_part
from tests.parts.workspace_rows import flows, nta

pytestmark = pytest.mark.usefixtures("stub_token")
HOURS = [
    nta(DestPort=p, AllowedOutFlows=1, FlowIntervalStartTime=datetime(2025, 8, 25, h)) for h in range(4) for p in (1, 2)
]
MORNING = FlowFilter.from_params({"since": "2025-08-25T00:00:00Z", "until": "2025-08-25T04:00:00Z"})


def open_store(stub):
    return LogAnalyticsStore("ws", client=WorkspaceClient("ws", endpoint=stub.url, first_wait=0.01))


@pytest.mark.parametrize(
    ("faults", "kind", "words"),
    [
        ([Fault(401, error_body("InvalidTokenError", "expired"))], StoreSignIn, "az login"),
        ([Fault(403, error_body("InsufficientAccessError", "no"))], StoreDenied, "Log Analytics Reader"),
        ([Fault(404, error_body("WorkspaceNotFoundError", "no"))], StoreMissing, "workspace ID"),
        ([Fault(204)], StoreMissing, "empty"),
        ([Fault(400, error_body("BadArgumentError", "bad", "SEM0100 Failed to resolve table"))], StoreMissing, "lacks"),
        ([Fault(400, error_body("SyntaxError", "bad", "SYN0002"))], StoreError, "SYN0002"),
        ([Fault(504, error_body("GatewayTimeout", "slow"))], StoreLimit, "shorter window"),
        ([Fault(429, error_body("ThrottledError", "busy"))] * 4, StoreLimit, "busy"),
        ([Fault(429, error_body("ThrottledError", "busy"), {"Retry-After": "900"})], StoreLimit, "900 seconds"),
        ([Fault(502, b"<html>Bad gateway</html>")] * 4, StoreUnreachable, "502"),
        ([Fault(502, b"<html></html>", {"Content-Type": "text/html"})] * 4, StoreUnreachable, "502"),
        ([Fault(200, b"<html>proxy</html>")], StoreUnreachable, "not a query result"),
        ([Fault(0)] * 2, StoreUnreachable, "connection"),
    ],
)
def test_each_fault_says_what_to_do(faults, kind, words):
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:
        store = open_store(stub)
        store.explain(FlowQuery())
        stub.fail(*faults)
        with pytest.raises(kind) as raised:
            store.fetch(FlowQuery())
        assert words in str(raised.value)
        assert raised.value.hint
        assert len(stub.queries) == len(faults)


@pytest.mark.parametrize("fault", [Fault(429), Fault(429, headers={"Retry-After": "0"}), Fault(503), Fault(0)])
def test_what_passes_by_itself_is_tried_again(fault):
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:
        store = open_store(stub)
        store.explain(FlowQuery())
        stub.fail(fault)
        assert store.fetch(FlowQuery())["flows"].tolist() == [8]


def test_retry_after_is_honoured():
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:
        store = open_store(stub)
        store.explain(FlowQuery())
        stub.fail(Fault(429, headers={"Retry-After": "1"}))
        started = time.monotonic()
        store.fetch(FlowQuery())
        assert time.monotonic() - started >= 1


def test_an_hourly_answer_and_a_row_export_are_completed_in_parts_and_others_say_partial():
    hourly, rows = FlowQuery(MORNING, by=("hour", "port")), RowsQuery(MORNING, limit=None)
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:
        whole = [open_store(stub).fetch(hourly), open_store(stub).rows(rows)]
    with StubWorkspace({"NTANetAnalytics": HOURS}, row_limit=3) as stub:
        parts = [open_store(stub).fetch(hourly), open_store(stub).rows(rows)]
        assert len(stub.queries) > 4
    for one, other in zip(whole, parts, strict=True):
        assert other.attrs == {}
        assert one.equals(other)
    with StubWorkspace({"NTANetAnalytics": HOURS}, row_limit=1) as stub:
        cut = open_store(stub).fetch(FlowQuery(MORNING, by=("port",)))
        assert len(cut) == 1
        assert "only part of the answer" in cut.attrs["partial"]


def test_a_query_can_be_cancelled_while_it_runs():
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:
        store = open_store(stub)
        store.explain(FlowQuery())
        stub.fail(Fault(200, seconds=10))
        started = time.monotonic()
        with pytest.raises(Cancelled):
            store.fetch(FlowQuery(), cancelled=lambda: time.monotonic() - started > 0.2)
        assert time.monotonic() - started < 8


def test_a_token_from_the_environment_and_plain_http_are_for_this_machine_alone(monkeypatch):
    with pytest.raises(InputError, match="Plain http"):
        WorkspaceClient("ws", endpoint="http://logs.example")
    assert "stub" not in repr(WorkspaceClient("ws", endpoint="http://127.0.0.1:1")._credential)
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", "logs.example")
    assert type(WorkspaceClient("ws", endpoint="https://logs.example")._credential).__name__ == "ScopedCredential"
    monkeypatch.delenv("NSGFLOW_LOGS_TOKEN")
    with pytest.raises(StoreSignIn, match="NSGFLOW_LOGS_TOKEN"):
        WorkspaceClient("ws", endpoint="http://127.0.0.1:1")


def test_what_is_made_of_an_answer_in_part_is_told_to_be_partial():
    """The ends of a store, the names of its NSGs, how many groups changed, and a draft, which asks many questions."""
    before = FlowFilter.from_params({"until": "2025-08-25T02:00:00Z"})
    changed = ComparedQuery(before, before.within(before.until, None), ("port",))
    draft = (FlowFilter(), Scope(nsg="web-nsg"), Direction.OUTBOUND)
    with StubWorkspace({"NTANetAnalytics": HOURS}) as stub:

        def failing_at(end):
            stub.change = lambda query, whole: in_part(whole, "a shard failed") if query.endswith(end) else whole
            return open_store(stub)

        assert "a shard failed" in failing_at("tuples = sum(entries)").extent().partial
        store = failing_at("| distinct nsg_id")
        for _ in range(2):  # asked again: half of the names are not believed for ten minutes
            assert "a shard failed" in store.fetch(FlowQuery(by=("nsg",))).attrs["partial"]
            assert "a shard failed" in store.rows(RowsQuery()).attrs["partial"]
            assert store.values("nsg").partial.count("a shard failed") == 1
            assert store.values("port").partial == ""
        store = failing_at("| project value")
        assert sorted(store.values("port")) == ["1", "2"]
        assert [store.values(each).partial.count("a shard failed") for each in ("port", "source", "nsg")] == [1, 1, 1]
        assert unknown_names(store, flows(rule="nobodys", src="nobodys")) == [], "it may be among those not told"
        assert len(unknown_names(failing_at("nothing"), flows(rule="nobodys", src="nobodys"))) == 2
        assert "a shard failed" in failing_at("of = count() by change").compared(changed).attrs["partial"]
        stub.requests.clear()
        assert gather(failing_at("nothing"), *draft).partial == ""
        asked = dict.fromkeys(query for query in stub.queries if not query.endswith("| project value"))
        for query in asked:
            assert gather(failing_at(query), *draft).partial.count("a shard failed") == 1, query[-300:]
        assert len(asked) > 4
