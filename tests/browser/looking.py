"""How the tests look at a page: wait until it is drawn, read its sentence, click what the canvas draws."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

BUSY = "[data-testid=stStatusWidget], [data-testid=stSpinner], [data-stale=true], [data-testid=stSkeleton]"


def settle(page: Page) -> None:
    """Until the script has run and everything it drew is there."""
    page.get_by_test_id("stMain").wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    page.wait_for_function(f"() => !document.querySelector('{BUSY}')", timeout=60_000)
    page.wait_for_timeout(300)


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    settle(page)


def sentence(page: Page) -> str:
    """The sentence that says what is shown."""
    found = page.locator(".st-key-shown strong")
    expect(found).to_be_visible(timeout=30_000)
    return found.inner_text()


def path_and_params(page: Page) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(page.evaluate("location.href"))
    return parts.path, parse_qs(parts.query)


def choose(page: Page, key: str, *values: str) -> None:
    """Type values into a filter of the bar."""
    box = page.locator(f".st-key-{key} input")
    for value in values:
        box.click()
        box.fill(value)
        box.press("Enter")
        settle(page)
    page.keyboard.press("Escape")


def open_row(page: Page, table: str, row: int = 0) -> None:
    """Click the arrow of a row of a table, which is drawn on a canvas."""
    grid = page.locator(f".st-key-table_{table} canvas").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 36 + 32 * row + 16)
    settle(page)


def download(page: Page, table: str) -> str:
    with page.expect_download(timeout=60_000) as started:
        page.locator(f".st-key-csv_{table} button").first.click()
    return started.value.path().read_text(encoding="utf-8")
