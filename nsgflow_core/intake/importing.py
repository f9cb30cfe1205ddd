"""Source -> format -> store: read what is new, batch by batch, with progress and cancel."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from nsgflow_core.errors import FormatError, SourceError, SourceMissing
from nsgflow_core.formats import FLOW_SCHEMA, parse
from nsgflow_core.intake.fetching import fetched
from nsgflow_core.intake.report import Failure, ImportReport, Progress
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, Source
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore

BATCH_TUPLES = 1_000_000
BATCH_BYTES = 64 << 20
"""A commit is due when either is gathered: large enough to be fast, small enough for memory."""
_log = logging.getLogger("nsgflow")


def import_flows(
    source: Source,
    store: LocalStore,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportReport:
    """Bring what is new in a source into the store: blobs whose hour overlaps [since, until).

    A blob that cannot be read is a Failure, and the rest goes on. Cancelling or dying at any moment leaves a store
    in which every blob's rows match its cursor; the next run goes on from there. Raises SourceError when the source
    cannot be listed or holds no flow log at all, StoreError when the store cannot be written.
    """
    blobs = list(source.blobs(since, until))
    if not blobs and not (since or until):
        raise SourceMissing(f"No flow log in {source.name}.", "Check the folder, account or container.")
    started = time.monotonic()
    report = _Import(source, store, blobs, on_progress, cancelled or (lambda: False)).run()
    _log.info(
        "import of %s into %s: %d of %d blobs, %d failed, %d bytes, %d tuples, %d rejected in %.2f s",
        source.name, store.name, report.blobs_read, report.blobs_seen, report.blobs_failed, report.bytes_read,
        report.tuples, report.rejected, time.monotonic() - started,
    )  # fmt: skip
    return report


@dataclass
class _Import:
    """One run: a few blobs are fetched ahead while this thread parses and stores."""

    source: Source
    store: LocalStore
    blobs: list[BlobInfo]
    on_progress: Callable[[Progress], None] | None
    cancelled: Callable[[], bool]
    report: ImportReport = field(default_factory=ImportReport)
    batch: list[Reading] = field(default_factory=list)

    def run(self) -> ImportReport:
        """Read, parse and store all blobs."""
        self.report.blobs_seen = len(self.blobs)
        self._started = time.monotonic()
        self._bytes_total = sum(blob.size for blob in self.blobs)
        self._bytes_done = self._blobs_done = self._parsed = 0
        self._waiting_tuples = self._waiting_bytes = 0
        self._cursors = self.store.cursors()
        self._tell()
        for blob, part in fetched(self.source, self.blobs, self._cursors):
            if isinstance(part, SourceError):
                self._fail(blob, str(part))
            elif part is not None:
                self._take(blob, part)
            self._bytes_done += blob.size
            self._blobs_done += 1
            self._tell()
            if self.cancelled():
                self.report.cancelled = True
                break
        self._commit()
        self._tell()
        return self.report

    def _take(self, blob: BlobInfo, part: BlobPart) -> None:
        """Parse a blob's new bytes; its whole records join the batch, up to the last that could be read."""
        self.report.blobs_read += 1
        self.report.bytes_read += len(part.data)
        started = self._cursors.get(blob.name)
        replaces, fetched, consumed, is_whole = part.offset == 0, len(part.data), 0, True
        nothing = Cursor(part.etag, part.offset, part.fingerprint(part.offset))
        try:
            for parsed in parse(memoryview(part.data), at_start=part.offset == 0):
                consumed = parsed.consumed
                end = part.offset + consumed
                cursor = Cursor(part.etag, end, part.fingerprint(end))
                self._add(Reading(blob, parsed.flows, cursor, started, replaces, fetched, parsed.rejected))
                started, replaces, fetched = cursor, False, 0
                if self.cancelled():
                    return
        except FormatError as failure:
            self._fail(blob, str(failure))
            self.report.blobs_read -= 1
            is_whole = False
        if is_whole and fetched:  # no whole record in it, but its ETag is remembered: it is not read again for nothing
            self._add(Reading(blob, FLOW_SCHEMA.empty_table(), nothing, started, replaces, fetched))
        if is_whole and not _is_closed(part.data, consumed):
            self.report.incomplete += 1

    def _add(self, reading: Reading) -> None:
        self.batch.append(reading)
        self._parsed += len(reading.flows)
        self._tell()
        self._waiting_tuples += len(reading.flows)
        self._waiting_bytes += reading.flows.nbytes
        if self._waiting_tuples >= BATCH_TUPLES or self._waiting_bytes >= BATCH_BYTES:
            self._commit()

    def _commit(self) -> None:
        batch, self.batch = _joined(self.batch), []
        self._waiting_tuples = self._waiting_bytes = 0
        done = self.store.commit(batch)
        self.report.tuples += done.tuples
        self.report.rejected += done.rejected
        self.report.extend(done.first, done.last)
        for reading, is_stored in zip(batch, done.stored, strict=True):
            if is_stored:
                self.report.reasons = dict(Counter(self.report.reasons) + Counter(reading.rejected))

    def _fail(self, blob: BlobInfo, reason: str) -> None:
        self.report.blobs_failed += 1
        self.report.failures.append(Failure(blob.location, reason))

    def _tell(self) -> None:
        if self.on_progress is None:
            return
        self.on_progress(
            Progress(
                blobs_total=len(self.blobs),
                blobs_done=self._blobs_done,
                bytes_total=self._bytes_total,
                bytes_done=self._bytes_done,
                tuples=self._parsed,
                rejected=self.report.rejected,
                seconds=time.monotonic() - self._started,
            )
        )


def _joined(batch: Sequence[Reading]) -> list[Reading]:
    """One reading a blob: parts of the same blob follow each other, each from the cursor of the one before."""
    joined: dict[str, Reading] = {}
    for reading in batch:
        earlier = joined.get(reading.blob.name)
        joined[reading.blob.name] = reading if earlier is None else _and_then(earlier, reading)
    return list(joined.values())


def _and_then(earlier: Reading, later: Reading) -> Reading:
    return Reading(
        later.blob,
        pa.concat_tables([earlier.flows, later.flows]),
        later.cursor,
        earlier.started,
        earlier.replaces,
        earlier.bytes_read + later.bytes_read,
        dict(Counter(earlier.rejected) + Counter(later.rejected)),
    )


def _is_closed(content: bytes, consumed: int) -> bool:
    """True when nothing but the frame `{"records":[` and `]}` stands around the whole records."""
    rest = b"".join(content[consumed:].split())
    return rest in (b"", b"]", b"]}", b'{"records":[', b'{"records":[]}')
