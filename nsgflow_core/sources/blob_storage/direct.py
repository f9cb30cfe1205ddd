"""One range of a blob by one request, without the ten layers that the Azure client puts around each.

It knows one answer: these very bytes of this very version. Whatever else comes - a refusal, another version, a
redirect, other bytes, a broken connection - is nothing here, and the client asks for them again: tries, challenges and
what is said of failures are its own. So it is the client that asks first, and after whatever was nothing, until it got
what it asked for. The sign-in of a request is that of azure-core and azure-storage-blob.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from azure.core.credentials import AzureSasCredential
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.policies import AzureSasCredentialPolicy, BearerTokenCredentialPolicy
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob import BlobServiceClient

from nsgflow_core.credentials import ScopedCredential
from nsgflow_core.credentials.transport import Reply
from nsgflow_core.sources.blob_storage.address import Address
from nsgflow_core.sources.blob_storage.stalls import Watch, Watched, answers_range

MOST_BYTES = 8 << 20
"""Of one range; the client fetches larger ones in pieces, two at a time."""


class DirectRanges:
    """Ranges of the blobs of one account. Safe to use from several threads."""

    def __init__(self, service: BlobServiceClient, address: Address, transport: Watched) -> None:
        """`service` is the client of the address, made with the transport."""
        self._url = address.account_url
        self._version = service.api_version
        self._sign_in = _sign_in(service, address.credential)
        self._transport = transport
        self._is_trusted = False
        """True after the client got bytes, until an answer is nothing."""

    def get(self, blob: str, start: int, end: int, etag: str, watch: Watch, by_client: Callable[[], bytes]) -> bytes:
        """The bytes [start, end) of the blob's version, `by_client` where the direct way is not for them.

        `blob` is CONTAINER/NAME. Raises Cancelled, azure-core errors where there is nothing to sign in with, and what
        `by_client` does.
        """
        if self._is_trusted and end - start <= MOST_BYTES:
            request = self._signed(blob, f"bytes={start}-{end - 1}", etag)
            answer = self._transport.fetch(request.url, request.headers, end - start, watch)
            if answer is not None and _is_asked(answer, start, end, etag):
                return answer.body
            self._is_trusted = False
        content = by_client()
        self._is_trusted = True
        return content

    def _signed(self, blob: str, asked: str, etag: str) -> HttpRequest:
        headers = {
            "User-Agent": "nsgflow",
            "Accept-Encoding": "identity",
            "If-Match": f'"{etag}"',
            "x-ms-date": formatdate(usegmt=True),
            "x-ms-range": asked,
            "x-ms-version": self._version,
        }
        request = HttpRequest("GET", f"{self._url}/{quote(blob, safe='~/')}", headers=headers)
        self._sign_in.on_request(PipelineRequest(request, PipelineContext(None)))
        return request


def _is_asked(answer: Reply, start: int, end: int, etag: str) -> bool:
    """True when it is these bytes of this version, by all that it says."""
    said = answer.headers
    return (
        answer.status == 206
        and answers_range(f"bytes={start}-{end - 1}", said.get("Content-Range", ""))
        and said.get("Content-Length") == str(end - start) == str(len(answer.body))
        and said.get("ETag", "").strip('"') == etag
    )


def _sign_in(service: BlobServiceClient, credential: object) -> Any:
    """The policy that signs a request; that of an account key is made by the storage client."""
    if isinstance(credential, AzureSasCredential):
        return AzureSasCredentialPolicy(credential)
    if isinstance(credential, ScopedCredential):
        return BearerTokenCredentialPolicy(credential, credential.scope)
    return service.credential
