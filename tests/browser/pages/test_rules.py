"""The Rules page in real Chromium: a draft for the web subnet, a rejected rule, what breaks, the file."""

from __future__ import annotations

from pathlib import Path

import hcl2
from playwright.sync_api import Page, expect

from tests.browser.looking import open_page, settle

SCRAPES = "allow-10.10.3.4-to-snet-shop-web-hosts-tcp-9100"


def tile(page: Page, label: str) -> int:
    found = page.get_by_test_id("stMetric").filter(has_text=label).first
    return int(found.get_by_test_id("stMetricValue").inner_text().replace(",", ""))


def decide(page: Page, row: int, verdict: str) -> None:
    """Choose in the first cell of a row of the rules, which are drawn on a canvas."""
    grid = page.locator("[class*=st-key-rules_editor] canvas").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 50, box["y"] + 36 + 32 * row + 16)
    page.wait_for_timeout(400)
    page.keyboard.type(verdict)
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    settle(page)


def test_reject_a_rule_see_what_breaks_and_export_the_rest(page: Page, address: str, tmp_path: Path) -> None:
    web = "for=subnet/snet-shop-web"
    open_page(page, f"{address}/rules?{web}&step=replay")
    before = tile(page, "Newly denied")
    open_page(page, f"{address}/rules?{web}")
    decide(page, 1, "Reject")
    expect(page.get_by_text("1 rejected")).to_be_visible()

    page.reload()
    settle(page)
    expect(page.get_by_text("1 rejected")).to_be_visible()

    page.get_by_role("radio", name="Replay").or_(page.get_by_role("button", name="Replay")).first.click()
    settle(page)
    assert tile(page, "Newly denied") == before + 336
    expect(page.get_by_text("would break")).to_be_visible()

    open_page(page, f"{address}/rules?{web}&step=export&part=all")
    expect(page.get_by_text("It writes files; it never changes Azure.")).to_be_visible()
    with page.expect_download(timeout=60_000) as started:
        page.locator(".st-key-export_download button").click()
    written = started.value.path().read_text(encoding="utf-8")
    assert started.value.suggested_filename == "snet-shop-web-inbound.tf"
    resources = [body for each in hcl2.loads(written)["resource"] for kind, body in each.items() if "azurerm" in kind]
    names = {body["name"].strip('"') for each in resources for body in each.values()}
    assert SCRAPES not in names
    assert {"allow-internet-to-snet-shop-web-hosts-tcp-443", "deny-vnet-inbound-tcp"} <= names

    open_page(page, f"{address}/rules?{web}")
    page.locator(".st-key-forget_decisions button").click()
    settle(page)
    expect(page.get_by_text("0 rejected")).to_be_visible()
