"""One action is one step of the browser's history, and Back and Forward walk the views that were seen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.looking import choose, open_page, open_row, path_and_params, sentence, settle

View = tuple[tuple[str, dict[str, list[str]]], str]


def seen(page: Page) -> View:
    return path_and_params(page), sentence(page)


def test_each_action_is_one_step_and_back_and_forward_walk_what_was_seen(page: Page, address: str) -> None:
    def click(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name, exact=True).first.click()

    def link(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("link", name=name, exact=True).first.click()

    open_page(page, f"{address}/?source=snet-shop-web,snet-shop-app&port=443,8443&protocol=TCP&window=7d")
    actions: dict[str, Callable[[], None]] = {
        "narrow": lambda: choose(page, "destination", "snet-shop-data"),
        "swap": lambda: page.locator(".st-key-swap button").first.click(),
        "clear": click("Clear all"),
        "a page with a filter": link("By subnet"),
        "pick of two": lambda: open_row(page, "subnet-pairs"),
        "pick of four": lambda: open_row(page, "address-pairs"),
        "back to all": click("All subnets"),
    }
    views = [seen(page)]
    for name, act in actions.items():
        entries = page.evaluate("history.length")
        act()
        settle(page)
        assert page.evaluate("history.length") == entries + 1, name
        views.append(seen(page))
    for view in reversed(views[:-1]):
        page.go_back()
        settle(page)
        assert seen(page) == view
    for view in views[1:]:
        page.go_forward()
        settle(page)
        assert seen(page) == view
