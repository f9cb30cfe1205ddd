"""A blob's new bytes -> readings that can be stored one by one, each with the cursor that goes with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nsgflow_core.formats import FLOW_SCHEMA, LargeRecord, ParsedPart, parse
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.local.ledger import Reading

UNFINISHED = ""
"""The ETag of a cursor within a blob: no blob has it, so the next import goes on from there, grown or not."""
_FRAME = re.compile(rb'(?:\xef\xbb\xbf)?\s*+(?:\{\s*+"records"\s*+:\s*+\[\s*+)?+(?:\]\s*+\}?+\s*+)?+', re.IGNORECASE)


@dataclass
class Steps:
    """One blob's new bytes, parsed step by step. Iterating raises whatever the parser does."""

    blob: BlobInfo
    part: BlobPart
    started: Cursor | None
    """The ledger's cursor of this blob."""
    is_cancelled: IsCancelled
    is_incomplete: bool = False
    """True, in the end, when the bytes end in the middle of a record."""

    def __iter__(self) -> Iterator[tuple[Reading, tuple[LargeRecord, ...]]]:
        """Readings in order; the last alone has the blob's ETag, so that no end is taken for read that was not."""
        part, held = self.part, None
        self._replaces, self._fetched = part.offset == 0, len(part.data)
        try:
            for parsed in parse(memoryview(part.data), at_start=part.offset == 0, cancelled=self.is_cancelled):
                if held:
                    yield self._step(held, UNFINISHED)
                held = parsed
        except Exception:
            if held:
                yield self._step(held, UNFINISHED)
            raise
        # Without a whole record in it, the ETag is remembered all the same: it is not read again for nothing.
        held = held or ParsedPart(FLOW_SCHEMA.empty_table(), 0)
        self.is_incomplete = not _FRAME.fullmatch(part.data, held.consumed)
        yield self._step(held, part.etag)

    def _step(self, parsed: ParsedPart, etag: str) -> tuple[Reading, tuple[LargeRecord, ...]]:
        end = self.part.offset + parsed.consumed
        cursor = Cursor(etag, end, self.part.fingerprint(end))
        reading = Reading(self.blob, parsed.flows, cursor, self.started, self._replaces, self._fetched, parsed.rejected)
        self.started, self._replaces, self._fetched = cursor, False, 0
        places = tuple(LargeRecord(self.part.offset + each.start, each.size) for each in parsed.too_large)
        return reading, places
