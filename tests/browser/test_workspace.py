"""A Log Analytics workspace in real Chromium: connect, every page, the query shown, the CSV, and each fault in words.

The workspace is tests/parts/stub_workspace.py, which runs the KQL that it is sent; server and command line reach it
over HTTP, as they reach Azure. It holds one hour of the sample estate's VNet flow logs: translating a query over both
tables takes the engine two seconds, over one half of that; both are compared in tests/stores.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.sample.source import SampleSource, sample_nsg_names, sample_subnets
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import protocol_number
from tests.browser.looking import download, open_page, sentence, settle
from tests.browser.server import server
from tests.conftest import ROOT, with_sample
from tests.estates.traffic_analytics import rows_of
from tests.parts.stub_workspace import Fault, StubWorkspace, error_body

WORKSPACE = "6f1d4c1e-5b3a-4a55-9a53-2c8c1f0c7a10"
TOKEN = "token-of-the-stub"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """One busy hour of the sample estate as Traffic Analytics writes it."""
    path = tmp_path_factory.mktemp("estate") / "flows.duckdb"
    local = LocalStore(path, subnets=sample_subnets(), nsg_names=sample_nsg_names())
    source = SampleSource()
    hours = sorted({blob.hour for blob in source.blobs() if blob.hour})
    start = hours[len(hours) // 2].replace(hour=9)
    import_flows(source, local, since=start, until=start + pd.Timedelta(hours=1))
    tuples = local.rows(RowsQuery(limit=None, descending=False))
    tuples["nsg_id"] = tuples["nsg"]
    tuples["protocol"] = [protocol_number(name) for name in tuples["protocol"]]
    return {"NTANetAnalytics": rows_of(tuples, {})["NTANetAnalytics"]}


@pytest.fixture(scope="module")
def stub(rows: dict[str, list[dict[str, Any]]]) -> Iterator[StubWorkspace]:
    with StubWorkspace(rows) as running, pytest.MonkeyPatch.context() as environment:
        environment.setenv("NSGFLOW_LOGS_ENDPOINT", running.url)
        environment.setenv("NSGFLOW_LOGS_TOKEN", TOKEN)
        yield running


@pytest.fixture(scope="module")
def served(
    stub: StubWorkspace, sample_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    home = tmp_path_factory.mktemp("workspace")
    with server(with_sample(sample_home, home)) as address:
        yield address, home


def ask_workspace(page: Page, address: str) -> None:
    open_page(page, f"{address}/connect?from=workspace")
    page.get_by_label("Workspace ID").fill(WORKSPACE)
    page.get_by_role("button", name="See what is there").click()


def use_workspace(page: Page, address: str) -> None:
    ask_workspace(page, address)
    page.locator(".st-key-use_workspace button").click(timeout=60_000)
    settle(page)


def visit(page: Page, title: str) -> str:
    """Open a page from the menu; its text, once it is there without an error."""
    page.get_by_role("link", name=title, exact=True).first.click()
    expect(page.get_by_role("heading", name=title, exact=True).first).to_be_visible()
    settle(page)
    expect(page.locator(".st-key-store").get_by_text(f"Log Analytics workspace {WORKSPACE}")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlert").count() == 0, page.get_by_test_id("stAlert").all_inner_texts()
    text = page.get_by_test_id("stMain").inner_text()
    assert "Traceback" not in text
    return text


def first_metric(page: Page, label: str) -> int:
    tile = page.get_by_test_id("stMetric").filter(has_text=label).first
    return int(tile.get_by_test_id("stMetricValue").inner_text().replace(",", ""))


def command_line(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nsgflow_core", *arguments, "--workspace", WORKSPACE],
        cwd=ROOT, env=os.environ.copy(), capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode()


def assert_connect_shows_what_it_holds(page: Page, rows: dict[str, list[dict[str, Any]]]) -> None:
    held = page.locator(".st-key-card_holds")
    expect(held).to_contain_text(WORKSPACE)
    expect(held.get_by_text("The pages ask this workspace")).to_be_visible()
    expect(held.locator("canvas").first).to_be_visible()
    listed = [line.split(",") for line in download(page, "workspace-tables").splitlines()[1:]]
    assert {line[0]: line[2] for line in listed} == {table: str(len(logged)) for table, logged in rows.items()}


def assert_required_ports_show_their_query_and_download(page: Page, stub: StubWorkspace, tables: Iterable[str]) -> None:
    assert re.search(r"[1-9][\d,]* flows", visit(page, "Required ports"))
    page.locator(".st-key-query_required-ports button").first.click()
    code = page.get_by_test_id("stCode").filter(has_text="summarize")
    expect(code).to_be_visible()
    shown = code.inner_text()
    assert any(table in shown for table in tables)
    page.keyboard.press("Escape")
    downloaded = download(page, "required-ports")
    assert len(downloaded.splitlines()) > 10
    assert downloaded == command_line("required-ports", "--names")
    assert "".join(shown.split()) in {"".join(query.split()) for query in stub.queries}


def test_connect_open_each_page_show_a_query_and_download(
    page: Page, served: tuple[str, Path], stub: StubWorkspace, rows: dict[str, list[dict[str, Any]]]
) -> None:
    address, home = served
    use_workspace(page, address)
    assert_connect_shows_what_it_holds(page, rows)

    visit(page, "Overview")
    assert first_metric(page, "Flows") > 100
    expect(page.locator(".st-key-brushed_over_time .stEChartsChart canvas").first).to_be_visible()

    visit(page, "Flows")
    expect(page.locator(".st-key-matrix canvas").first).to_be_visible()

    visit(page, "Denied")
    expect(page.locator(".st-key-denied_bars canvas").first).to_be_visible()
    assert sentence(page) == "Flows where decision is Denied, over all time."

    assert_required_ports_show_their_query_and_download(page, stub, rows)

    visit(page, "Rules")
    assert first_metric(page, "Rules") > 0
    assert page.locator(".st-key-dial_curve .js-plotly-plot").count() == 1
    assert {request["authorization"] for request in stub.requests} == {f"Bearer {TOKEN}"}
    assert TOKEN not in page.content()
    assert TOKEN not in (home / "server.log").read_text()


@pytest.mark.parametrize(
    ("fault", "title", "next_step"),
    [
        pytest.param(
            Fault(401, error_body("InvalidTokenError", "The access token expired")),
            "the token has expired or belongs to another tenant", "az login --tenant", id="expired",
        ),
        pytest.param(
            Fault(403, error_body("InsufficientAccessError", "No access")),
            "You are signed in, but may not read this workspace.", "the role Log Analytics Reader", id="no role",
        ),
        pytest.param(
            Fault(404, error_body("WorkspaceNotFoundError", "No such workspace")),
            "There is no such workspace.", "Check the workspace ID", id="no workspace",
        ),
        pytest.param(
            Fault(204), "The workspace is empty: it answered with no content.", "Turn on VNet flow logs", id="empty"
        ),
    ],
)  # fmt: skip
def test_connect_says_what_the_workspace_refused_and_what_to_do(
    page: Page, served: tuple[str, Path], stub: StubWorkspace, fault: Fault, title: str, next_step: str
) -> None:
    stub.fail(fault)
    ask_workspace(page, served[0])
    alert = page.get_by_test_id("stAlert").filter(has_text=title)
    expect(alert).to_be_visible()
    expect(alert).to_contain_text(next_step)
    settle(page)
    assert page.locator(".st-key-use_workspace").count() == 0
    assert page.get_by_test_id("stException").count() == 0
    page.get_by_role("button", name="See what is there").click()
    expect(page.locator(".st-key-use_workspace button")).to_be_enabled(timeout=60_000)


@pytest.mark.parametrize(
    ("tables", "title"),
    [
        pytest.param({}, "Traffic Analytics has not written to this workspace.", id="missing"),
        pytest.param({"NTANetAnalytics": []}, "The tables exist, but hold no flow yet.", id="without rows"),
    ],
)
def test_connect_says_how_to_start_where_there_are_no_flows(
    page: Page,
    served: tuple[str, Path],
    stub: StubWorkspace,
    monkeypatch: pytest.MonkeyPatch,
    tables: dict[str, list[dict[str, Any]]],
    title: str,
) -> None:
    with StubWorkspace(tables) as other:
        monkeypatch.setattr(stub, "answer", other.answer)  # the server's endpoint stays, another workspace answers
        ask_workspace(page, served[0])
        said = page.get_by_test_id("stAlert").filter(has_text=title)
        expect(said).to_be_visible()
        expect(said).to_contain_text("Turn on VNet flow logs with Traffic Analytics")
        expect(page.locator(".st-key-use_workspace button")).to_be_disabled()
        settle(page)
        assert page.get_by_test_id("stException").count() == 0


def test_a_page_whose_token_expires_says_so_and_goes_on_after_sign_in(
    page: Page, served: tuple[str, Path], stub: StubWorkspace
) -> None:
    use_workspace(page, served[0])
    stub.fail(Fault(401, error_body("InvalidTokenError", "The access token expired")))
    page.get_by_role("link", name="Required ports", exact=True).first.click()
    alert = page.get_by_test_id("stAlert").filter(has_text="the token has expired")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("az login --tenant")
    settle(page)
    expect(page.get_by_role("link", name="Go to Connect")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
    page.get_by_role("link", name="Denied", exact=True).first.click()
    expect(page.locator(".st-key-denied_bars canvas").first).to_be_visible()


def test_a_file_that_a_click_does_not_get_is_told_with_why(
    page: Page, served: tuple[str, Path], stub: StubWorkspace
) -> None:
    use_workspace(page, served[0])
    visit(page, "Required ports")
    page.locator(".st-key-export_required-ports button").first.click()
    stub.fail(Fault(401, error_body("InvalidTokenError", "The access token expired")))
    page.locator(".st-key-csv_required-ports button").first.click()
    said = page.locator("[class*=st-key-failed_]")
    expect(said).to_contain_text("required-ports.csv was not made: The workspace refused the sign-in", timeout=30_000)
    page.keyboard.press("Escape")
    page.get_by_test_id("stMain").evaluate("it => it.scrollTo(0, it.scrollHeight)")
    expect(said).to_be_in_viewport(ratio=1)
    assert download(page, "required-ports")
    expect(said).to_have_count(0, timeout=30_000)


def test_what_one_session_asks_a_workspace_no_other_session_is_shown(
    page: Page, served: tuple[str, Path], stub: StubWorkspace
) -> None:
    use_workspace(page, served[0])
    visit(page, "Denied")
    asked = len(stub.requests)
    other = page.context.new_page()
    for name in ("connect?from=workspace", "denied", "query"):
        open_page(other, f"{served[0]}/{name}")
        assert WORKSPACE not in other.content()
        assert other.locator(".st-key-use_workspace, .st-key-card_holds canvas").count() == 0
    assert len(stub.requests) == asked
    other.close()
    visit(page, "Denied")
