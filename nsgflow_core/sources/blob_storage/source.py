"""An Azure storage account: the flow-log containers, walked by hour, and only the new bytes of each blob.

Roles: Storage Blob Data Reader on the account or the container. Nothing is ever written to the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

from azure.storage.blob import BlobPrefix, BlobProperties

from nsgflow_core.credentials import TypedBy
from nsgflow_core.errors import SourceMissing, SourceSignIn
from nsgflow_core.sources.base import (
    CONTAINERS,
    SETTLES_AFTER,
    BlobInfo,
    Cursor,
    LogOverview,
    Place,
    describe_path,
    log_kind_of,
    overlaps,
    summarize_logs,
)
from nsgflow_core.sources.blob_storage import foreign_logs
from nsgflow_core.sources.blob_storage.address import (
    Address,
    chosen_containers,
    read_connection_string,
    read_environment,
    read_url,
)
from nsgflow_core.sources.blob_storage.connecting import connect_to_read
from nsgflow_core.sources.blob_storage.errors import Request, ask_listing
from nsgflow_core.sources.blob_storage.hour_prefixes import may_hold
from nsgflow_core.sources.blob_storage.listing import Budget, entries_of
from nsgflow_core.sources.blob_storage.reading import BlobReading
from nsgflow_core.sources.cancelling import cancel_asked, refuse_cancelled
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.left_out import (
    IS_TABLE,
    PARQUET,
    Listing,
    count_reasons,
    is_log,
    is_table,
    why_left_out,
)

_LISTERS = 8
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """A container that is there and may be listed."""

    name: str
    log_kind: str
    """NSG or VNet; "" for a container of another name."""


class BlobStorageSource:
    """The flow logs of one storage account. Safe to use from several threads."""

    def __init__(self, address: Address, *, containers: Sequence[str] | None = None) -> None:
        """Take an address (see `from_url`, `from_connection_string`, `from_environment`); nothing is asked yet."""
        self._address = address
        self._named = bool(containers or address.container)
        self._containers = chosen_containers(address, containers, CONTAINERS)
        self._service, self._direct = connect_to_read(address)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        credential: object | None = None,
        containers: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        reach: TypedBy = TypedBy.OWN,
    ) -> BlobStorageSource:
        """An account or container URL, with a SAS in it or a credential beside it (key, SAS, azure-identity).

        `environment` is the command line's, `reach` says who can have typed it: see `read_url`.
        """
        return cls(read_url(url, credential, environment, reach=reach), containers=containers)

    @classmethod
    def from_connection_string(
        cls,
        text: str,
        *,
        credential: object | None = None,
        containers: Sequence[str] | None = None,
        reach: TypedBy = TypedBy.OWN,
    ) -> BlobStorageSource:
        """A connection string, also of an emulator."""
        return cls(read_connection_string(text, credential, reach=reach), containers=containers)

    @classmethod
    def from_environment(
        cls, *, credential: object | None = None, containers: Sequence[str] | None = None
    ) -> BlobStorageSource:
        """The account that the Azure CLI's environment variables name."""
        address, _ = read_environment(credential)
        return cls(address, containers=containers)

    def __repr__(self) -> str:
        return f"BlobStorageSource({self._address.account_url!r}, containers={self._containers!r})"

    @property
    def name(self) -> str:
        """Short words for people."""
        one = f", container {self._containers[0]}" if len(self._containers) == 1 else ""
        return f"Storage account {self._address.account}{one}"

    @property
    def place(self) -> Place:
        """The URL of the account, container or folder, without a query."""
        folders = [self._address.container, self._address.prefix] if self._address.container else []
        url = "/".join([self._address.account_url, *(quote(each) for each in folders if each)])
        return Place(url, tuple(self._containers) if self._named and not folders else ())

    @property
    def settles_after(self) -> timedelta:
        """See SETTLES_AFTER."""
        return SETTLES_AFTER

    def containers(self) -> list[FoundContainer]:
        """Those of the chosen containers that are there; asks one blob of each. Raises SourceMissing for none."""
        with ThreadPoolExecutor(len(self._containers)) as pool:
            there = list(pool.map(self._is_there, self._containers))
        found = [name for name, is_there in zip(self._containers, there, strict=True) if is_there]
        if not found:
            raise self._no_container()
        return [FoundContainer(name, log_kind_of(BlobInfo("", "", 0, "", name))) for name in found]

    def blobs(self, since: datetime | None = None, until: datetime | None = None) -> Listing:
        """The blobs whose hour overlaps [since, until), and those whose path tells no hour; sorted by location.

        Lists folder by folder, entering only those that can hold the window; folders that lie within it are listed in
        one go, several at a time.
        """
        whole = _Level()
        present = set()
        budget = Budget(cancel_asked())
        pool = ThreadPoolExecutor(_LISTERS, thread_name_prefix="nsgflow-list")
        try:
            waiting: dict[Future[_Level | None], str] = {
                pool.submit(self._list, container, self._start(container), since, until, budget): container
                for container in self._containers
            }
            while waiting:
                done, _ = wait(waiting, _LOOK_SECONDS, return_when=FIRST_COMPLETED)
                refuse_cancelled(budget.is_cancelled)
                for future in done:
                    container = waiting.pop(future)
                    level = future.result()
                    if level is None:
                        continue
                    present.add(container)
                    whole.blobs.extend(level.blobs)
                    whole.left_out.extend(level.left_out)
                    whole.tables.extend(level.tables)
                    for folder in level.folders:
                        waiting[pool.submit(self._list, container, folder, since, until, budget)] = container
        finally:  # threads that still list are not waited for: they end by themselves, as cancelled work does
            budget.is_over.set()
            pool.shutdown(wait=False, cancel_futures=True)
        if not present:
            raise self._no_container()
        logs, tables = (tuple(sorted(each, key=lambda blob: blob.location)) for each in (whole.blobs, whole.tables))
        flows = tuple(each for each in tables if each.location.endswith(PARQUET))
        left_out = [*whole.left_out, *(IS_TABLE for _ in flows if logs)]
        return Listing(logs or flows, count_reasons(left_out), tables)

    def overview(self, since: datetime | None = None, until: datetime | None = None) -> list[LogOverview]:
        """What is there, per container and log, from the listing alone."""
        return summarize_logs(self.blobs(since, until))

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        """What is new in a blob since the cursor; None, without a request, when its ETag is still the same.

        Of a large one the first part; the others raise the same errors.
        """
        if cursor and cursor.etag == blob.etag:
            return None
        self._refuse_expired()
        name = blob.location.removeprefix(blob.container + "/")
        asked = self._asked(blob.container, name)
        reading = BlobReading(
            lambda: self._service.get_blob_client(blob.container, name),
            blob.size,
            blob.etag,
            is_cancelled=cancel_asked(),
            ask=lambda call: ask_listing(call, asked),
            direct=partial(self._direct.get, f"{blob.container}/{name}"),
        )
        return ask_listing(lambda: reading.read_new(cursor), asked)

    def _list(
        self, container: str, folder: str, since: datetime | None, until: datetime | None, budget: Budget
    ) -> _Level | None:
        """One folder of a container; None when one of the standard containers is not there."""
        self._refuse_expired()
        client = self._service.get_container_client(container)
        try:
            entries = ask_listing(lambda: entries_of(client, folder, since, until, budget), self._asked(container))
        except SourceMissing:
            if self._named:
                raise
            return None
        level = _Level()
        for entry in entries:
            if not isinstance(entry, BlobPrefix):
                self._sort_in(level, container, entry, since, until)
            elif may_hold(entry.name, since, until):
                level.folders.append(entry.name)
        return level

    def _sort_in(
        self, level: _Level, container: str, entry: BlobProperties, since: datetime | None, until: datetime | None
    ) -> None:
        """One blob, as what it is by its name."""
        is_named = entry.name == self._address.prefix
        if is_table(entry.name):
            found = level.tables
        elif not is_named and (why_not := why_left_out(f"{container}/{entry.name}")):
            if may_hold(entry.name.rpartition("/")[0], since, until):
                level.left_out.append(why_not)
            return
        elif is_named or is_log(entry.name):
            found = level.blobs
        else:
            return
        blob = self._describe(container, entry)
        if overlaps(blob.hour, since, until) and may_hold(entry.name.rpartition("/")[0], since, until):
            found.append(blob)

    def _describe(self, container: str, entry: BlobProperties) -> BlobInfo:
        """A listed blob; its identity has the account in it only when the path does not fit the documented forms."""
        location = f"{container}/{entry.name}"
        name, resource, mac, hour = describe_path(f"{self._address.account}/{location}")
        etag, account = entry.etag.strip('"'), self._address.account
        return BlobInfo(name, location, entry.size, etag, container, resource, mac, hour, account)

    def _start(self, container: str) -> str:
        """Where the walk begins: the folder that the URL named, else the top."""
        return self._address.prefix if container == self._address.container else ""

    def _is_there(self, container: str) -> bool:
        self._refuse_expired()
        client = self._service.get_container_client(container)
        try:
            ask_listing(lambda: next(client.list_blobs(results_per_page=1).by_page()), self._asked(container))
        except SourceMissing:
            return False
        return True

    def _no_container(self) -> SourceMissing:
        return SourceMissing(
            f"Storage account {self._address.account} has no container {' or '.join(self._containers)}.",
            "Flow logging is not enabled, or it writes to another account: see Network Watcher, Flow logs.",
        )

    def _asked(self, container: str, blob: str = "") -> Request:
        address = self._address
        return Request(address.account, container, blob, address.credential_words, is_quiet=address.is_quiet)

    def _refuse_expired(self) -> None:
        """An expired SAS is answered with the same code as a wrong one: say which it is."""
        expires = self._address.sas_expires
        if expires and expires <= datetime.now(UTC):
            raise SourceSignIn(
                f"The SAS for storage account {self._address.account} expired at {expires:%Y-%m-%dT%H:%M:%SZ}.",
                "Create a new SAS for the Blob service, with Read and List, resource types Container and Object.",
            )


@dataclass(frozen=True, slots=True)
class _Level:
    """What one folder holds: blobs, folders that may hold more of the window, and why other files are left out."""

    blobs: list[BlobInfo] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    tables: list[BlobInfo] = field(default_factory=list)


foreign_logs.hold_back()
