"""Source -> format -> store: read what is new, with progress, cancel, and an honest report of what was not taken."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from nsgflow_core.ask.times import format_time
from nsgflow_core.errors import FormatError, SourceError, SourceMissing
from nsgflow_core.formats import FLOW_SCHEMA, parse
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, Source
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore

READERS = 4
"""Blobs that are fetched at the same time."""
BYTES_IN_FLIGHT = 96 << 20
"""Fetched bytes that wait for the parser; one blob larger than this still passes, alone."""
BATCH_TUPLES = 1_000_000
BATCH_BYTES = 64 << 20
"""A commit is due when either is gathered: large enough to be fast, small enough for memory."""
_log = logging.getLogger("nsgflow")


@dataclass(frozen=True, slots=True)
class Failure:
    """A blob that could not be read, and why."""

    blob: str
    reason: str


@dataclass
class ImportReport:
    """What one run read and stored; nothing in it is of an earlier run."""

    blobs_seen: int = 0
    blobs_read: int = 0
    """Blobs with new bytes that were taken; one that has not grown is seen, not read."""
    blobs_failed: int = 0
    bytes_read: int = 0
    tuples: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    failures: list[Failure] = field(default_factory=list)
    incomplete: int = 0
    """Blobs that end in the middle of a record; the rest is read when it is there."""
    cancelled: bool = False
    unlisted: bool = False
    """True when a source could not be listed or holds no flow log at all."""

    @property
    def exit_status(self) -> int:
        """0 all read, 1 some blob failed, 2 nothing could be read."""
        failed = self.blobs_failed or self.unlisted
        if not failed:
            return 0
        return 1 if self.blobs_seen > self.blobs_failed else 2

    def to_json(self) -> str:
        """One JSON object, with times in whole seconds like 2026-11-24T10:00:00Z."""
        names = ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected")
        return json.dumps(
            {name: getattr(self, name) for name in names}
            | {end: _whole_seconds(getattr(self, end)) for end in ("first", "last")}
            | {"failures": [{"blob": failure.blob, "reason": failure.reason} for failure in self.failures]}
            | {"reasons": self.reasons, "incomplete": self.incomplete, "cancelled": self.cancelled},
            indent=1,
        )

    @classmethod
    def merged(cls, reports: Sequence[ImportReport]) -> ImportReport:
        """Several sources' reports as one."""
        whole = cls()
        for report in reports:
            for name in ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected", "incomplete"):
                setattr(whole, name, getattr(whole, name) + getattr(report, name))
            whole.reasons = dict(Counter(whole.reasons) + Counter(report.reasons))
            whole.failures += report.failures
            whole._extend(report.first, report.last)
            whole.cancelled |= report.cancelled
            whole.unlisted |= report.unlisted
        return whole

    def _extend(self, first: datetime | None, last: datetime | None) -> None:
        self.first = min((moment for moment in (self.first, first) if moment), default=None)
        self.last = max((moment for moment in (self.last, last) if moment), default=None)


def _whole_seconds(moment: datetime | None) -> str | None:
    return format_time(moment.replace(microsecond=0)) if moment else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. Bytes count as done when their rows are stored or the blob holds nothing new."""

    blobs_total: int
    blobs_done: int
    bytes_total: int
    bytes_done: int
    tuples: int
    rejected: int
    seconds: float

    @property
    def tuples_per_second(self) -> float:
        """Since the start of the import."""
        return self.tuples / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None while that is not known."""
        if not self.bytes_done or self.seconds < 0.5:
            return None
        return max(self.bytes_total - self.bytes_done, 0) * self.seconds / self.bytes_done


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
        for blob, part in self._parts():
            if part is not None:
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

    def _parts(self) -> Iterator[tuple[BlobInfo, BlobPart | None]]:
        """Each blob with its new bytes, in order; None when it has none or cannot be read (then it is a failure)."""
        waiting: deque[tuple[BlobInfo, Future[BlobPart | None]]] = deque()
        ahead = iter(self.blobs)
        with ThreadPoolExecutor(READERS, thread_name_prefix="nsgflow-read") as pool:
            try:
                while True:
                    while len(waiting) < READERS * 2 and sum(blob.size for blob, _ in waiting) < BYTES_IN_FLIGHT:
                        blob = next(ahead, None)
                        if blob is None:
                            break
                        waiting.append((blob, pool.submit(self.source.read, blob, self._cursors.get(blob.name))))
                    if not waiting:
                        return
                    blob, future = waiting.popleft()
                    yield blob, self._result(blob, future)
            finally:
                for _, future in waiting:
                    future.cancel()

    def _result(self, blob: BlobInfo, future: Future[BlobPart | None]) -> BlobPart | None:
        try:
            return future.result()
        except SourceError as failure:
            self._fail(blob, str(failure))
            return None

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
        self.report._extend(done.first, done.last)
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
