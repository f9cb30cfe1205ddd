"""Real Chromium on a real server; a page that writes an error or asks another host for something fails its test."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser.looking import as_found, leave, listening, new_window, watch_runs
from tests.browser.server import server
from tests.browser.shared_tab import SharedTab
from tests.conftest import chromium_path, with_sample

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
ARGUMENTS += ["--force-prefers-reduced-motion"]  # nothing is asserted of what moves, and drawing it costs
ARGUMENTS += ["--process-per-site"]  # a second tab finds the scripts compiled as well
# A page whose headers a test changed counts as from elsewhere, and may then not ask the server on this machine.
ARGUMENTS += ["--disable-features=LocalNetworkAccessChecks"]


FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=60_000)  # a busy machine is slow, and nothing here is about speed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run's servers keep their stores; the sample is there already."""
    return with_sample(sample_home, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def address(home: Path) -> Iterator[str]:
    with server(home) as url:
        yield url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Note on a test that it failed, before its second try, and what its server wrote last."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        of_server = getattr(item, "funcargs", {}).get("home", Path()) / "server.log"
        if of_server.is_file():
            lines = of_server.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
            report.sections.append(("the server's log", "\n".join(lines)))
    return report


@pytest.fixture(scope="session")
def shared_tab(chromium: Browser) -> Iterator[SharedTab]:
    shared = SharedTab(chromium)
    yield shared
    shared.window.close()


@pytest.fixture
def tab(shared_tab: SharedTab, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The tab of all tests; the one after a failure gets another."""
    request.node.stash[FAILED] = False
    yield shared_tab.tab
    if request.node.stash[FAILED]:
        shared_tab.renew()


@pytest.fixture(scope="session")
def elsewhere(chromium: Browser) -> Iterator[Page]:
    """A tab of somebody else: a window of its own, which shares no cookie, no storage and no cache with the tests'."""
    opened = new_window(chromium)
    there = opened.new_page()
    watch_runs(there)
    yield there
    opened.close()


@pytest.fixture
def page(tab: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab that remembers nothing of the test before; each address that it opens is a session of its own there."""
    leave(tab)
    with hears_no_complaint(tab):
        yield tab
        give_back(tab, request, leave, as_found)


def give_back(tab: Page, request: pytest.FixtureRequest, *undo: Callable[[Page], None]) -> None:
    """Undo what a test did to the tab. One in which a test failed may not even answer: the next test gets another."""
    if request.node.stash[FAILED]:
        return
    request.node.stash[FAILED] = True  # until all of it is undone
    for each in undo:
        each(tab)
    request.node.stash[FAILED] = False


@contextmanager
def hears_no_complaint(tab: Page) -> Iterator[None]:
    """Fail when the page writes an error, or asks another host for something."""
    complaints: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        # Streamlit looks for its server below a deep link's path first (/flows/_stcore/health): two expected 404s.
        if line.type == "error" and "/_stcore/" not in line.location.get("url", ""):
            complaints.append(line.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            complaints.append(f"asked {request.url}")

    with listening(tab, console=hear, request=watch, pageerror=lambda error: complaints.append(str(error))):
        yield
    assert complaints == []
