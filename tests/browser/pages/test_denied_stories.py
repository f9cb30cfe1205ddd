"""Denied, by story: a sweep is one line, and one click leads to its flows, one entry of the history."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.looking import open_page, open_row, path_and_params, sentence, settle


def test_a_sweep_leads_to_its_flows_and_back(page: Page, address: str) -> None:
    open_page(page, f"{address}/denied?told=story&destination=snet-shop-web")
    expect(page.get_by_role("heading", name="Noise of the Internet", exact=True)).to_be_visible()
    before = int(page.evaluate("history.length"))
    open_row(page, "denied-internet")
    assert int(page.evaluate("history.length")) == before + 1
    assert path_and_params(page)[1]["told"] == ["rows"]
    assert "source address is" in sentence(page)
    expect(page.get_by_text("Denied flow rows", exact=True)).to_be_visible()
    page.go_back()
    settle(page)
    assert path_and_params(page)[1] == {"told": ["story"], "destination": ["snet-shop-web"]}
    expect(page.get_by_role("heading", name="Noise of the Internet", exact=True)).to_be_visible()
