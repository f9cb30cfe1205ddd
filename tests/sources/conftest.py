"""A storage account in the emulator, with a blob that grows, and what goes over the wire."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from azure.storage.blob import BlobClient, BlobServiceClient

from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from tests.parts.azurite import (
    NSG_LOG,
    Emulator,
    Requests,
    hour_path,
    run_azurite,
    start_blob,
)


@pytest.fixture(scope="session")
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


@pytest.fixture
def requests() -> Iterator[Requests]:
    handler, logger = Requests(), logging.getLogger("urllib3.connectionpool")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)
