"""Each fault of a cluster is its own error that says what to do, with the real KustoClient against loopback."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.credentials import CLOUDS, TypedBy
from nsgflow_core.errors import (
    Cancelled,
    InputError,
    NsgflowError,
    StoreDenied,
    StoreError,
    StoreLimit,
    StoreMissing,
    StoreSignIn,
    StoreUnreachable,
)
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from tests.estates.records import vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster, in_band, kusto_error
from tests.parts.stub_workspace import Fault

LINES = [f"17640648{second:02}000,10.1.1.4,10.1.2.5,50001,{443 + second % 2},6,I,B,NX,,,," for second in range(8)]
HOURS = [f"17640{at:03}00000,10.1.1.4,10.1.2.5,50001,443,6,I,B,NX,,,," for at in (612, 648, 684, 720)]
MORNING = FlowFilter.from_params({"since": "2025-11-25T09:00:00Z", "until": "2025-11-25T13:00:00Z"})


@pytest.fixture(scope="module")
def flows() -> Any:
    return tuples_of({"blob": [vnet_record(LINES + HOURS)]})


@pytest.fixture(scope="module")
def stub(flows):
    with StubCluster(flows=flows) as made:
        yield made


def opened(stub: StubCluster) -> DataExplorerStore:
    client = ClusterClient(stub.url, "net", first_wait=0.01)
    return DataExplorerStore(stub.url, "net", client=client)


def refused(status: int, code: str, message: str) -> Fault:
    return Fault(status, kusto_error(code, message))


@pytest.mark.parametrize(
    ("faults", "kind", "words"),
    [
        ([Fault(401, b"{}")], StoreSignIn, "az login"),
        ([refused(403, "Forbidden", "Principal 'x' is not authorized to read database 'net'")], StoreDenied, "viewer"),
        (
            [refused(400, "BadRequest_EntityNotFound: Database", "'net' database could not be found")],
            StoreMissing,
            "case",
        ),
        ([refused(400, "General_BadRequest", "SEM0100: Failed to resolve table 'Flows'")], StoreMissing, "kusto setup"),
        ([refused(400, "General_BadRequest", "SEM0260: Unknown function: 'parse_ipv6'")], StoreError, "old version"),
        ([refused(400, "General_BadRequest", "SYN9999 something else")], StoreError, "SYN9999"),
        ([refused(504, "Timeout", "Request execution timed out")], StoreLimit, "shorter window"),
        ([Fault(404, b"{}")], StoreMissing, "URI"),
        ([Fault(302, b"", {"Location": "http://127.0.0.1:1/"})], StoreUnreachable, "another address"),
        ([Fault(429, b"{}")] * 4, StoreLimit, "busy"),
        ([Fault(429, b"{}", {"Retry-After": "900"})], StoreLimit, "900 seconds"),
        ([Fault(503, b"<html>Bad gateway</html>")] * 4, StoreUnreachable, "503"),
        ([Fault(200, b"<html>proxy</html>")], StoreError, "proxy"),
        ([Fault(200, b"[]")], StoreUnreachable, "not a query result"),
        ([Fault(200, in_band("Query exceeded memory: E_LOW_MEMORY_CONDITION (80DA0007)"))], StoreLimit, "memory"),
        ([Fault(200, in_band("The query was cancelled", "QueryCancelled"))], Cancelled, "on the cluster"),
        ([Fault(0)] * 2, StoreUnreachable, "private endpoint"),
    ],
)
def test_each_fault_says_what_to_do(stub, faults, kind, words):
    stub.forget_faults()
    store = opened(stub)
    store.explain(FlowQuery())
    before = len(stub.queries)
    stub.fail(*faults)
    with pytest.raises(kind) as raised:
        store.fetch(FlowQuery())
    assert words in f"{raised.value} {raised.value.hint}"
    assert raised.value.hint
    assert raised.value.__context__ is None
    assert len(stub.queries) - before == len(faults)


@pytest.mark.parametrize(
    "fault", [Fault(429, b"{}"), Fault(429, b"{}", {"Retry-After": "0"}), Fault(503, b"{}"), Fault(0)]
)
def test_what_passes_by_itself_is_tried_again(stub, fault):
    store = opened(stub)
    store.explain(FlowQuery())
    stub.fail(fault)
    assert store.fetch(FlowQuery())["flows"].tolist() == [12]


def test_an_answer_that_is_cut_is_completed_in_parts_or_says_so(stub, flows):
    hourly, rows = FlowQuery(MORNING, by=("hour", "port")), RowsQuery(MORNING, limit=None)
    whole = [opened(stub).fetch(hourly), opened(stub).rows(rows)]
    with StubCluster(flows=flows, row_limit=10) as small:
        parts = [opened(small).fetch(hourly), opened(small).rows(rows)]
    for one, other in zip(whole, parts, strict=True):
        assert other.attrs == {}
        assert one.equals(other)
    with StubCluster(flows=flows, row_limit=1) as small:
        cut = opened(small).fetch(FlowQuery(MORNING, by=("port",)))
        assert len(cut) == 1
        assert "only part of the answer" in cut.attrs["partial"]


def test_what_the_database_could_not_read_is_told():
    lines = [LINES[0], "x", "y", LINES[0].replace("443", "70000")]
    with StubCluster(flows=tuples_of({"blob": [vnet_record(lines)]})) as stub:
        store = opened(stub)
        assert store.unread() == {"wrong number of fields": 2, "bad port": 1}
        stub.fail(refused(400, "General_BadRequest", "SEM0260: Unknown function: 'FlowLogProblems'"))
        assert store.unread() == {}
        stub.fail(refused(403, "Forbidden", "not authorized"))
        with pytest.raises(StoreDenied):
            store.unread()


def test_a_cancelled_query_is_cancelled_on_the_cluster_too(flows):
    with StubCluster(flows=flows) as stub:
        store = opened(stub)
        store.explain(FlowQuery())
        stub.fail(Fault(200, seconds=6))
        started = time.monotonic()
        with pytest.raises(Cancelled):
            store.fetch(FlowQuery(), cancelled=lambda: time.monotonic() - started > 0.2)
        assert time.monotonic() - started < 5
        until = time.monotonic() + 10
        while not stub.cancelled and time.monotonic() < until:
            time.sleep(0.05)
        assert stub.cancelled[0].startswith('.cancel query "nsgflow;')


class Credential:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> Any:
        self.asked += scopes
        raise ValueError("no network here")


@pytest.mark.parametrize(
    ("cluster", "kind", "words"),
    [
        ("http://acme.westeurope.kusto.windows.net", InputError, "Plain http"),
        ("https://acme.westeurope.kusto.windows.net/net", InputError, "more than a host"),
        ("https://kusto.windows.net", StoreSignIn, "this host is none"),
        ("https://kusto.windows.net.example.com", StoreSignIn, "this host is none"),
        ("https://acme.kusto.windows.net:8443", StoreSignIn, "this host is none"),
        ("https://acme.kusto.chinacloudapi.cn", StoreSignIn, "AzureChinaCloud"),
        ("", InputError, "No cluster"),
    ],
)
def test_no_sign_in_goes_elsewhere_than_to_clusters_of_the_cloud(cluster, kind, words):
    credential = Credential()
    with pytest.raises(kind) as raised:
        ClusterClient(cluster, "net", credential=credential)
    assert words in f"{raised.value} {raised.value.hint}"
    assert credential.asked == []


def test_on_a_server_that_others_reach_nothing_of_this_machine_is_asked(stub):
    before = len(stub.requests)
    with pytest.raises(StoreSignIn, match="operator lists"):
        ClusterClient(stub.url, "net", credential=Credential(), reach=TypedBy.SHARED)
    assert len(stub.requests) == before


def test_the_token_is_asked_for_the_clouds_audience_and_no_server_is(monkeypatch):
    credential = Credential()
    for cluster in ("acme.westeurope.kusto.windows.net", "trd-1.z5.kusto.fabric.microsoft.com"):
        with pytest.raises(NsgflowError):
            ClusterClient(cluster, "net", credential=credential).run("print 1")
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", "kusto.contoso.example")
    with pytest.raises(StoreSignIn):
        ClusterClient("https://kusto.contoso.example", "net", credential=credential).run("print 1")
    assert set(credential.asked) == {CLOUDS["azurecloud"].kusto_scope}
    assert len(credential.asked) == 3


def test_the_clients_session_goes_to_one_host(stub):
    client = ClusterClient(stub.url, "net")
    session = client._open()._session
    with pytest.raises(Exception, match="another host"):
        session.get("http://127.0.0.1:1/")
    assert session.auth is not None  # what ~/.netrc holds is not added
