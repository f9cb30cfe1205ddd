"""Ranges by one plain request: the client's bytes with each sign-in, and the client's word on all that goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from azure.storage.blob import BlobClient, BlobServiceClient

from nsgflow_core.errors import SourceError
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER, BlobInfo
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.fingerprint import ReadPart
from tests.parts.azurite import NSG_LOG, Emulator, Requests, append_minute, hour_path, make_sas, record, start_blob

HOURS = range(6)


@pytest.fixture
def hours(account: BlobServiceClient) -> dict[str, bytes]:
    """What the blobs of some hours hold, by their names."""
    held = {}
    for hour in HOURS:
        client = account.get_blob_client(NSG_CONTAINER, hour_path(NSG_LOG, 24, hour))
        append_minute(start_blob(client), [record(hour, 40_000)])
        held[f"{NSG_CONTAINER}/{client.blob_name}"] = client.download_blob().readall()
    return held


@pytest.fixture
def by_client(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The blobs that the client was asked for."""
    asked, download = list[str](), BlobClient.download_blob

    def counted(client: BlobClient, *given: Any, **options: Any) -> Any:
        asked.append(f"{client.container_name}/{client.blob_name}")
        return download(client, *given, **options)

    monkeypatch.setattr(BlobClient, "download_blob", counted)
    return asked


def read(source: BlobStorageSource, blob: BlobInfo) -> bytes:
    part = source.read(blob, None)
    assert isinstance(part, ReadPart)
    return part.data


@pytest.mark.parametrize("sign_in", ["account key", "SAS"])
def test_the_client_is_asked_once_and_then_each_blob_is_one_plain_request(
    emulator: Emulator, hours: dict[str, bytes], by_client: list[str], requests: Requests, sign_in: str
) -> None:
    text = emulator.connection_string if sign_in == "account key" else f"{emulator.url}/{NSG_CONTAINER}?{make_sas(1)}"
    source = open_source(text)
    assert isinstance(source, BlobStorageSource)
    listed = list(source.blobs())
    requests.seen.clear()
    assert {blob.location: read(source, blob) for blob in listed} == hours
    assert by_client == [listed[0].location]
    assert [(method, status) for method, _, status, _ in requests.seen] == [("GET", 206)] * len(HOURS)


def test_whatever_is_refused_is_asked_of_the_client_and_the_next_blob_too(
    source: BlobStorageSource, account: BlobServiceClient, hours: dict[str, bytes], by_client: list[str]
) -> None:
    """A version that is gone, and a blob that is gone: both are what they were without the direct way."""
    first, grown, third, gone, fifth, last = source.blobs()
    container = account.get_container_client(NSG_CONTAINER)
    name = grown.location.removeprefix(f"{NSG_CONTAINER}/")
    append_minute(container.get_blob_client(name), [record(59)])
    container.delete_blob(gone.location.removeprefix(f"{NSG_CONTAINER}/"))
    assert read(source, first) == hours[first.location]
    assert read(source, grown).endswith(record(59) + b"]}")
    assert read(source, third) == hours[third.location]
    with pytest.raises(SourceError, match="is gone"):
        source.read(gone, None)
    assert read(source, fifth) == hours[fifth.location]
    assert read(source, last) == hours[last.location]
    asked = [each for number, each in enumerate(by_client) if each not in by_client[:number]]
    assert asked == [each.location for each in (first, grown, gone, fifth)]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("status", 200),
        ("headers", {"ETag": '"0x0"'}),
        ("headers", {"Content-Range": "bytes 1-9/10"}),
        ("headers", {"Content-Range": "no sense"}),
        ("headers", {"Content-Length": "7"}),
        ("body", b"other"),
    ],
)
def test_an_answer_that_says_anything_else_is_nothing(
    source: BlobStorageSource, hours: dict[str, bytes], by_client: list[str], monkeypatch: pytest.MonkeyPatch,
    part: str, other: Any,
) -> None:  # fmt: skip
    """One part of a real answer is replaced on its way: the bytes are the client's all the same."""
    transport: Any = source._direct._transport
    fetch = transport.fetch

    def damaged(*asked: Any) -> Any:
        answer = fetch(*asked)
        new = {**answer.headers, **other} if part == "headers" else other
        return type(answer)(**{name: getattr(answer, name) for name in ("status", "headers", "body")} | {part: new})

    monkeypatch.setattr(transport, "fetch", damaged)
    assert {blob.location: read(source, blob) for blob in source.blobs()} == hours
    assert sorted(by_client) == sorted(hours)
