"""How the tests look at a page: wait until it is drawn, read its sentence, click what the canvas draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

BUSY = "[data-testid=stStatusWidget], [data-testid=stSpinner], [data-stale=true], [data-testid=stSkeleton]"
IS_OPEN = "[data-test-script-state=notRunning]"
TWO_FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
DRAWN = f"() => document.querySelector('{IS_OPEN}') && !document.querySelector('{BUSY}') && ({TWO_FRAMES})()"
DEBOUNCE = 250
"""Milliseconds that a widget may keep a change back before it asks for a run (a table's selection: 150)."""
STILL = """addEventListener('DOMContentLoaded', () => document.head.append(Object.assign(
    document.createElement('style'), {textContent: '*, ::before, ::after {animation: none !important}'})))"""
"""Nothing is asserted of what moves, and a spinner is drawn sixty times a second, by the processor."""
PATIENCE = 90.0
"""Seconds; a busy machine is slow, and nothing here is about speed."""


USUAL = ViewportSize(width=1440, height=1000)
"""The window that a test finds."""


def new_window(browser: Browser, viewport: ViewportSize = USUAL) -> BrowserContext:
    """A window with cookies and sessions of its own, as patient as the rest."""
    opened = browser.new_context(viewport=viewport, accept_downloads=True)
    opened.set_default_timeout(PATIENCE * 1000)
    opened.add_init_script(STILL)
    return opened


COUNT_ENTRIES = """window.entries === undefined
    && (History.prototype.pushState = new Proxy(History.prototype.pushState, {
        apply(push, of, given) { entries += 1; return push.apply(of, given) }}));
    window.entries = 0"""
"""`history.length` ends at 50, and the tab has seen other tests. Ours stands before the prototype's, once."""


_owed: WeakKeyDictionary[Page, bool] = WeakKeyDictionary()
_asked_for: WeakKeyDictionary[Page, int] = WeakKeyDictionary()
_ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def watch_runs(page: Page) -> None:
    """Know from the page's own messages whether a run of the script is still owed to it."""

    def opened(socket: WebSocket) -> None:
        _owed[page] = True
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    def sent(payload: bytes | str) -> None:
        if isinstance(payload, bytes) and BackMsg.FromString(payload).WhichOneof("type") == "rerun_script":
            _owed[page] = True
            _asked_for[page] = runs(page) + (not BackMsg.FromString(payload).rerun_script.fragment_id)

    def received(payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            message = ForwardMsg.FromString(payload)
            if message.WhichOneof("type") == "script_finished" and message.script_finished in _ENDED:
                _owed[page] = False

    _owed[page] = True
    page.on("websocket", opened)


def runs(page: Page) -> int:
    """How many runs of the whole script the page has asked for."""
    return _asked_for.get(page, 0)


def settle(page: Page) -> None:
    """Until every run that was asked for has ended, and everything it drew is there."""
    page.get_by_test_id("stMain").wait_for(timeout=PATIENCE * 1000)
    page.wait_for_timeout(DEBOUNCE)
    end = time.monotonic() + PATIENCE
    while _owed[page]:
        assert time.monotonic() < end, "the script does not end"
        page.wait_for_timeout(25)
    page.wait_for_function(DRAWN, timeout=PATIENCE * 1000, polling=100)


def open_page(page: Page, url: str) -> None:
    if page not in _owed:
        watch_runs(page)
    page.goto(url)
    settle(page)


def follow(page: Page, to: str) -> None:
    """To another view (`/flows?port=22`) of the app that is open, as Back and Forward do: nothing is loaded anew.

    The session stays, so this is for what does not depend on who came from where; a third of what a load costs.
    """
    _owed[page] = True
    page.evaluate("to => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')) }", to)
    settle(page)


def back(page: Page) -> None:
    """To the view before. A busy machine hears of it late, so that a run is owed from here on."""
    _owed[page] = True
    page.go_back()
    settle(page)


def forward(page: Page) -> None:
    """To the view after, as far as one went back."""
    _owed[page] = True
    page.go_forward()
    settle(page)


def visit(page: Page, url: str) -> None:
    """Follow a link to a view where the app is open already, and load it anywhere else."""
    at, to = urlsplit(page.url), urlsplit(url)
    if at.netloc == to.netloc and page.locator(IS_OPEN).count():
        follow(page, to._replace(scheme="", netloc="", path=to.path or "/").geturl())
    else:
        open_page(page, url)


@contextmanager
def listening(page: Page, **listeners: Callable[[Any], None]) -> Iterator[None]:
    """Hear a page's events by their names, for as long as it lasts."""
    for event, listener in listeners.items():
        page.on(cast("Any", event), listener)
    yield
    for event, listener in listeners.items():
        page.remove_listener(event, listener)


def leave(page: Page) -> None:
    """Leave the page that is open, and forget what it kept in the browser, but for what is cached."""
    if page.url.startswith("http"):  # `evaluate` would wait for a page that hangs, for ever
        page.wait_for_function("() => { localStorage.clear(); sessionStorage.clear(); return true }")
    page.goto("about:blank")
    page.context.clear_cookies()


def resize(page: Page, to: ViewportSize) -> None:
    """Make its window another, of which no page knows yet: one that is open would tell the next its width, or not."""
    leave(page)
    page.set_viewport_size(to)


def as_found(page: Page) -> None:
    """Undo what a test did to the window: how wide it is, and on what it shows its pages."""
    page.emulate_media(media="null", color_scheme="null", forced_colors="null")
    if page.viewport_size != USUAL:
        resize(page, USUAL)


def sentence(page: Page) -> str:
    """The sentence that says what is shown."""
    found = page.locator(".st-key-shown strong")
    expect(found).to_be_visible()
    return found.inner_text()


def sentence_there(elsewhere: Page, url: str) -> str:
    """The sentence that somebody else reads who opens a link in a browser of their own."""
    open_page(elsewhere, url)
    said = sentence(elsewhere)
    leave(elsewhere)
    return said


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


def opened(popover: Locator) -> Locator:
    """What a popover's button opens, which a busy machine draws later."""
    popover.click()
    body = popover.page.get_by_test_id("stPopoverBody")
    body.first.wait_for()
    return body


def escape(page: Page) -> None:
    """Close what is open over the page; what was drawn this moment does not take the key yet."""
    end = time.monotonic() + PATIENCE
    while page.get_by_test_id("stPopoverBody").count():
        assert time.monotonic() < end, "nothing closes it"
        page.keyboard.press("Escape")
        page.wait_for_timeout(100)


def open_row(page: Page, table: str, row: int = 0) -> None:
    """Click the arrow of a row of a table, which is drawn on a canvas."""
    click_cell(page, table, 20, row)


def click_cell(page: Page, table: str, across: int, row: int = 0) -> None:
    """Click in a row of a table, so many pixels from its left."""
    grid = page.locator(f".st-key-table_{table} canvas").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box
    place = box["x"] + across, box["y"] + 36 + 32 * row + 16
    page.mouse.move(*place)
    page.wait_for_timeout(100)  # the table notes where the pointer is as it comes,
    page.evaluate(TWO_FRAMES)  # which a busy machine draws later
    page.mouse.click(*place)
    settle(page)


def download(page: Page, table: str) -> str:
    """All rows of a table as CSV."""
    return taken_away(page, table, "csv").decode()


def taken_away(page: Page, table: str, form: str) -> bytes:
    """A file of a table's Export menu, which is closed again."""
    page.locator(f".st-key-export_{table} button").first.click()
    with page.expect_download(timeout=60_000) as started:
        page.locator(f".st-key-{form}_{table} button").first.click()
    page.keyboard.press("Escape")
    return started.value.path().read_bytes()
