"""An account that fails as a page looks at it and imports from it: one sentence, no secret, and well again after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import AccountSasPermissions, BlobServiceClient, ResourceTypes, generate_account_sas
from streamlit.testing.v1 import AppTest

from nsgflow_core.sources.base import CONTAINERS, VNET_CONTAINER
from nsgflow_core.sources.blob_storage import connecting, stalls
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import PATH, TUPLES, blob, record
from tests.parts.azurite import ACCOUNT, KEY, run_azurite
from tests.parts.servers.faulty_http import Answer, Fault, FaultyProxy, Handing, run_faulty_proxy
from tests.parts.servers.http_faults import BLOB_FAULTS, LIST_FAULTS, other
from tests.ui.connect.test_connect import press, wait_for, words
from tests.ui.opening import open_page
from tests.ui.reading import field

BLOBS = 3
FOREIGN = ("Traceback", "Something went wrong", "urllib3", "azure.", "object at", "<html", "sig=", KEY)


def refused_later(hand: Handing, answer: Answer) -> None:
    """The first page of a listing, then a role that is taken away."""
    refused = other(403, b"", x_ms_error_code="AuthorizationPermissionMismatch")
    (refused if answer.nth else Handing.on)(hand, answer)


LISTINGS: dict[str, tuple[Fault, str]] = {
    "container missing": (other(404, b"", x_ms_error_code="ContainerNotFound"), "has no container"),
    "wrong key": (other(403, b"", x_ms_error_code="AuthenticationFailed"), "Copy it again"),
    "role": (other(403, b"", x_ms_error_code="AuthorizationPermissionMismatch"), "may not read"),
    "403 in the middle": (refused_later, "may not read"),
    "firewall": (BLOB_FAULTS["403 of a firewall"], "is not allowed"),
    "busy": (BLOB_FAULTS["503 for ever"], "is busy"),
    "reset": (LIST_FAULTS["reset before the answer"], "broke"),
    "a proxy's page": (LIST_FAULTS["HTML with status 200"], "is no storage account"),
    "half XML": (LIST_FAULTS["half XML"], ""),
    "redirect": (LIST_FAULTS["redirect"], "sends on to another address"),
}


@pytest.fixture(scope="module")
def azurite() -> Iterator[BlobServiceClient]:
    with run_azurite() as emulator:
        service = emulator.client()
        for container in CONTAINERS:
            service.create_container(container)
        yield service


@pytest.fixture
def proxy(azurite: BlobServiceClient, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[FaultyProxy]:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setattr(stalls, "STALL_SECONDS", 0.5)
    monkeypatch.setattr(connecting, "_RETRIES", connecting._RETRIES | {"increment_base": 0, "random_jitter_range": 0})
    for number in range(BLOBS):
        place = azurite.get_blob_client(VNET_CONTAINER, PATH.format(mac=f"00005E00530{number}"))
        place.upload_blob(blob(*map(record, [number] * 3)), overwrite=True)
    with run_faulty_proxy(azurite.url.rstrip("/")) as running:
        yield running


@pytest.fixture
def page() -> AppTest:
    made = open_page("connect")
    made.segmented_control(key="from").set_value("account").run()
    made.selectbox(key="connect_way").set_value("string").run()
    return made


def look(page: AppTest, proxy: FaultyProxy) -> None:
    field(page, "Connection string").set_value(proxy.connection_string)
    press(page, "See what is there")


@pytest.mark.parametrize("kind", LISTINGS)
def test_a_listing_that_fails_is_told_and_well_again_afterwards(
    kind: str, page: AppTest, proxy: FaultyProxy, caplog: pytest.LogCaptureFixture
) -> None:
    fault, told = LISTINGS[kind]
    proxy.faults["comp=list"] = fault
    with caplog.at_level(logging.DEBUG):
        look(page, proxy)
        said = wait_for(page, told or "storage account")
    assert not [word for word in FOREIGN if word in said]
    assert KEY not in caplog.text
    assert "What is there" not in said, "half of a listing passes for all of it"
    proxy.faults.clear()
    look(page, proxy)
    assert f"{BLOBS} blobs" in wait_for(page, f"{BLOBS} blobs")


def gone(hand: Handing, answer: Answer) -> None:
    other(404, b"", x_ms_error_code="BlobNotFound")(hand, answer)


IMPORTS: dict[str, tuple[Fault, str]] = {
    "deleted meanwhile": (gone, "is gone"),
    "refused meanwhile": (other(403, b"", x_ms_error_code="AuthenticationFailed"), "Copy it again"),
    "cut": (BLOB_FAULTS["truncated body"], "00005E005301"),
    "reset": (BLOB_FAULTS["reset in the body"], "00005E005301"),
    "busy": (BLOB_FAULTS["503 for ever"], "is busy"),
    "a proxy's page": (BLOB_FAULTS["HTML with status 206"], "00005E005301"),
}


@pytest.mark.parametrize("kind", IMPORTS)
def test_a_blob_that_fails_is_told_and_read_the_next_time(kind: str, page: AppTest, proxy: FaultyProxy) -> None:
    fault, told = IMPORTS[kind]
    look(page, proxy)
    wait_for(page, f"{BLOBS} blobs")
    page.segmented_control(key="connect_window").set_value("all").run()
    proxy.faults["00005E005301/PT1H.json"] = fault
    press(page, f"Import {BLOBS} blobs")
    said = wait_for(page, "Blobs that could not be read")
    said += " ".join(each.value.to_csv() for each in page.dataframe)
    assert told in said
    assert not [word for word in FOREIGN if word in said]
    store = LocalStore(default_store_path())
    assert store.extent().tuples == (BLOBS - 1) * 3 * TUPLES
    proxy.faults.clear()
    press(page, f"Import {BLOBS} blobs")
    said = wait_for(page, f"1 of {BLOBS} blobs had something new")
    assert "Blobs that could not be read" not in said
    assert store.extent().tuples == BLOBS * 3 * TUPLES
    assert store.blobs()["tuples"].tolist() == [3 * TUPLES] * BLOBS


def test_a_sas_that_expires_before_the_listing(page: AppTest, proxy: FaultyProxy) -> None:
    sas = generate_account_sas(
        ACCOUNT, KEY, ResourceTypes(container=True, object=True), AccountSasPermissions(read=True, list=True),
        expiry=datetime.now(UTC) - timedelta(minutes=1),
    )  # fmt: skip
    page.selectbox(key="connect_way").set_value("sas").run()
    page.text_input(key="connect_account").set_value(proxy.url)
    field(page, "SAS").set_value(sas)
    press(page, "See what is there")
    said = wait_for(page, "expired")
    assert not [word for word in FOREIGN if word in said]
    assert words(page)
