"""An import outlives the tab that started it: seen and cancelled from another tab, found again after a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.local.store import LocalStore
from tests.browser.looking import open_page, settle
from tests.browser.server import server
from tests.browser.test_connect import open_account
from tests.conftest import with_sample
from tests.parts.azurite import KEY, run_azurite
from tests.parts.servers.gate import Gate, run_gate

BLOBS = 24
SOME = re.compile(rf"[1-9]\d* of {BLOBS} blobs")
SOON = 60_000


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    sample = SampleSource()
    with run_azurite() as account:
        for blob in [blob for blob in sample.blobs() if blob.hour][-BLOBS:]:
            part, (container, name) = sample.read(blob, None), blob.location.split("/", 1)
            assert part is not None
            there = account.client().get_container_client(container)
            if not there.exists():
                there.create_container()
            there.upload_blob(name, part.data)
        with run_gate(account) as closed:
            yield closed


@pytest.fixture(scope="module")
def own_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_sample(sample_home, tmp_path_factory.mktemp("imports"))


@pytest.fixture(scope="module")
def own_address(own_home: Path) -> Iterator[str]:
    with server(own_home) as url:
        yield url


def start(page: Page, address: str, gate: Gate) -> None:
    open_page(page, f"{address}/connect")
    page.locator(".st-key-connect_way input").click()
    page.get_by_role("option", name="Connection string").click()
    settle(page)
    open_account(page, gate.account.connection_string)
    page.get_by_text("Everything", exact=True).click()
    expect(page.locator(".st-key-start_import")).to_contain_text(f"Import {BLOBS} blobs", timeout=SOON)
    page.locator(".st-key-start_import button").click()


def importing(page: Page) -> str:
    return page.locator(".st-key-importing").inner_text()


def test_started_in_one_tab_seen_and_cancelled_in_another(
    tab: Page, own_home: Path, own_address: str, gate: Gate
) -> None:
    window = tab.context
    one, other = window.new_page(), window.new_page()
    other.set_viewport_size({"width": 390, "height": 800})
    open_page(other, f"{own_address}/query")  # before anything runs: its page looks by itself
    start(one, own_address, gate)
    gate.let(4)
    expect(one.locator(".st-key-importing")).to_contain_text(SOME, timeout=SOON)
    expect(other.locator(".st-key-importing")).to_contain_text(SOME, timeout=SOON)
    one.locator("[data-testid=stMain]").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(one.get_by_test_id("stHeading").first).not_to_be_in_viewport()
    expect(one.locator(".st-key-importing")).to_be_in_viewport(ratio=1)
    open_page(one, f"{own_address}/overview")
    expect(one.locator(".st-key-importing")).to_contain_text("Importing Storage account", timeout=SOON)
    one.reload()
    expect(one.locator(".st-key-importing")).to_contain_text(SOME, timeout=SOON)
    one.close()  # and with it the session that started it
    before = importing(other)
    gate.let(4)
    expect(other.locator(".st-key-importing")).not_to_have_text(before, timeout=SOON)
    other.locator(".st-key-cancel_import button").click()
    expect(other.locator(".st-key-importing")).to_contain_text("stopping", timeout=SOON)
    gate.open()
    expect(other.locator(".st-key-imported")).to_contain_text(re.compile(r"stopped after [\d,]+ new"), timeout=SOON)
    held = LocalStore(own_home / "flows.duckdb").extent().tuples
    assert held > 0
    found = window.new_page()
    open_page(found, f"{own_address}/connect")
    expect(found.locator(".st-key-card_import")).to_contain_text(f"Stopped after {held:,} log entries")
    start(found, own_address, gate)
    expect(found.locator(".st-key-card_import")).to_contain_text("new log entries", timeout=SOON)
    expect(other.locator(".st-key-imported")).to_contain_text("new log entries", timeout=SOON)
    assert len(LocalStore(own_home / "flows.duckdb").blobs()) == BLOBS
    for page in (found, other):
        assert KEY not in page.content()
        page.close()
