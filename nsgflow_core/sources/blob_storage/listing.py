"""One folder of a container, page by page, with an end: a server, or what answers in its place, may go on for ever.

Azure gives up to 5,000 entries a page and a marker for the next; it may give a page with few or none before it goes on
(Microsoft Learn, "List Blobs"), but not thousands of them in a row.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.storage.blob import BlobPrefix, BlobProperties, ContainerClient

from nsgflow_core.errors import SourceUnreachable
from nsgflow_core.sources.blob_storage.hour_prefixes import lies_within
from nsgflow_core.sources.blob_storage.stalls import Watch
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.words.numbers import counted

MOST_ENTRIES = 5_000_000
"""Blobs and folders of one listing, all containers together: 1,000 NICs for half a year, and some GB of memory."""
MOST_PAGES = 100_000
THIN_PAGE = 100
MOST_THIN_PAGES = 1_000
"""Pages in a row with fewer than THIN_PAGE entries."""
LONGEST_NAME = 1024
"""Characters of a blob's name (Microsoft Learn, "Naming and referencing containers, blobs, and metadata")."""


@dataclass
class Budget:
    """What one listing may still ask for; shared by the threads that list."""

    is_cancelled: IsCancelled
    pages: int = 0
    entries: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)
    """Set when the listing has ended, whichever way."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_to_end(self) -> bool:
        """True when threads that list need not go on."""
        return self.is_over.is_set() or self.is_cancelled()

    def spend(self, entries: int) -> None:
        """One page with so many entries. Raises SourceUnreachable over the limits."""
        with self._lock:
            self.pages += 1
            self.entries += entries
        if self.pages > MOST_PAGES or self.entries > MOST_ENTRIES:
            raise endless(f"it was given up after {self.pages:,} pages with {counted(self.entries, 'entry')}")


def endless(how: str) -> SourceUnreachable:
    """The error of a listing that does not end."""
    return SourceUnreachable(
        f"The list of blobs does not come to an end: {how}.",
        "A proxy may answer in the account's place. If there are so many blobs, choose a window or one container.",
    )


def entries_of(
    client: ContainerClient, folder: str, since: datetime | None, until: datetime | None, budget: Budget
) -> list[BlobPrefix | BlobProperties]:
    """A folder's entries one level down, or all of its blobs when its hours lie within the window."""
    with Watch(budget.is_to_end) as watch:
        pages: Any
        if lies_within(folder, since, until):
            pages = client.list_blobs(name_starts_with=folder, **watch.hooks).by_page()
        else:
            pages = client.walk_blobs(name_starts_with=folder, delimiter="/", **watch.hooks).by_page()
        found: list[BlobPrefix | BlobProperties] = []
        markers: set[str] = set()
        thin = 0
        for page in pages:
            entries = list(page)
            budget.spend(len(entries))
            if any(not _lies_below(folder, entry) for entry in entries):
                raise endless("it names things outside of the folder that was asked for")
            found += entries
            marker = pages.continuation_token
            if marker and marker in markers:
                raise endless("the same page is given again and again")
            markers.add(marker)
            thin = thin + 1 if len(entries) < THIN_PAGE else 0
            if thin > MOST_THIN_PAGES:
                raise endless(f"more than {MOST_THIN_PAGES:,} pages in a row hold hardly anything")
    return found


def _lies_below(folder: str, entry: BlobPrefix | BlobProperties) -> bool:
    """True for what Azure may list there; a folder below itself, or an endless path, would be walked for ever."""
    name = entry.name
    is_folder_itself = isinstance(entry, BlobPrefix) and name == folder
    return name.startswith(folder) and len(name) <= LONGEST_NAME and not is_folder_itself
