"""Source -> format -> store: read what is new, batch by batch, with progress and cancel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from nsgflow_core.errors import Cancelled, SourceMissing, SourceUnreachable
from nsgflow_core.formats import RECORD_LIMIT, LargeRecord
from nsgflow_core.intake import retiring
from nsgflow_core.intake.failures import reason_of
from nsgflow_core.intake.fetching import fetched
from nsgflow_core.intake.reading import Steps
from nsgflow_core.intake.report import Failure, ImportReport, Progress
from nsgflow_core.sources.base import BlobInfo, BlobPart, Source
from nsgflow_core.sources.cancelling import cancelled_by
from nsgflow_core.sources.left_out import describe_left_out
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible

BATCH_TUPLES = 1_000_000
BATCH_BYTES = 64 << 20
"""A commit is due when either is gathered: large enough to be fast, small enough for memory."""
UNREACHABLE_IN_A_ROW = 8
"""After so many blobs without an answer the source is given up: each of them took some tries, and some seconds."""


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

    In a store with a retention (`stores/local/upkeep/keeping.py`) no blob from before it is read, and what it no longer
    keeps goes at the end; the report says both.

    Whatever goes wrong while a blob is read is a Failure of that blob, and the rest goes on. Cancelling or dying at
    any moment leaves a store in which every blob's rows match its cursor; the next run goes on from there. Raises
    SourceError when the source cannot be listed or holds no flow log at all, StoreError when the store cannot be
    written.
    """
    is_cancelled = cancelled or (lambda: False)
    try:
        with cancelled_by(is_cancelled):
            listing, kept_since = retiring.listed(source, store, since, until)
    except Cancelled:
        return ImportReport(cancelled=True)
    if not listing.blobs and not (since or until or kept_since):
        hint = " ".join(describe_left_out(listing.left_out)) or "Check the folder, account or container."
        raise SourceMissing(f"No flow log in {source.name}.", hint)
    started = time.monotonic()
    report = _Import(source, store, listing.blobs, on_progress, is_cancelled).run()
    report.left_out, report.kept_since = dict(listing.left_out), kept_since
    retiring.retire_after(report, store)
    log.info(
        "import of %s into %s: %d of %d blobs, %d failed, %d bytes, %d tuples, %d rejected in %.2f s",
        visible(source.name), visible(store.name), report.blobs_read, report.blobs_seen, report.blobs_failed,
        report.bytes_read, report.tuples, report.rejected, time.monotonic() - started,
    )  # fmt: skip
    return report


@dataclass
class _Import:
    """One run: a few blobs are fetched ahead while this thread parses and stores."""

    source: Source
    store: LocalStore
    blobs: Sequence[BlobInfo]
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
        self._waiting_tuples = self._waiting_bytes = self._unreachable = 0
        self._cursors, self._fruitless = self.store.cursors(), self.store.fruitless()
        self._tell()
        reading = fetched(self.source, self.blobs, self._cursors, self.cancelled)
        try:
            for blob, part in reading:
                self._take(blob, part)
                self._bytes_done += blob.size
                self._blobs_done += 1
                self._tell()
                if self._unreachable >= UNREACHABLE_IN_A_ROW:
                    reading.close()
                    self._give_up()
        except Cancelled:
            self.report.cancelled = True
        self._commit()
        self._tell()
        return self.report

    def _take(self, blob: BlobInfo, part: BlobPart | Exception | None) -> None:
        """What a reading brought: new bytes, nothing new (then what was known of it still holds), or a failure."""
        self._unreachable = self._unreachable + 1 if isinstance(part, SourceUnreachable) else 0
        if isinstance(part, Exception):
            self._fail(blob, part)
        elif part is not None:
            self._read(blob, part)
        elif blob.name in self._fruitless:
            self._reject(blob, self._fruitless[blob.name])

    def _read(self, blob: BlobInfo, part: BlobPart) -> None:
        """Parse a blob's new bytes; its whole records join the batch, up to the last that could be read."""
        self.report.bytes_read += len(part.data)
        steps = Steps(blob, part, self._cursors.get(blob.name), self.cancelled)
        readings = iter(steps)
        tuples, rejected = 0, Counter[str]()
        while True:
            try:
                reading, too_large = next(readings, (None, ()))
            except Cancelled:
                raise
            except Exception as failure:
                return self._fail(blob, failure)
            if reading is None:
                break
            tuples += len(reading.flows)
            rejected.update(reading.rejected)
            self._pass_over(blob, too_large)
            self._add(reading)
        self.report.incomplete += steps.is_incomplete
        if rejected and not tuples:
            return self._reject(blob, rejected)
        self.report.blobs_read += 1
        return None

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

    def _fail(self, blob: BlobInfo, failure: Exception) -> None:
        self.report.blobs_failed += 1
        self.report.failures.append(Failure(blob.location, reason_of(failure)))

    def _give_up(self) -> None:
        """Fail the blobs that are left without asking for them."""
        words = f"It was not tried, since {self._unreachable:,} blobs in a row could not be reached."
        for blob in self.blobs[self._blobs_done :]:
            self._fail(blob, SourceUnreachable(words, "Try again when the source answers; what was imported is kept."))

    def _reject(self, blob: BlobInfo, reasons: Mapping[str, int]) -> None:
        self.report.blobs_rejected += 1
        words = ", ".join(f"{count:,} x {reason}" for reason, count in sorted(reasons.items()))
        self.report.rejected_blobs.append(Failure(blob.location, f"All of it was rejected: {words}."))

    def _pass_over(self, blob: BlobInfo, records: Sequence[LargeRecord]) -> None:
        for record in records:
            words = (
                f"A record of {record.size / 1e6:,.1f} MB at byte {record.start:,} is over the limit of "
                f"{RECORD_LIMIT / 1e6:,.1f} MB for one record; the rest of the blob was read."
            )
            self.report.passed_over.append(Failure(blob.location, words))

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
