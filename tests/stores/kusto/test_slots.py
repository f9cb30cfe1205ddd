"""Questions to a place that does not answer: they keep no other place waiting, and end when nobody waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import Cancelled
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.kusto.asking.waiting import AT_ONCE
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.stores.stopping import Stop
from tests.parts.stub_cluster import StubCluster
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import nta

pytestmark = pytest.mark.usefixtures("stub_token")
KINDS: dict[str, tuple[type[StubWorkspace], Callable[[str], FlowStore]]] = {
    "workspace": (StubWorkspace, lambda url: LogAnalyticsStore("ws", endpoint=url)),
    "cluster": (StubCluster, lambda url: DataExplorerStore(url, "net")),
}
TABLES = {"NTANetAnalytics": [nta()]}


@contextmanager
def holding(stub: StubWorkspace, is_held: Callable[[str], bool] = lambda _: True) -> Iterator[None]:
    """A place that does not answer such queries until the block is left."""
    go_on = threading.Event()
    stub.change = lambda query, reply: (go_on.wait(30) if is_held(query) else None, reply)[1]
    try:
        yield
    finally:
        go_on.set()


def asks_for_columns(query: str) -> bool:
    return query.endswith("| take 0")


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_does_not_answer_keeps_no_other_waiting(kind: str) -> None:
    stub, opened = KINDS[kind]
    with stub(TABLES) as slow, stub(TABLES) as quick:
        answered = opened(quick.url)
        answered.fetch(FlowQuery())
        with holding(slow):
            for _ in range(AT_ONCE + 1):  # asked by somebody who leaves each time
                left = time.monotonic() + 0.1
                with suppress(Cancelled):
                    opened(slow.url).fetch(FlowQuery(), cancelled=lambda end=left: time.monotonic() > end)  # type: ignore[call-arg]
            began = time.monotonic()
            answered.fetch(FlowQuery(by=("port",)))
            assert time.monotonic() - began < 15


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_that_nobody_waits_for_ends(kind: str) -> None:
    """Whichever of its queries it is at: those for tables are asked in threads of their own."""
    stub, opened = KINDS[kind]
    with stub(TABLES) as running:
        for is_held in (asks_for_columns, lambda query: not asks_for_columns(query)):
            stop, store = Stop(), opened(running.url)
            with holding(running, is_held), stop.minded():
                began = time.monotonic()
                threading.Timer(0.2, stop.wish).start()
                with pytest.raises(Cancelled):
                    store.fetch(FlowQuery(by=("port",), measures=("tuples",)))
                assert time.monotonic() - began < 15
                if isinstance(running, StubCluster):
                    assert running.is_told_to_end.wait(15), "the cluster works on"
                    running.is_told_to_end.clear()
