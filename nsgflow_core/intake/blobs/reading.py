"""One blob's new bytes on their way into the store: how far they were taken in, and the cursors that go with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor
from nsgflow_core.stores.local.ledger import Advance

UNFINISHED = ""
"""The ETag of a cursor within a blob: no blob has it, so the next import goes on from there, grown or not."""
_HEAD = rb'\{\s*+"records"\s*+:\s*+\[\s*+'
_FRAME = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:\[\s*+)?+(?:" + _HEAD + rb")?+(?:(?:,\s*+)?+\][^{\[]*+)?+"
    rb"(?:" + _HEAD + rb"\][^{\[]*+)*+(?:" + _HEAD + rb")?+",
    re.IGNORECASE,
)
"""What may be left over where a blob is whole, lists of no record in a row too; neither a comma that the list's end
follows nor a key behind the list promises a record."""


@dataclass
class ReadBlob:
    """A blob that is read. Its part is let go as soon as it is finished."""

    blob: BlobInfo
    part: BlobPart | None
    started: Cursor | None
    """The ledger's cursor of this blob, once what was handed over before is stored."""
    end: int = 0
    """So far the blob was taken in, counted from its start."""
    tuples: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Both over all that was handed over."""
    is_broken: bool = False
    """True when something went wrong, so that it may not be whole."""
    is_lost: bool = False
    """True when what was taken in since it was last handed over cannot be stored."""

    def __post_init__(self) -> None:
        if self.part is None:
            raise ValueError("a reading begins with bytes")
        self.end = self._handed_over = self.part.offset
        self._replaces, self._fetched = self.end == 0, len(self.part.data)
        self._cursor = Cursor(UNFINISHED, self.end, "")

    @property
    def is_finished(self) -> bool:
        """True once nothing more of it will be taken in."""
        return self.part is None

    @property
    def has_news(self) -> bool:
        """True when something is to be handed over."""
        return self.is_finished or self.has_begun

    @property
    def has_begun(self) -> bool:
        """True when something of it was taken in that is not handed over."""
        return self.end > self._handed_over

    def follow(self) -> int:
        """Go on to the part that follows; how many bytes are new in it."""
        before = self.part
        if before is None:
            raise ValueError("the part was let go")
        self.part = before.following(self.end)
        new = self.part.offset + len(self.part.data) - before.offset - len(before.data)
        self._fetched += new
        return new

    def mark(self, etag: str = UNFINISHED) -> None:
        """What was taken in so far is to be handed over."""
        if self.part is not None:
            self._cursor = Cursor(etag, self.end, self.part.fingerprint(self.end))

    def finish(self) -> bool:
        """All was taken in; True when the bytes end in the middle of a record.

        The last cursor alone has the blob's ETag, so that no end is taken for read that was not.
        """
        if self.part is None:
            return False
        self.mark(self.part.etag)
        is_incomplete = not _FRAME.fullmatch(self.part.data, self.end - self.part.offset)
        self.part = None
        return is_incomplete

    def break_off(self) -> None:
        """No more can be taken in: the next import goes on from here, or from before it when that cannot be told."""
        self.is_broken = True
        try:
            self.mark()
        except Exception:
            self.is_lost = True
        self.part = None

    def hand_over(self, tuples: int, rejected: Mapping[str, int]) -> Advance:
        """How far it got up to the mark, with what was found since the last time."""
        advance = Advance(self.blob, self._cursor, self.started, self._replaces, self._fetched, rejected)
        self.started, self._replaces, self._fetched, self._handed_over = self._cursor, False, 0, self.end
        self.tuples += tuples
        if rejected:
            self.rejected = Counter(self.rejected) + Counter(rejected)
        return advance


def is_as_known(blob: BlobInfo, cursor: Cursor | None) -> bool:
    """True when the listing says that a blob is as it was when it was read."""
    return cursor is not None and blob.etag == cursor.etag != UNFINISHED
