"""The pages of one server, on which a test goes on in the session of the one before it: what a view shows is in its
link, and a load costs twice what a link does. `open_page` begins a session of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import hears_no_complaint
from tests.browser.looking import leave


@pytest.fixture(scope="package", autouse=True)
def left_at_the_end(tab: Page) -> Iterator[None]:
    """Other rooms find a tab that remembers nothing."""
    yield
    leave(tab)


@pytest.fixture
def page(tab: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The tab as the test before left it; after one that failed, a new one."""
    failed = request.session.testsfailed
    with hears_no_complaint(tab):
        yield tab
        if request.session.testsfailed > failed:
            leave(tab)
