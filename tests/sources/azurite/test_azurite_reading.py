"""Reading a blob that Azure writes meanwhile, through the real client against Azurite: which requests, which bytes."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest
from azure.storage.blob import BlobClient, BlobServiceClient

from nsgflow_core.errors import SourceError, SourceMissing
from nsgflow_core.sources.base import NSG_CONTAINER, BlobInfo, Cursor
from nsgflow_core.sources.blob_storage.ranges import RangedPart
from nsgflow_core.sources.blob_storage.reading import RANGE, BlobReading
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.fingerprint import TAIL, ReadPart, head_of, tail_of
from tests.parts.azurite import (
    NSG_LOG,
    Requests,
    append_minute,
    hour_path,
    record,
)


def only(source: BlobStorageSource) -> BlobInfo:
    (blob,) = source.blobs()
    return blob


def read_to_end(source: BlobStorageSource, cursor: Cursor | None = None) -> tuple[ReadPart, Cursor]:
    """List, read, and remember what an importer remembers: everything but the closing brackets."""
    part = source.read(only(source), cursor)
    assert part is not None
    return part, cursor_of(part)


def cursor_of(part: ReadPart) -> Cursor:
    end = part.offset + len(part.data) - 2
    return Cursor(part.etag, end, part.fingerprint(end))


def test_each_minute_gives_its_own_bytes_and_nothing_new_asks_nothing(
    source: BlobStorageSource, live: BlobClient, requests: Requests
) -> None:
    part, cursor = read_to_end(source)
    assert part.data == b'{"records":[]}'
    whole = part.data[:-2]
    for minute in range(5):
        append_minute(live, [record(minute), record(minute)])
        part, cursor = read_to_end(source, cursor)
        assert part.offset == len(whole)
        assert part.data == (b"," if minute else b"") + record(minute) + b"," + record(minute) + b"]}"
        whole += part.data[:-2]
    assert whole + b"]}" == live.download_blob().readall()
    blob = only(source)
    requests.seen.clear()
    assert source.read(blob, cursor) is None
    assert requests.seen == []


def test_a_grown_blob_costs_its_new_bytes_and_a_short_tail(
    source: BlobStorageSource, live: BlobClient, requests: Requests
) -> None:
    append_minute(live, [record(0, 3_000_000)])
    _, cursor = read_to_end(source)
    append_minute(live, [record(1, 1000)])
    blob = only(source)
    requests.seen.clear()
    part = source.read(blob, cursor)
    assert part is not None
    assert part.data == b"," + record(1, 1000) + b"]}"
    assert [(method, status, length) for method, _, status, length in requests.seen] == [
        ("GET", 206, TAIL + len(part.data))
    ]


def test_a_blob_that_grew_after_listing_is_read_to_its_new_end(source: BlobStorageSource, live: BlobClient) -> None:
    append_minute(live, [record(0)])
    listed = only(source)
    append_minute(live, [record(1)])
    part = source.read(listed, None)
    assert part is not None
    assert part.data == live.download_blob().readall()
    assert source.read(only(source), cursor_of(part)) is None


def test_a_blob_that_grows_between_the_ranges_of_one_read_is_read_once(live: BlobClient) -> None:
    append_minute(live, [record(0, 50_000)])
    properties = live.get_blob_properties()
    reading = GrowingReading(lambda: live, properties.size, properties.etag.strip('"'), range_size=20_000)
    data, parts = followed(reading.read_new(None))
    assert reading.minutes == 4  # it did grow, each time between two ranges
    assert data == live.download_blob().readall()
    assert data.count(b'"time"') == 5
    assert parts[-1].etag == live.get_blob_properties().etag.strip('"')


class GrowingReading(BlobReading):
    """A reading during which Azure appends: before each of its first ranges but one, a minute lands."""

    minutes = 0

    def _range(self, start: int, end: int) -> bytes:
        if start and self.minutes < 4:
            self.minutes += 1
            append_minute(self._client, [record(self.minutes)])
        return super()._range(start, end)


class ReplacedReading(BlobReading):
    """A reading during which someone replaces the blob by another."""

    replaced = False

    def _range(self, start: int, end: int) -> bytes:
        if start and not self.replaced:
            self.replaced = True
            self._client.upload_blob(b'{"records":[' + record(9, 70_000) + b"]}", overwrite=True)
        return super()._range(start, end)


def test_a_blob_replaced_between_the_ranges_of_one_read_is_refused_then_read_from_its_start(
    source: BlobStorageSource, live: BlobClient
) -> None:
    append_minute(live, [record(0, 50_000)])
    properties = live.get_blob_properties()
    part = ReplacedReading(lambda: live, properties.size, properties.etag.strip('"'), range_size=20_000).read_new(None)
    assert part is not None
    assert part.data.startswith(b'{"records":[' + record(0)[:20])
    with pytest.raises(SourceError, match="rewritten while it was read"):
        followed(part)
    again = source.read(only(source), Cursor("", 15_000, part.fingerprint(15_000)))
    assert again is not None
    assert again.data == live.download_blob().readall()
    assert again.data.startswith(b'{"records":[' + record(9)[:20])


@pytest.mark.parametrize("records", [False, True])
def test_parts_of_a_blob_are_its_bytes_and_know_those_before(live: BlobClient, records: bool) -> None:
    """Also those of a blob in which no record ends for many parts: they grow."""
    append_minute(live, [record(0, 90_000)] if not records else [record(minute, 3_000) for minute in range(30)])
    whole, properties = live.download_blob().readall(), live.get_blob_properties()
    first = BlobReading(lambda: live, properties.size, properties.etag.strip('"'), range_size=7_000).read_new(None)
    data, parts = followed(first)
    assert data == whole
    assert len(parts) > 3
    assert len(parts) < 7 or records, "they grow where no record ends"
    for part in parts:
        end = part.offset + len(part.data)
        assert part.fingerprint(end) == f"{tail_of(whole[:end])}@{head_of(whole, end)}"


def test_what_goes_wrong_with_a_later_part_is_said_in_words(source: BlobStorageSource, live: BlobClient) -> None:
    live.upload_blob(b'{"records":[' + record(0, RANGE) + b"," + record(1, RANGE) + b"]}", overwrite=True)
    part = source.read(only(source), None)
    assert part is not None
    assert part.has_more
    assert isinstance(part, RangedPart)
    wait([part._next])
    live.delete_blob()
    last = part.following(part.offset + len(part.data))
    with pytest.raises(SourceMissing, match=r"PT1H\.json is gone"):
        last.following(last.offset + len(last.data))


def followed(part: ReadPart | None) -> tuple[bytes, list[ReadPart]]:
    """All that follows, and the parts: each is taken in up to the end of the last record that another follows."""
    parts, data = [], b""
    while part is not None:
        parts.append(part)
        taken = part.data.rfind(b"},{") + 1 if part.has_more else len(part.data)
        data += part.data[:taken]
        part = part.following(part.offset + taken) if part.has_more else None
    return data, parts


def test_a_writer_in_another_thread_never_tears_a_record(source: BlobStorageSource, live: BlobClient) -> None:
    minutes = 60

    def write() -> None:
        for minute in range(minutes):
            append_minute(live, [record(minute)])

    writer = threading.Thread(target=write)
    writer.start()
    read, cursor, grown = b"", None, 0
    while writer.is_alive() or not grown or cursor is None or source.read(only(source), cursor):
        part = source.read(only(source), cursor)
        if part:
            assert part.offset == len(read)
            read, cursor, grown = read + part.data[:-2], cursor_of(part), grown + 1
    writer.join()
    assert grown > 1
    assert read + b"]}" == b'{"records":[' + b",".join(record(m) for m in range(minutes)) + b"]}"


@pytest.mark.parametrize("longer", [0, 5000])
def test_a_rewritten_blob_is_read_whole(source: BlobStorageSource, live: BlobClient, longer: int) -> None:
    append_minute(live, [record(0), record(1)])
    _, cursor = read_to_end(source)
    content = b'{"records":[' + record(3) + b"," + record(1, longer) + b"]}"
    live.upload_blob(content, overwrite=True)
    part, _ = read_to_end(source, cursor)
    assert (part.offset, part.data) == (0, content)


def test_a_shrunk_blob_is_read_whole(source: BlobStorageSource, live: BlobClient) -> None:
    append_minute(live, [record(0), record(1)])
    listed = only(source)
    _, cursor = read_to_end(source)
    live.upload_blob(b'{"records":[]}', overwrite=True)
    part, _ = read_to_end(source, cursor)
    assert (part.offset, part.data) == (0, b'{"records":[]}')
    since_listing = source.read(listed, Cursor("older", cursor.offset, cursor.fingerprint))
    assert since_listing is not None
    assert (since_listing.offset, since_listing.data) == (0, b'{"records":[]}')


def test_a_copied_blob_has_nothing_new(source: BlobStorageSource, live: BlobClient) -> None:
    append_minute(live, [record(0, 3 * TAIL)])
    _, cursor = read_to_end(source)
    live.upload_blob(live.download_blob().readall(), overwrite=True)
    assert source.read(only(source), cursor) is None


def test_a_deleted_blob_is_missing(source: BlobStorageSource, live: BlobClient) -> None:
    append_minute(live, [record(0)])
    blob = only(source)
    live.delete_blob()
    with pytest.raises(SourceMissing, match=r"PT1H\.json is gone.*retention"):
        source.read(blob, None)


def test_an_empty_blob_is_no_trouble(source: BlobStorageSource, account: BlobServiceClient) -> None:
    account.get_blob_client(NSG_CONTAINER, hour_path(NSG_LOG, 24, 10)).upload_blob(b"")
    part = source.read(only(source), None)
    assert part is not None
    assert part.data == b""


def test_a_large_blob_comes_in_several_ranges(source: BlobStorageSource, live: BlobClient, requests: Requests) -> None:
    content = b'{"records":[' + record(0, 40 << 20) + b"]}"
    live.upload_blob(content, overwrite=True)
    blob = only(source)
    requests.seen.clear()
    data, parts = followed(source.read(blob, None))
    assert data == content
    assert [part.offset for part in parts] == [0, 0, 0], "they grew, since no record that another follows ends in them"
    assert max(length for *_, length in requests.seen) <= 8 << 20
