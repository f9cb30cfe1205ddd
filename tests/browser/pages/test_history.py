"""History is what the user did: an action is an entry, and Back and Forward walk what was seen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.looking import (
    COUNT_ENTRIES,
    back,
    choose,
    forward,
    open_row,
    path_and_params,
    sentence,
    settle,
    visit,
)

View = tuple[tuple[str, dict[str, list[str]]], str]


def seen(page: Page) -> View:
    return path_and_params(page), sentence(page)


def test_each_action_is_one_step_and_back_and_forward_walk_what_was_seen(page: Page, address: str) -> None:
    def click(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name, exact=True).first.click()

    def link(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("link", name=name, exact=True).first.click()

    visit(page, f"{address}/?source=snet-shop-web,snet-shop-app&port=443,8443&protocol=TCP&window=7d")
    actions: dict[str, Callable[[], None]] = {
        "narrow": lambda: choose(page, "destination", "snet-shop-data"),
        "swap": lambda: page.locator(".st-key-swap button").first.click(),
        "clear": click("Clear all of the filter"),
        "a page with a filter": link("By subnet"),
        "pick of two": lambda: open_row(page, "subnet-pairs"),
        "pick of four": lambda: open_row(page, "address-pairs"),
        "one condition less": lambda: page.locator(".st-key-chip_source_is button").first.click(),
        "the menu": link("Overview"),
        "a row to another page": lambda: open_row(page, "top-talkers"),
    }
    page.evaluate(COUNT_ENTRIES)
    views = [seen(page)]
    for entries, (name, act) in enumerate(actions.items(), start=1):
        act()
        settle(page)
        assert page.evaluate("entries") == entries, name
        views.append(seen(page))
    for view in reversed(views[:-1]):
        back(page)
        assert seen(page) == view
    for view in views[1:]:
        forward(page)
        assert seen(page) == view


def test_what_is_left_out_of_a_link_is_said_until_the_user_asks_for_something(page: Page, address: str) -> None:
    """The run that follows when the window tells how narrow it is was not asked for, and took the words away."""
    note = page.get_by_text("Left out of the link: window=zzz")
    visit(page, f"{address}/flows?window=zzz&source=snet-shop-web")
    expect(note).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.cookie.includes('nsgflow_width=0')")  # told in the same step
    settle(page)
    expect(note).to_have_count(1)
    page.reload()
    settle(page)
    expect(note).to_have_count(0)
