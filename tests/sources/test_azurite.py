"""A storage account, through the real blob client against Azurite: which requests, which bytes, which words."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerSasPermissions, generate_container_sas

from nsgflow_core.errors import SourceDenied, SourceMissing, SourceSignIn, SourceUnreachable
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER, BlobInfo, Cursor
from nsgflow_core.sources.blob_storage.reading import BlobReading
from nsgflow_core.sources.blob_storage.source import BlobStorageSource, FoundContainer
from nsgflow_core.sources.fingerprint import TAIL, ReadPart
from tests.conftest import free_port
from tests.parts.azurite import ACCOUNT, KEY, Emulator, append_minute, run_azurite, start_blob

NSG_LOG = "resourceId=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG"
VNET_LOG_SHORT = "flowLogResourceID=/S1_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_HUB-FLOWLOG"
VNET_LOG_LONG = (
    "flowLogResourceID=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK"
    "/NETWORKWATCHERS/NETWORKWATCHER_WESTEUROPE/FLOWLOGS/SPOKE-FLOWLOG"
)
REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.1" (?P<status>\d+) (?P<length>\S+)')


def hour_path(log: str, day: int, hour: int) -> str:
    return f"{log}/y=2026/m=11/d={day:02}/h={hour:02}/m=00/macAddress=000D3AF87856/PT1H.json"


def record(minute: int, padding: int = 0) -> bytes:
    return b'{"time":"2026-11-24T10:%02d:00Z","x":"%s"}' % (minute, b"%d" % (minute % 10) * padding)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with run_azurite() as running:
        yield running


@pytest.fixture
def account(emulator: Emulator) -> Iterator[BlobServiceClient]:
    """The emulated account with both flow-log containers, empty."""
    service = emulator.client()
    for name in (NSG_CONTAINER, VNET_CONTAINER):
        service.create_container(name)
    yield service
    for container in service.list_containers():
        service.delete_container(container.name)


@pytest.fixture
def source(emulator: Emulator, account: BlobServiceClient) -> BlobStorageSource:
    return BlobStorageSource.from_connection_string(emulator.connection_string)


@pytest.fixture
def live(account: BlobServiceClient) -> BlobClient:
    """The blob that Azure is writing now."""
    return start_blob(account.get_blob_client(NSG_CONTAINER, hour_path(NSG_LOG, 24, 10)))


class Requests(logging.Handler):
    """What really went over the wire, from the HTTP client's own log: (method, path, status, body length)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str, int, int]] = []

    def emit(self, line: logging.LogRecord) -> None:
        if found := REQUEST.search(line.getMessage()):
            length = int(found["length"]) if found["length"].isdigit() else 0
            self.seen.append((found["method"], found["path"], int(found["status"]), length))

    @property
    def prefixes(self) -> list[str]:
        return [parse_qs(urlsplit(path).query).get("prefix", [""])[0] for _, path, _, _ in self.seen]


@pytest.fixture
def requests() -> Iterator[Requests]:
    handler, logger = Requests(), logging.getLogger("urllib3.connectionpool")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


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


# ------------------------------------------------------------------ reading


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
    reading = GrowingReading(live, properties.size, properties.etag.strip('"'), range_size=20_000)
    part = reading.read_new(None)
    assert part is not None
    assert reading.minutes == 4  # it did grow, each time between two ranges
    assert part.data == live.download_blob().readall()
    assert part.data.count(b'"time"') == 5


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


def test_a_blob_replaced_between_the_ranges_of_one_read_is_read_from_its_start(live: BlobClient) -> None:
    append_minute(live, [record(0, 50_000)])
    properties = live.get_blob_properties()
    part = ReplacedReading(live, properties.size, properties.etag.strip('"'), range_size=20_000).read_new(None)
    assert part is not None
    assert part.data == live.download_blob().readall()
    assert part.data.startswith(b'{"records":[' + record(9)[:20])


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
    part = source.read(blob, None)
    assert part is not None
    assert part.data == content
    assert max(length for *_, length in requests.seen) <= 8 << 20


# ------------------------------------------------------------------ listing


def test_a_window_asks_only_for_its_own_hours(
    source: BlobStorageSource, account: BlobServiceClient, requests: Requests
) -> None:
    for log, container in ((NSG_LOG, NSG_CONTAINER), (VNET_LOG_SHORT, VNET_CONTAINER), (VNET_LOG_LONG, VNET_CONTAINER)):
        for day in (22, 23, 24):
            for hour in range(0, 24, 2):
                account.get_blob_client(container, hour_path(log, day, hour)).upload_blob(b'{"records":[]}')
    account.get_blob_client(VNET_CONTAINER, "notes/readme.txt").upload_blob(b"x")
    account.get_blob_client(VNET_CONTAINER, "export.json").upload_blob(b"x")

    requests.seen.clear()
    since, until = datetime(2026, 11, 23, 20, 30, tzinfo=UTC), datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    blobs = list(source.blobs(since, until))
    hours = [(blob.resource, f"{blob.hour:%d %H}") for blob in blobs if blob.hour]
    wanted = ["23 20", "23 22", "24 00", "24 02"]
    assert sorted(hours) == sorted(
        (log, hour) for log in ("WEB-NSG", "SPOKE-FLOWLOG", "NETWORKWATCHER_WESTEUROPE_HUB-FLOWLOG") for hour in wanted
    )
    assert [blob.location for blob in blobs if not blob.hour] == [f"{VNET_CONTAINER}/export.json"]
    assert [blob.location for blob in blobs] == sorted(blob.location for blob in blobs)
    asked_hours = {found[0] for prefix in requests.prefixes if (found := re.findall(r"d=(\d\d/h=\d\d)", prefix))}
    assert asked_hours == {"23/h=20", "23/h=22", "24/h=00", "24/h=02"}
    assert not any("d=22" in prefix for prefix in requests.prefixes)
    # per log: the levels above y=, then y=, m=, two days, four hours; and the top of both containers and notes/
    depth = {NSG_LOG: 9, VNET_LOG_SHORT: 3, VNET_LOG_LONG: 11}
    shared = 1  # both VNet logs lie below one flowLogResourceID=/
    assert len(requests.seen) == sum(depth.values()) - shared + 3 * (1 + 1 + 2 + 4) + 3


