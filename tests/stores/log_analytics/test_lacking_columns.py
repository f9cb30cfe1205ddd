"""Tables that lack columns: refused by name where flows are read from them, and never read as nought or nothing."""

from __future__ import annotations

import json
from functools import partial

import pandas as pd
import pytest

from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreIncompatible, StoreMissing
from nsgflow_core.stores.kusto.tables import TABLES, columns_read
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.parts.stub_workspace import Reply, StubWorkspace
from tests.parts.workspace_rows import START, cl, nta

pytestmark = pytest.mark.usefixtures("stub_token")
VNET, NSG = TABLES
UTC_START = pd.Timestamp(START, tz="UTC")
ASKED = FlowQuery(by=("port", "rule", "nsg"), measures=("flows", "bytes", "first_seen"))


def opened(stub: StubWorkspace) -> LogAnalyticsStore:
    return LogAnalyticsStore("ws", endpoint=stub.url)


def test_what_flows_are_read_from_is_named() -> None:
    with StubWorkspace({VNET.name: [nta()]}) as stub:
        for each in VNET.needed:
            stub.change = partial(lacking, each.split("|"))
            for ask in (lambda: opened(stub).fetch(ASKED), lambda: opened(stub).overview()):
                with pytest.raises(StoreIncompatible, match=f"lacks columns .*: {each.replace('|', ' or ')}\\."):
                    ask()


def lacking(names: list[str], query: str, reply: Reply) -> Reply:
    """The answer without these columns, which none but a question for columns has."""
    body = json.loads(reply[1])
    if query.endswith("| take 0") and reply[0] == 200:
        (table,) = body["tables"]
        table["columns"] = [column for column in table["columns"] if column["name"] not in names]
    return reply[0], json.dumps(body).encode(), reply[2]


def test_what_counts_are_read_from_is_told() -> None:
    """Without DeniedInFlows nothing was denied, and nobody said so."""
    with StubWorkspace({VNET.name: [nta()]}) as stub:
        assert opened(stub).fetch(ASKED).attrs == {}
        for name in VNET.counted:
            stub.change = partial(lacking, [name])
            for answer in (opened(stub).fetch(ASKED), opened(stub).rows(RowsQuery())):
                assert f"lacks columns, which count as 0 or as nobody: {name}." in answer.attrs["partial"]


def test_without_all_else_flows_are_the_same() -> None:
    """One of two spellings is enough: those of NSG flow logs are empty in rows of VNet flow logs."""
    needed = {name for each in VNET.needed for name in each.split("|")[:1]} | {*VNET.counted, "FlowStartTime"}
    rows = [nta(AllowedOutFlows=2, BytesSrcToDest=5, DestPort=port) for port in (22, 443)]
    with StubWorkspace({VNET.name: rows}) as stub:
        whole = opened(stub).fetch(ASKED)
    rest = {*columns_read(VNET)} - needed - {VNET.ingested}
    with StubWorkspace({VNET.name: rows}, without=rest) as stub:
        assert opened(stub).fetch(ASKED).equals(whole)
    assert len(rest) > 20


def test_a_custom_log_in_which_no_flow_ever_was_holds_none() -> None:
    """It has only the columns that ever held a value: topology alone."""
    with StubWorkspace({VNET.name: [nta(AllowedOutFlows=3)], NSG.name: [cl()]}, without=NSG.needed) as stub:
        assert opened(stub).fetch(FlowQuery())["flows"].tolist() == [3]
    with StubWorkspace({NSG.name: [cl()]}, without=NSG.needed) as stub, pytest.raises(StoreMissing):
        opened(stub).fetch(FlowQuery())


@pytest.mark.parametrize(("table", "row", "ending"), [(VNET, nta, ""), (NSG, cl, "_t")])
def test_a_table_without_times_of_flows_tells_those_of_its_interval(table, row, ending) -> None:
    """Without any, pages broke, and an address was never seen."""
    asked = FlowQuery(measures=("first_seen", "last_seen"))
    for names, last in ((), 40), (("FlowEndTime",), 60), (("FlowEndTime", "FlowIntervalEndTime"), 0):
        without = [f"{name}{ending}" for name in ("FlowStartTime", *names)]
        with StubWorkspace({table.name: [row()]}, without=without) as stub:
            (told,) = opened(stub).fetch(asked).to_dict("records")
        assert (told["first_seen"], told["last_seen"]) == (UTC_START, UTC_START + pd.Timedelta(minutes=last))
