"""Keys, SAS and the environment's sign-in to a storage account, and what each refusal says."""

from __future__ import annotations

import time

import pytest
from azure.storage.blob import BlobClient

from nsgflow_core.errors import SourceDenied, SourceSignIn, SourceUnreachable
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER
from tests.conftest import free_port
from tests.parts.azurite import ACCOUNT, KEY, Emulator, append_minute, make_sas, record


def assert_reads(emulator: Emulator, live: BlobClient, query: str) -> None:
    source = open_source(f"{emulator.url}/{NSG_CONTAINER}?{query}")
    (blob,) = source.blobs()
    part = source.read(blob, None)
    assert part is not None
    assert part.data == live.download_blob().readall()


def test_a_container_url_with_a_sas_reads(emulator: Emulator, live: BlobClient) -> None:
    append_minute(live, [record(0)])
    assert_reads(emulator, live, make_sas(1))


@pytest.mark.parametrize("asked", ["restype=container&comp=list", "COMP=list&restype=container&maxresults=1&prefix=x"])
def test_a_url_that_lists_a_container_opens_it(emulator: Emulator, live: BlobClient, asked: str) -> None:
    append_minute(live, [record(0)])
    for query in (f"{asked}&{make_sas(1)}", f"{make_sas(1)}&{asked}"):
        assert_reads(emulator, live, query)


@pytest.mark.parametrize("state", ["snapshot=2026-11-27T20%3A26%3A49Z", "versionid=2026-11-27T20%3A26%3A49Z"])
def test_a_snapshot_is_refused_by_its_name(state: str) -> None:
    with pytest.raises(SourceSignIn, match="a snapshot or a version"):
        open_source(f"https://acc.blob.core.windows.net/{NSG_CONTAINER}/b?{state}&{make_sas(1)}")


@pytest.mark.parametrize(
    ("names", "secret"),
    [
        (("AZURE_STORAGE_CONNECTION_STRING",), "connection string"),
        (("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_SERVICE_ENDPOINT", "AZURE_STORAGE_KEY"), KEY),
        (("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_SERVICE_ENDPOINT", "AZURE_STORAGE_SAS_TOKEN"), "sas"),
    ],
)
def test_the_environment_of_the_azure_cli(
    emulator: Emulator, live: BlobClient, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], secret: str
) -> None:
    secret = {"connection string": emulator.connection_string, "sas": make_sas(1)}.get(secret, secret)
    for name, value in zip(reversed(names), [secret, emulator.url, ACCOUNT], strict=False):
        monkeypatch.setenv(name, value)
    (blob,) = open_source("azure", containers=[NSG_CONTAINER]).blobs()
    assert blob.size == 14


def test_what_each_refusal_says(emulator: Emulator, live: BlobClient) -> None:
    def refusal(text: str, credential: object | None = None) -> str:
        with pytest.raises((SourceSignIn, SourceDenied)) as caught:
            list(open_source(text, credential=credential, containers=[NSG_CONTAINER]).blobs())
        return str(caught.value)

    wrong_key = KEY[:-10] + "AAAAAAAA=="
    assert "refused the account key" in refusal(emulator.url, wrong_key)
    assert "account key" in refusal(emulator.url, "not base64!")
    assert "is not whole" in refusal(emulator.url, "not base64!")
    assert "refused the SAS" in refusal(f"{emulator.url}?{make_sas(1, key=wrong_key)}")
    assert "expired at 20" in refusal(f"{emulator.url}?{make_sas(-1)}")
    assert "The SAS has no permission to read container" in refusal(f"{emulator.url}?{make_sas(1, 'r')}")


def test_a_wrong_name_or_port_fails_in_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match="not known to DNS"):
        list(open_source("https://nsgflow-no-such-account.invalid", credential=KEY).blobs())
    with pytest.raises(SourceUnreachable, match="Nothing answers"):
        list(open_source(f"http://127.0.0.1:{free_port()}/{ACCOUNT}").blobs())
    assert time.monotonic() - started < 40  # not the minutes of the SDK
