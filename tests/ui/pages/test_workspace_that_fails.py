"""A workspace that refuses, is gone, or answers in part: every page says so, at whichever of its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.__main__ import main
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.ui.frame import navigation
from nsgflow_core.ui.frame.session import ActiveStore
from tests.conftest import ROOT
from tests.parts.stub_workspace import Reply, StubWorkspace, error_body, in_part
from tests.parts.workspace_rows import nta
from tests.ui.reading import texts

pytestmark = pytest.mark.usefixtures("home")
PAGES = tuple(row.name for row in navigation.PAGES if row.name not in ("query", "connect"))
ASKED = {"rules": {"nsg": "web-nsg"}, "address": {"address": "10.1.1.4"}}
SHARD = "one of the shards failed"
SECRET = "token-of-the-stub"
REFUSALS: dict[str, tuple[Reply, str]] = {
    "401": ((401, error_body("InvalidTokenError", f"expired {SECRET}"), {}), "Sign in again"),
    "403": ((403, error_body("InsufficientAccessError", f"no {SECRET}"), {}), "Ask for the role Log Analytics Reader"),
    "404": ((404, error_body("WorkspaceNotFoundError", "no"), {}), "Check the workspace ID"),
    "204": ((204, b"", {}), "Turn on VNet flow logs"),
    "400": ((400, b'{"error": {"code": "SyntaxError", "message": "SYN0002"}}', {}), "SYN0002"),
    "no table": ((400, error_body("BadArgumentError", "bad", "SEM0100 Failed to resolve table"), {}), ""),
    "413": ((413, error_body("ResponsePayloadTooLarge", "Response size too large"), {}), "Choose a shorter window"),
    "429": ((429, error_body("ThrottledError", "busy"), {"Retry-After": "900"}), "wait 900 seconds"),
    "503": ((503, error_body("ServiceUnavailable", "x"), {}), "Try again in a minute"),
    "504": ((504, error_body("GatewayTimeout", "slow"), {}), "Choose a shorter window"),
    "a sign-in page": ((200, b"<html>sign in</html>", {}), "proxy in between"),
}


def unchanged(_: str, reply: Reply) -> Reply:
    return reply


def opened(stub: StubWorkspace, name: str, change: Callable[[str, Reply], Reply] = unchanged) -> AppTest:
    """A page of a new session that looks at a workspace which changes what it answers."""
    stub.change = change
    page = AppTest.from_file(str(ROOT / "app.py"))
    page.query_params.update(ASKED.get(name, {}))
    store = LogAnalyticsStore("ws", client=WorkspaceClient("ws", endpoint=stub.url, first_wait=0.01))
    page.session_state["_store"] = ActiveStore(store, is_personal=True)
    if name != navigation.PAGES[0].name:
        page.switch_page(navigation.page_file(name))
    page.run()
    assert not page.exception
    assert "Something went wrong" not in texts(page)
    assert SECRET not in texts(page)
    return page


def asked_by(stub: StubWorkspace, name: str) -> list[str]:
    """The queries of a page, in their order."""
    before = len(stub.requests)
    opened(stub, name)
    return list(dict.fromkeys(str(each["query"]) for each in stub.requests[before:]))


@pytest.fixture(scope="module")
def workspace() -> Iterator[StubWorkspace]:
    moments = [datetime(2025, 8, 25, hour) for hour in range(3)]
    rows = [nta(DestPort=22, AllowedInFlows=1, FlowDirection="Inbound", FlowIntervalStartTime=at) for at in moments]
    rows += [nta(DestPort=23, DeniedInFlows=1, FlowDirection="Inbound", FlowStatus="Denied", FlowIntervalStartTime=at)
             for at in moments]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch, StubWorkspace({"NTANetAnalytics": rows}) as stub:
        patch.setenv("NSGFLOW_LOGS_TOKEN", SECRET)
        yield stub


@pytest.mark.parametrize("name", [*PAGES, "connect"])
@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_told_with_what_to_do(workspace: StubWorkspace, name: str, kind: str) -> None:
    reply, hint = REFUSALS[kind]
    told = texts(opened(workspace, name, lambda *_: reply))
    assert "holds no flows yet" not in told
    assert (hint or "Turn on VNet flow logs") in told


@pytest.mark.parametrize("name", PAGES)
def test_once_the_fault_is_over_the_page_is_tried_again(workspace: StubWorkspace, name: str) -> None:
    """Not loaded again by the browser: that is a new session, without this one's sign-in."""
    whole = texts(opened(workspace, name))
    for kind in ("401", "429", "a sign-in page"):
        reply, hint = REFUSALS[kind]
        page = opened(workspace, name, lambda *_, said=reply: said)
        assert hint in texts(page)
        page.button(key="try_again").click().run()
        assert hint in texts(page), "the fault is not over"
        workspace.change = unchanged
        page.button(key="try_again").click().run()
        assert hint not in texts(page)
        assert texts(page) == whole


@pytest.mark.parametrize("name", PAGES)
def test_a_refusal_of_any_question_is_told(workspace: StubWorkspace, name: str) -> None:
    reply, hint = REFUSALS["403"]
    for query in asked_by(workspace, name):
        page = opened(workspace, name, lambda each, whole, at=query: reply if each == at else whole)  # type: ignore[misc]
        assert hint in texts(page), query[-400:]


@pytest.mark.parametrize("name", PAGES)
def test_an_answer_in_part_is_never_shown_as_whole(workspace: StubWorkspace, name: str) -> None:
    """What a table's columns are has no rows, and which NSGs there are is told by each answer that names some."""
    for query in asked_by(workspace, name):
        if query.endswith(("| take 0", "| distinct nsg_id")):
            continue
        page = opened(workspace, name, lambda each, whole, at=query: in_part(whole, SHARD) if each == at else whole)  # type: ignore[misc]
        assert SHARD in texts(page) + " ".join(each.value for each in (*page.markdown, *page.caption)), query[-400:]


def test_a_page_says_once_why_its_answers_are_not_whole(workspace: StubWorkspace) -> None:
    assert texts(opened(workspace, "flows", lambda _, whole: in_part(whole, SHARD))).count(SHARD) == 1


def test_a_table_that_lacks_columns_is_told_by_each_page_and_command(
    home: object, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Its flows would be read without their port, or as none."""
    told = "NTANetAnalytics lacks columns that its flows are read from: DestPort."
    with (
        pytest.MonkeyPatch.context() as patch,
        StubWorkspace({"NTANetAnalytics": [nta()]}, without=["DestPort"]) as stub,
    ):
        patch.setenv("NSGFLOW_LOGS_TOKEN", SECRET)
        patch.setenv("NSGFLOW_LOGS_ENDPOINT", stub.url)
        for name in PAGES:
            said = texts(opened(stub, name))
            assert told in said, name
            assert "holds no flows yet" not in said
        for words in (["denied"], ["coverage"], ["address", "10.1.1.4"], ["rules", "audit", "--nsg", "web-nsg"]):
            assert main([*words, "--workspace", "00000000-0000-4000-8000-00000000000a"]) == 2
            assert told in capfdbinary.readouterr().err.decode()


def test_a_workspace_without_rows_is_not_to_be_imported_into(home: object) -> None:
    with pytest.MonkeyPatch.context() as patch, StubWorkspace({"NTANetAnalytics": []}) as stub:
        patch.setenv("NSGFLOW_LOGS_TOKEN", SECRET)
        told = texts(opened(stub, "flows"))
    assert "holds no flows yet" in told
    assert "Connect tells what it holds" in told
    assert "Import flow logs" not in told
