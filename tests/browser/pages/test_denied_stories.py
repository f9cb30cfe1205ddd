"""Denied, by story: a sweep is one line, and one click leads to its flows, one entry of the history."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.looking import COUNT_ENTRIES, back, open_row, path_and_params, sentence, visit


def test_a_sweep_leads_to_its_flows_and_back(page: Page, address: str) -> None:
    visit(page, f"{address}/denied?told=story&destination=snet-shop-web")
    expect(page.get_by_role("heading", name="Noise of the Internet", exact=True)).to_be_visible()
    page.evaluate(COUNT_ENTRIES)
    open_row(page, "denied-internet")
    assert page.evaluate("entries") == 1
    assert path_and_params(page)[1]["told"] == ["rows"]
    assert "source address is" in sentence(page)
    expect(page.get_by_role("heading", name="Denied flow rows", exact=True)).to_be_visible()
    back(page)
    assert path_and_params(page)[1] == {"told": ["story"], "destination": ["snet-shop-web"]}
    expect(page.get_by_role("heading", name="Noise of the Internet", exact=True)).to_be_visible()
