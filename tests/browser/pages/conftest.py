"""The pages of one server, on which a test goes on in the session of the one before it: what a view shows is in its
link, and a load costs twice what a link does. `open_page` begins a session of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import give_back, hears_no_complaint
from tests.browser.looking import as_found, leave
from tests.browser.shared_tab import SharedTab


@pytest.fixture(scope="package", autouse=True)
def apart_from_other_rooms(shared_tab: SharedTab) -> Iterator[None]:
    """The first test here finds a tab that remembers nothing, and so do other rooms."""
    leave(shared_tab.tab)
    yield
    leave(shared_tab.tab)


@pytest.fixture
def page(tab: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The usual window with the page that the test before left there; after one that failed, another."""
    with hears_no_complaint(tab):
        yield tab
        give_back(tab, request, as_found)
