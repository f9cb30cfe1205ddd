"""What a storage account's listing tells, and how few requests it takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from azure.storage.blob import BlobServiceClient

from nsgflow_core.errors import SourceMissing
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.sources.blob_storage.source import BlobStorageSource, FoundContainer
from tests.parts.azurite import (
    NSG_LOG,
    Emulator,
    Requests,
    hour_path,
)

VNET_LOG_SHORT = "flowLogResourceID=/S1_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_HUB-FLOWLOG"
VNET_LOG_LONG = (
    "flowLogResourceID=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK"
    "/NETWORKWATCHERS/NETWORKWATCHER_WESTEUROPE/FLOWLOGS/SPOKE-FLOWLOG"
)


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
