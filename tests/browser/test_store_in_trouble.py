"""A store that cannot be read for a while, as people meet it: what they asked meanwhile is asked when it can be."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import open_page, sentence, settle
from tests.browser.server import server
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=2, kind="User")
    return store_of(tmp_path_factory.mktemp("trouble") / "f.duckdb", rows, SUBNETS).path


@pytest.fixture(scope="module")
def own_address(own_store: Path) -> Iterator[str]:
    with server(own_store.parent, store=own_store) as url:
        yield url


def by_the_line(page: Page) -> None:
    line = page.locator(".st-key-filter_line input")
    line.fill("dst:10.0.2.8")
    line.press("Enter")


WAYS: dict[str, tuple[Callable[[Page], None], str]] = {
    "clear": (lambda page: page.locator(".st-key-clear_all button").click(), "All flows, over all time."),
    "swap": (
        lambda page: page.locator(".st-key-swap [data-testid=stBaseButton-secondary]").first.click(),
        "Flows where destination address is 10.0.1.4, and port is 22, over all time.",
    ),
    "chip": (
        lambda page: page.locator(".st-key-shown [class*=st-key-chip_] button").first.click(),
        "Flows where port is 22, over all time.",
    ),
    "line": (by_the_line, "Flows where destination is 10.0.2.8, over all time."),
    "picker": (
        lambda page: page.locator(".st-key-window").get_by_text("24h", exact=True).click(),
        "Flows where source address is 10.0.1.4, and port is 22, since",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_asked_meanwhile_is_asked_when_it_can_be(
    page: Page, own_store: Path, own_address: str, tmp_path: Path, way: str
) -> None:
    ask, said = WAYS[way]
    whole = shutil.copy(own_store, tmp_path)
    open_page(page, f"{own_address}/flows?src_ip=10.0.1.4&port=22")
    own_store.write_bytes(b"")
    ask(page)
    expect(page.get_by_text("is damaged")).to_be_visible()
    for store in (b"", Path(whole).read_bytes()):
        settle(page)
        own_store.write_bytes(store)
        page.get_by_role("button", name="Try again").click()
    settle(page)
    assert said in sentence(page)
