"""The client of one account: to its host alone, with connections that stay open, and an end to every wait."""

from __future__ import annotations

from typing import Any

from azure.storage.blob import BlobServiceClient, ExponentialRetry

from nsgflow_core.credentials.transport import OneHostTransport
from nsgflow_core.errors import SourceMissing
from nsgflow_core.sources.blob_storage.address import Address
from nsgflow_core.sources.blob_storage.direct import MOST_BYTES, DirectRanges
from nsgflow_core.sources.blob_storage.stalls import PIECE, STALL_SECONDS, Watched

_CONNECTIONS = 64
"""That stay open: each of `intake.blobs.fetching.MOST_READERS` fetches a large blob's pieces two at a time."""
_RETRIES: dict[str, Any] = {
    "initial_backoff": 0,
    "increment_base": 2,
    "random_jitter_range": 1,
    "retry_total": 3,
    "retry_connect": 1,
}
"""Four tries at most, in about ten seconds where the account answers at once."""


def connect(address: Address) -> BlobServiceClient:
    """A client that asks this account's host alone and follows no redirect.

    It gives up in seconds on a wrong name or a silent connection, and after four tries on any account.
    """
    return _client(address, _transport(address))


def connect_to_read(address: Address) -> tuple[BlobServiceClient, DirectRanges]:
    """The same, and beside it what fetches ranges by its connections."""
    transport = _transport(address)
    client = _client(address, transport)
    return client, DirectRanges(client, address, transport)


def _transport(address: Address) -> Watched:
    return Watched(
        OneHostTransport(
            address.endpoint,
            connections=_CONNECTIONS,
            connection_timeout=5,
            read_timeout=STALL_SECONDS,
            connection_data_block_size=PIECE,
        )
    )


def _client(address: Address, transport: Watched) -> BlobServiceClient:
    try:
        return BlobServiceClient(
            address.account_url,
            credential=address.credential,
            transport=transport,
            permit_redirects=False,
            retry_policy=ExponentialRetry(**_RETRIES),
            max_single_get_size=MOST_BYTES,
            max_chunk_get_size=MOST_BYTES,
        )
    except (ValueError, TypeError):
        pass
    raise SourceMissing(f"{address.account_url} is no storage account.", "Copy the Blob service URL from the portal.")
