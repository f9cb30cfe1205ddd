"""One tab for all tests, made anew after a test that failed in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.looking import new_window, watch_runs


@dataclass
class SharedTab:
    """A window and its tab, which keep Streamlit's scripts compiled: a new one loads and compiles them for 3 seconds.

    `renew` gives up both: a page that hangs would hang every test that follows, 90 seconds each.
    """

    chromium: Browser
    window: BrowserContext = field(init=False)
    tab: Page = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def renew(self) -> None:
        self.window.close()
        self._open()

    def _open(self) -> None:
        self.window = new_window(self.chromium)
        self.tab = self.window.new_page()
        watch_runs(self.tab)
