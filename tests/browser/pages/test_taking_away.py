"""Taking things away: how many actions it takes, and what the files of the Export menu are."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from nsgflow_core.__main__ import main
from tests.browser.looking import (
    back,
    download,
    open_page,
    open_row,
    path_and_params,
    sentence,
    sentence_there,
    settle,
    taken_away,
    visit,
)
from tests.browser.pages.test_line import line_of


def test_ports_of_web_to_data_as_csv_take_three_actions(page: Page, address: str, elsewhere: Page) -> None:
    visit(page, f"{address}/required_ports")
    line = line_of(page)
    line.fill("src:snet-shop-app dst:snet-shop-data")
    line.press("Enter")  # one
    settle(page)
    ports = download(page, "required-ports").splitlines()  # two: Export, three: CSV
    assert len(ports) > 2
    assert all(row.startswith("snet-shop-app,snet-shop-data,") for row in ports[1:])
    assert sentence_there(elsewhere, page.url) == sentence(page)
    back(page)
    assert path_and_params(page) == ("/required_ports", {})
    assert "snet-shop-app" not in sentence(page)


def test_every_file_of_the_menu_holds_the_same_rows(page: Page, address: str) -> None:
    visit(page, f"{address}/required_ports?port=1433")
    rows = len(download(page, "required-ports").splitlines()) - 1
    assert rows > 3
    assert pq.read_table(io.BytesIO(taken_away(page, "required-ports", "parquet"))).num_rows == rows
    assert taken_away(page, "required-ports", "excel").startswith(b"PK")
    markdown = taken_away(page, "required-ports", "markdown").decode()
    assert len([line for line in markdown.splitlines() if line.startswith("| ")]) == rows + 2
    assert "port is 1433" in next(line for line in markdown.splitlines() if line.startswith("- Filter: "))


@pytest.mark.parametrize(
    ("view", "table", "command"),
    [
        ("required_ports", "required-ports", ("required-ports",)),
        ("denied?told=rule", "denied", ("denied",)),
        ("flows?level=rows&port=1433", "flow-rows", ("flows", "--port", "1433", "--limit", "1000000")),
    ],
)
def test_the_command_line_writes_the_same_file(
    page: Page, address: str, sample_file: Path, capfdbinary: pytest.CaptureFixture[bytes], view: str, table: str,
    command: tuple[str, ...],
) -> None:  # fmt: skip
    """Byte for byte, where the same is asked: pages always tell names."""
    visit(page, f"{address}/{view}")
    downloaded = taken_away(page, table, "csv")
    capfdbinary.readouterr()
    assert main([*command, "--names", "--store", str(sample_file)]) == 0
    assert capfdbinary.readouterr().out == downloaded
    assert len(downloaded.splitlines()) > 10


def test_a_required_port_leads_to_its_flows_and_back(page: Page, address: str) -> None:
    visit(page, f"{address}/required_ports?port=8443")
    open_row(page, "required-ports")
    path, params = path_and_params(page)
    assert path == "/flows"
    assert {params[name][0] for name in ("source", "destination", "port")} == {"snet-shop-web", "snet-shop-app", "8443"}
    assert params["level"] == ["pairs"]
    assert all(",8443," in line for line in download(page, "address-pairs").splitlines()[1:])


def test_the_report_of_a_view_opens_without_a_network(page: Page, address: str) -> None:
    visit(page, f"{address}/?destination=snet-shop-data")
    report = taken_away(page, "top-required-ports", "report").decode()
    page.set_content(report)
    assert "destination is snet-shop-data" in page.locator("#asked").inner_text()
    assert page.locator("svg.chart").count() >= 3
    assert "VNet" in page.locator("#missing").inner_text()


@pytest.mark.parametrize("view", ["overview", "flows", "flows?picture=hours"])
def test_a_chart_and_a_table_have_one_way_to_be_taken_away(view: str, page: Page, address: str) -> None:
    """Streamlit's own would take what is on screen, or the columns that a chart is drawn from."""
    visit(page, f"{address}/{view}")
    shown = page.locator("[data-testid=stElementToolbarButton] button")
    expect(shown.and_(page.get_by_role("button", name="Fullscreen", include_hidden=True)).first).to_be_attached()
    named = [each.get_attribute("aria-label") or "" for each in shown.all() if each.evaluate("it => it.offsetParent")]
    assert any(name.startswith("Fullscreen") for name in named)
    assert not [name for name in named if name.startswith(("Show data", "Download as CSV"))]


INSIDE = "document.activeElement.closest('[data-testid=stPopoverBody]') !== null"


def test_what_a_button_opens_is_next_by_tab_and_escape_leads_back(page: Page, address: str) -> None:
    """It is drawn at the end of the page: the export of a table was reached after all that follows it."""
    open_page(page, f"{address}/denied")
    export = page.locator(".st-key-export_denied button").first
    export.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-csv_denied button").first).to_be_visible()
    settle(page)
    page.keyboard.press("Tab")
    assert page.evaluate(INSIDE)
    for _ in range(12):
        page.keyboard.press("Tab")
        if not page.evaluate(INSIDE):
            break
    assert not page.evaluate(INSIDE), "no way out"
    expect(page.locator(".st-key-query_denied button").first).to_be_focused()
    export.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(export).to_be_focused()
