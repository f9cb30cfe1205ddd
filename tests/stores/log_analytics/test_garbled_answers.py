"""Answers of the service that are none: each is an error that says what to do, or numbers; never a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreUnreachable
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.parts.stub_workspace import Fault, StubWorkspace
from tests.parts.workspace_rows import nta

pytestmark = pytest.mark.usefixtures("stub_token")
ROWS = [nta(DestPort=port, AllowedOutFlows=1, FlowIntervalStartTime=datetime(2025, 8, 25, 3)) for port in (22, 443)]
ASKED = FlowQuery(by=("port", "nsg"), measures=("flows", "bytes", "first_seen", "rules"))
Change = Callable[[dict[str, Any]], object]


def of_table(change: Callable[[dict[str, Any]], object]) -> Change:
    return lambda body: change(body["tables"][0])


NONE_AT_ALL: dict[str, Change] = {
    "a table of nothing": lambda body: body.update(tables=[{}]),
    "tables by name": lambda body: body.update(tables={"PrimaryResult": body["tables"][0]}),
    "no list of tables": lambda body: body.update(tables="PrimaryResult"),
    "tables that are none": lambda body: body.update(tables=[None, 3]),
    "no columns": of_table(lambda table: table.pop("columns")),
    "columns of nothing": of_table(lambda table: table.update(columns=None)),
    "columns by name": of_table(lambda table: table.update(columns={"port": "long"})),
    "a column without a name": of_table(lambda table: table["columns"][0].pop("name")),
    "a column without a type": of_table(lambda table: table["columns"][0].pop("type")),
    "no rows": of_table(lambda table: table.pop("rows")),
    "rows of nothing": of_table(lambda table: table.update(rows=None)),
    "a row of nothing": of_table(lambda table: table["rows"].append(None)),
    "a row that is a text": of_table(lambda table: table["rows"].append("cut")),
    "a row that is cut": of_table(lambda table: table["rows"][0].pop()),
    "a row that is too long": of_table(lambda table: table["rows"][0].append(1)),
    "another column": of_table(lambda table: table["columns"][0].update(name="else")),
    "a column twice": of_table(lambda table: table["columns"][0].update(name=table["columns"][1]["name"])),
    "no column": of_table(lambda table: table.update(columns=[], rows=[])),
}
VALUES: tuple[Any, ...] = (
    None,
    "",
    "x",
    "NaN",
    "Infinity",
    -1,
    1.5,
    10**30,
    True,
    [],
    {},
    ["a"],
    {"a": 1},
    "2025",
    "9" * 40,
)


@pytest.fixture(scope="module")
def answered() -> Iterator[tuple[StubWorkspace, LogAnalyticsStore, dict[str, Any]]]:
    with pytest.MonkeyPatch.context() as patch, StubWorkspace({"NTANetAnalytics": ROWS}) as stub:
        patch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
        store = LogAnalyticsStore("ws", client=WorkspaceClient("ws", endpoint=stub.url, first_wait=0.01))
        assert len(store.fetch(ASKED)) == 2
        yield stub, store, json.loads(stub.answer(stub.requests[-1])[1])


@pytest.mark.parametrize("what", NONE_AT_ALL)
def test_what_is_no_answer_is_said_to_be_none(answered: Any, what: str) -> None:
    stub, store, good = answered
    body = copy.deepcopy(good)
    NONE_AT_ALL[what](body)
    stub.fail(Fault(200, json.dumps(body).encode()))
    with pytest.raises(StoreUnreachable, match="not a query result"):
        store.fetch(ASKED)
    stub.forget_faults()


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("place", range(6))
def test_a_value_of_another_kind_breaks_no_answer(answered: Any, value: Any, place: int) -> None:
    stub, store, good = answered
    body = copy.deepcopy(good)
    if place >= len(body["tables"][0]["columns"]):
        pytest.skip("the answer has fewer columns")
    body["tables"][0]["rows"][0][place] = value
    stub.fail(Fault(200, json.dumps(body).encode()))
    with suppress(StoreUnreachable):
        answer = store.fetch(ASKED)
        assert list(answer.columns) == list(ASKED.columns)
        assert len(answer) == 2
    stub.forget_faults()
