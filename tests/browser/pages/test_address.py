"""From any page to an address in one action, counted in entries of the history; a link shows the same elsewhere."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.looking import (
    COUNT_ENTRIES,
    back,
    open_row,
    path_and_params,
    sentence,
    sentence_there,
    settle,
    visit,
)

QUESTION = "What does 10.40.1.5 talk to, and what is denied to it?"
AT_MOST = 2
"""Actions that answer it, from any page."""
BOX = "Search an address, subnet, name or rule"


def search(page: Page, text: str) -> None:
    box = page.get_by_label(BOX)
    box.fill(text)
    box.press("Enter")
    page.wait_for_function("() => location.pathname.endsWith('/address')")
    settle(page)


def entries(page: Page) -> int:
    return int(page.evaluate("entries"))


def test_what_an_address_talks_to_and_what_is_denied_to_it(page: Page, address: str, elsewhere: Page) -> None:
    visit(page, f"{address}/denied?port=22&window=7d")
    page.evaluate(COUNT_ENTRIES)
    actions = 1
    search(page, "10.40.1.5")
    assert entries(page) == 1
    assert path_and_params(page) == ("/address", {"ip": ["10.40.1.5"], "window": ["7d"]})
    assert sentence(page).startswith("Flows where source address or destination address is 10.40.1.5, since ")
    for part in ("Talks to", "Denied from it", "Is talked to by", "Nothing to it is denied"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    assert actions <= AT_MOST, QUESTION
    open_row(page, "denied-from")
    assert entries(page) == 2
    path, params = path_and_params(page)
    assert (path, params["decision"], params["window"]) == ("/flows", ["Denied"], ["7d"])
    assert sentence_there(elsewhere, page.url) == sentence(page)
    back(page)
    expect(page.get_by_role("heading", name="Talks to", exact=True)).to_be_visible()
    back(page)
    assert path_and_params(page) == ("/denied", {"port": ["22"], "window": ["7d"]})
    assert sentence(page).startswith("Flows where port is 22")


def test_one_key_leads_to_the_search_and_from_denials_a_link_to_their_rules(page: Page, address: str) -> None:
    visit(page, f"{address}/required_ports")
    page.keyboard.press("Control+k")
    expect(page.get_by_label(BOX)).to_be_focused()
    page.keyboard.type("10.30.1.4")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.pathname.endsWith('/address')")
    settle(page)
    page.get_by_role("link", name="By rule and port").first.click()
    page.wait_for_function("() => location.pathname.endsWith('/denied')")
    settle(page)
    assert path_and_params(page) == ("/denied", {"src_ip": ["10.30.1.4"]})
    expect(page.get_by_role("link", name="What would let it in")).to_be_visible()
    back(page)
    assert path_and_params(page) == ("/address", {"ip": ["10.30.1.4"]})


def test_a_port_behind_the_address_and_a_rule_are_one_action(page: Page, address: str) -> None:
    visit(page, f"{address}/connect")
    page.evaluate(COUNT_ENTRIES)
    search(page, "10.20.1.4:443")
    assert (entries(page), path_and_params(page)[1]) == (1, {"ip": ["10.20.1.4"], "port": ["443"]})
    box = page.get_by_label(BOX)
    box.fill("allow-HTTPS-internet")
    box.press("Enter")
    page.wait_for_function("() => location.pathname.endsWith('/flows')")
    settle(page)
    assert path_and_params(page) == ("/flows", {"rule": ["allow-https-internet"], "level": ["pairs"]})
    back(page)
    assert path_and_params(page)[1] == {"ip": ["10.20.1.4"], "port": ["443"]}


def test_a_part_of_a_name_is_two_actions(page: Page, address: str) -> None:
    visit(page, f"{address}/connect")
    page.evaluate(COUNT_ENTRIES)
    search(page, "shop-web")
    open_row(page, "matches")
    assert entries(page) == 2
    assert path_and_params(page)[1]["ip"] == ["vm-shop-web-01"]
    assert sentence(page) == "Flows where source name or destination name is vm-shop-web-01, over all time."
    box = page.get_by_label(BOX)
    box.fill("SHOP-D")
    page.get_by_role("option").filter(has_text="snet-shop-data").click()
    page.wait_for_function("() => location.search.includes('snet-shop-data')")
    settle(page)
    assert (entries(page), path_and_params(page)[1]["ip"]) == (3, ["snet-shop-data"])
