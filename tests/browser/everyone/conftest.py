"""One session after the other in the tab of all tests, as for the pages."""

from __future__ import annotations

from tests.browser.pages.conftest import apart_from_other_rooms as apart_from_other_rooms
from tests.browser.pages.conftest import page as page
