"""Connect in real Chromium against a real storage emulator: see, import, refresh; secrets stay in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from azure.storage.blob import BlobClient
from playwright.sync_api import Page, expect

from nsgflow_core.sources.base import CONTAINERS
from nsgflow_core.sources.sample.source import SampleSource
from tests.browser.looking import open_page, settle
from tests.browser.server import server
from tests.conftest import with_sample
from tests.parts.azurite import KEY, Emulator, append_minute, run_azurite, start_blob

WRONG = "A" * 86 + "=="


@pytest.fixture
def account() -> Iterator[Emulator]:
    with run_azurite() as running:
        for name in CONTAINERS:
            running.client().create_container(name)
        yield running


def write_half(account: Emulator) -> list[tuple[BlobClient, list[bytes]]]:
    """A few blobs with the first half of their records; what is left of each."""
    sample, left = SampleSource(), []
    for blob in [blob for blob in sample.blobs() if blob.hour][-6:]:
        part = sample.read(blob, None)
        assert part is not None
        records = [orjson.dumps(record) for record in orjson.loads(part.data)["records"]]
        client = start_blob(account.client().get_blob_client(*blob.location.split("/", 1)))
        half = max(1, len(records) // 2)
        append_minute(client, records[:half])
        left.append((client, records[half:]))
    return left


def open_account(page: Page, connection_string: str) -> None:
    page.get_by_label("Connection string").last.fill(connection_string)
    page.get_by_role("button", name="See what is there").click()


def test_see_import_refresh_and_keep_secrets(page: Page, tmp_path: Path, sample_home: Path, account: Emulator) -> None:
    left = write_half(account)
    with server(with_sample(sample_home, tmp_path)) as address:
        open_page(page, f"{address}/connect")
        page.locator(".st-key-connect_way input").click()
        page.get_by_role("option", name="Connection string").click()
        settle(page)
        page.get_by_label("Connection string").last.fill(account.connection_string.replace(KEY, WRONG))
        page.keyboard.press("Tab")
        page.get_by_role("button", name="See what is there").click()
        expect(page.get_by_text("refused the account key")).to_be_visible(timeout=30_000)
        expect(page.get_by_label("Connection string").last).to_have_value("")  # also of who goes on by Tab
        open_account(page, account.connection_string)
        expect(page.locator(".st-key-start_import")).to_contain_text("Import 6 blobs")
        page.locator(".st-key-start_import button").click()
        expect(page.get_by_text("6 of 6 blobs had something new")).to_be_visible(timeout=60_000)
        expect(page.locator(".st-key-coverage_hours .js-plotly-plot")).to_be_visible()
        for client, records in left:
            if records:
                append_minute(client, records)
        grown = sum(bool(records) for _, records in left)
        settle(page)
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_text(f"{grown} of 6 blobs had something new")).to_be_visible(timeout=60_000)
        settle(page)
        assert KEY not in page.content()
        assert KEY not in page.evaluate("location.href")
        values = page.eval_on_selector_all("input", "all => all.map(each => each.value)")
        assert not [value for value in values if KEY in value or WRONG in value]
        page.get_by_role("link", name="Overview").first.click()
        settle(page)
        expect(page.locator(".st-key-store").get_by_text("Local store flows.duckdb")).to_be_visible()
        assert page.get_by_test_id("stMetricValue").first.inner_text() != "0"
        page.goto("about:blank")  # before the server ends, so that the page does not complain of that
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert KEY.encode() not in content, path
            assert WRONG.encode() not in content, path
