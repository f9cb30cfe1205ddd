"""Files put into a container of a storage account, below the folder that its URL names: each whole or not at all.

A blob that is uploaded takes the place of the one before when its last byte is there (Microsoft Learn, "Put Blob").
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from nsgflow_core.credentials import TypedBy
from nsgflow_core.errors import InputError, SourceDenied, SourceMissing
from nsgflow_core.sources.blob_storage.address import Address, read_url
from nsgflow_core.sources.blob_storage.connecting import connect
from nsgflow_core.sources.blob_storage.errors import Request, ask, ask_listing

T = TypeVar("T")
_MAY_WRITE = (
    "Writing needs the role Storage Blob Data Contributor on the container, or a SAS with Read, Create, Write and List."
)


class ContainerFolder:
    """A container, or a folder of one, that an export is written to. The container must be there."""

    def __init__(self, address: Address) -> None:
        """Raises InputError for an address without a container."""
        if not address.container:
            raise InputError(
                f"{address.account_url} names no container.", "Write it behind: https://ACCOUNT.blob.../CONTAINER."
            )
        self._address = address
        self._client = connect(address).get_container_client(address.container)
        self._start = f"{address.prefix.strip('/')}/" if address.prefix.strip("/") else ""

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        credential: object | None = None,
        environment: Mapping[str, str] | None = None,
        reach: TypedBy = TypedBy.OWN,
    ) -> ContainerFolder:
        """A container's URL, as an import takes it: with a SAS in it, a credential beside it, or the environment's."""
        return cls(read_url(url if "://" in url else f"https://{url}", credential, environment, reach=reach))

    @property
    def words(self) -> str:
        """Account, container and folder."""
        return "/".join(filter(None, (self._address.account_url, self._address.container, self._start.rstrip("/"))))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Raises SourceError, in words of who may write."""
        try:
            yield
        except SourceDenied as error:
            raise SourceDenied(error.message, _MAY_WRITE) from None

    def names(self) -> frozenset[str]:
        """Of every blob below the folder, but for hidden ones."""
        listed = self._listed(lambda: [each.name for each in self._client.list_blobs(name_starts_with=self._start)])
        below = (name.removeprefix(self._start) for name in listed)
        return frozenset(name for name in below if name and not name.startswith("."))

    def kept(self, name: str) -> bytes | None:
        """What a blob holds; None where there is none."""
        try:
            return self._asked(lambda: self._client.download_blob(self._start + name).readall(), name)
        except SourceMissing:
            return None

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> int:
        """Uploaded once it is written whole, in memory: an hour has some MB."""
        written = io.BytesIO()
        write(written)
        content = written.getvalue()
        self._asked(lambda: self._client.upload_blob(self._start + name, content, overwrite=True), name)
        return len(content)

    def _asked(self, call: Callable[[], T], name: str) -> T:
        return ask(call, self._request(self._start + name))

    def _listed(self, call: Callable[[], T]) -> T:
        return ask_listing(call, self._request())

    def _request(self, blob: str = "") -> Request:
        address = self._address
        return Request(address.account, address.container, blob, address.credential_words, is_quiet=address.is_quiet)
