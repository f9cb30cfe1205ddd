"""The dashboard of an installed wheel, opened by a deep link on a fresh server, far from any checkout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import open_page, sentence
from tests.browser.server import server
from tests.parts.wheel import build_wheel, install_wheel

DASHBOARD = (sys.executable, "-m", "nsgflow_core", "dashboard", "--port")


@pytest.fixture
def installed(home: Path, tmp_path: Path) -> Iterator[str]:
    site = install_wheel(build_wheel(tmp_path / "wheel"), tmp_path / "site")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    surroundings = {"PYTHONPATH": str(site)}
    with server(home, health_check=False, command=DASHBOARD, cwd=elsewhere, environment=surroundings) as address:
        yield address


def test_a_deep_link_comes_first_with_menu_theme_and_filter(page: Page, installed: str) -> None:
    open_page(page, f"{installed}/flows?port=443")
    assert "port is 443" in sentence(page)
    expect(page.get_by_test_id("stHeader").get_by_text("Required ports")).to_be_visible()
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert size == "15px"  # baseFontSize of .streamlit/config.toml
    page.goto("about:blank")  # before the server ends, so that the page does not complain of that
