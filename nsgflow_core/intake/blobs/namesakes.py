"""Which blob of the ledger a listed one is: one blob may lie in two places, and two blobs may have one name.

The name is the flow log, NIC and hour. A copy of the container has the same blobs, so they are read once. Yet a flow
log that begins to write to another account within an hour leaves a blob of that hour in each. What tells is how they
begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, in_any_case
from nsgflow_core.sources.fingerprint import BEGINNING, LEAST_NEWS, begins_alike, name_apart

_BEGINNING = re.compile(BEGINNING)


class Namesakes:
    """The blobs that the ledger knows, and those that this run meets."""

    def __init__(self, cursors: Mapping[str, Cursor]) -> None:
        """Of the ledger, by name."""
        self._cursors = cursors
        self._apart: dict[str, list[str]] = {}
        self._spelled = {in_any_case(name): name for name in cursors if not _BEGINNING.search(name)}
        for name in cursors:
            if found := _BEGINNING.search(name):
                self._apart.setdefault(name[: found.start()], []).append(name)
        self._met: dict[str, str] = {}

    def listed(self, blob: BlobInfo) -> BlobInfo:
        """A listed blob under the name that it got when it was read: where it lies, or in another case."""
        if blob.name not in self._cursors and (spelled := self._spelled.get(in_any_case(blob.name))):
            blob = replace(blob, name=spelled)
        known = (name for name in self._apart.get(blob.name, ()) if self._cursors[name].is_of(blob))
        name = next(known, "")
        return replace(blob, name=name) if name else blob

    def read(self, blob: BlobInfo, part: BlobPart) -> BlobInfo | None:
        """The blob of which these bytes are; None for an earlier copy of one that is known.

        What was rewritten where it lies is the same blob, and so is what an older ledger cannot tell.
        """
        found = self._told(blob, part)
        if found and self._met.setdefault(found.name, found.location) != found.location:
            found = replace(blob, name=name_apart(blob.name, part.data))
            if self._met.setdefault(found.name, found.location) != found.location:
                return None
        return found

    def _told(self, blob: BlobInfo, part: BlobPart) -> BlobInfo | None:
        known = self._cursors.get(blob.name)
        if part.offset or known is None or not known.offset or known.is_of(blob):
            return blob
        for name, cursor in self._known(blob.name):
            is_alike = begins_alike(cursor.fingerprint, part.data)
            if is_alike is None:
                return blob
            if is_alike:
                return replace(blob, name=name) if blob.size - cursor.offset >= LEAST_NEWS else None
        return replace(blob, name=name_apart(blob.name, part.data))

    def _known(self, name: str) -> Iterator[tuple[str, Cursor]]:
        for each in (name, *self._apart.get(name, ())):
            yield each, self._cursors[each]