def test_whole_days_are_listed_in_one_go(
    source: BlobStorageSource, account: BlobServiceClient, requests: Requests
) -> None:
    for day in (22, 23, 24):
        for hour in range(24):
            account.get_blob_client(NSG_CONTAINER, hour_path(NSG_LOG, day, hour)).upload_blob(b"x")
    requests.seen.clear()
    assert len(list(source.blobs(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)))) == 24
    assert sum("d=23" in prefix for prefix in requests.prefixes) == 1
    assert not any("d=24" in prefix for prefix in requests.prefixes)
    requests.seen.clear()
    assert len(list(source.blobs())) == 72
    assert not any("/m=" in prefix for prefix in requests.prefixes)


def test_the_listing_tells_what_is_there_before_downloading(
    source: BlobStorageSource, account: BlobServiceClient, requests: Requests
) -> None:
    for hour in (3, 4, 9):
        account.get_blob_client(VNET_CONTAINER, hour_path(VNET_LOG_LONG, 24, hour)).upload_blob(b"x" * 10)
    account.delete_container(NSG_CONTAINER)
    requests.seen.clear()
    assert source.containers() == [FoundContainer(VNET_CONTAINER, "VNet")]
    (log,) = source.overview()
    assert (log.container, log.log_kind, log.resource) == (VNET_CONTAINER, "VNet", "SPOKE-FLOWLOG")
    assert (log.blobs, log.hours, log.bytes) == (3, 3, 30)
    assert (log.first, log.last) == (datetime(2026, 11, 24, 3, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert all("comp=list" in path for _, path, _, _ in requests.seen)


def test_any_container_can_be_named_and_a_url_may_name_a_folder(emulator: Emulator, account: BlobServiceClient) -> None:
    account.create_container("old-logs")
    for hour in (1, 2):
        account.get_blob_client("old-logs", "copy/" + hour_path(NSG_LOG, 24, hour)).upload_blob(b"x")
    named = BlobStorageSource.from_connection_string(emulator.connection_string, containers=["old-logs"])
    blobs = list(named.blobs())
    assert [blob.name for blob in blobs] == [hour_path(NSG_LOG, 24, 1), hour_path(NSG_LOG, 24, 2)]
    assert list(open_source(f"{emulator.url}/old-logs").blobs()) == blobs
    assert list(open_source(f"{emulator.url}/old-logs/copy/{hour_path(NSG_LOG, 24, 2)}").blobs()) == blobs[1:]
    part = named.read(blobs[0], None)
    assert part is not None
    assert part.data == b"x"


def test_missing_containers_say_what_to_check(emulator: Emulator, account: BlobServiceClient) -> None:
    for name in (NSG_CONTAINER, VNET_CONTAINER):
        account.delete_container(name)
    source = open_source(emulator.connection_string)
    with pytest.raises(SourceMissing, match="Flow logging is not enabled"):
        list(source.blobs())
    with pytest.raises(SourceMissing, match="Flow logging is not enabled"):
        BlobStorageSource.from_connection_string(emulator.connection_string).containers()
    with pytest.raises(SourceMissing, match="no container nothing-here"):
        list(open_source(emulator.connection_string, containers=["nothing-here"]).blobs())


# ------------------------------------------------------------------ credentials


def make_sas(hours: int, permission: str = "rl", key: str = KEY) -> str:
    return str(
        generate_container_sas(
            ACCOUNT,
            NSG_CONTAINER,
            account_key=key,
            permission=ContainerSasPermissions.from_string(permission),
            expiry=datetime.now(UTC) + timedelta(hours=hours),
        )
    )


def test_a_container_url_with_a_sas_reads(emulator: Emulator, live: BlobClient) -> None:
    append_minute(live, [record(0)])
    source = open_source(f"{emulator.url}/{NSG_CONTAINER}?{make_sas(1)}")
    (blob,) = source.blobs()
    part = source.read(blob, None)
    assert part is not None
    assert part.data == live.download_blob().readall()


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
    assert "SAS is valid, but may not read container" in refusal(f"{emulator.url}?{make_sas(1, 'r')}")


def test_a_wrong_name_or_port_fails_in_seconds() -> None:
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match="not known to DNS"):
        list(open_source("https://nsgflow-no-such-account.invalid", credential=KEY).blobs())
    with pytest.raises(SourceUnreachable, match="Nothing answers"):
        list(open_source(f"http://127.0.0.1:{free_port()}/{ACCOUNT}").blobs())
    assert time.monotonic() - started < 40  # not the minutes of the SDK
