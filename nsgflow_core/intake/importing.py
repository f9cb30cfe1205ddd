"""Source -> format -> store: read what is new, batch by batch, with progress and cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

from nsgflow_core.errors import Cancelled, SourceMissing, SourceUnreachable, StoreError, StoreMissing
from nsgflow_core.formats.another_log import is_of_another_log
from nsgflow_core.formats.collecting import fewer_collections
from nsgflow_core.formats.compiled.using import compiled_pass
from nsgflow_core.formats.gathering import Gathering
from nsgflow_core.intake import retiring
from nsgflow_core.intake.batching import Batching
from nsgflow_core.intake.blobs.counted_twice import counted_twice
from nsgflow_core.intake.blobs.failures import network_words, reason_of
from nsgflow_core.intake.blobs.fetching import fetched
from nsgflow_core.intake.blobs.namesakes import Namesakes
from nsgflow_core.intake.blobs.reading import is_as_known
from nsgflow_core.intake.report import Failure, ImportReport, Progress
from nsgflow_core.intake.storing import Storing
from nsgflow_core.sources.base import BlobInfo, BlobPart, Source
from nsgflow_core.sources.cancelling import cancelled_by, refuse_cancelled
from nsgflow_core.sources.left_out import Listing, describe_left_out
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible

BATCH_TUPLES = 1_000_000
"""A commit is due when so many are gathered: large enough to be fast, small enough for memory."""
FIRST_TUPLES = BATCH_TUPLES // 4
"""The same of the first commit of many: a core has nothing to store until then."""
MUCH = 256 << 20
"""Bytes of new blobs that make many commits."""
COMPILED_FROM = 64 << 20
"""Bytes of new blobs from which the compiled pass is worth being loaded: it takes a third of a second."""
UNREACHABLE_IN_A_ROW = 8
"""After so many blobs without an answer the source is given up: each of them took some tries, and some seconds."""


@fewer_collections()
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
            listing, kept_since = _listed(source, store, since, until)
    except Cancelled:
        return ImportReport(cancelled=True)
    started = time.monotonic()
    with store.committed_often():
        report = _Import(source, store, listing.blobs, on_progress, is_cancelled).run()
    report.leave_out(listing.left_out)
    report.kept_since = kept_since
    retiring.retire_after(report, store)
    if not report.cancelled:
        _work_out_ahead(store)
    log.info(
        "import of %s into %s: %d of %d blobs, %d failed, %d bytes, %d tuples, %d rejected in %.2f s",
        visible(source.name), visible(store.name), report.blobs_read, report.blobs_seen, report.blobs_failed,
        report.bytes_read, report.tuples, report.rejected, time.monotonic() - started,
    )  # fmt: skip
    return report


def _listed(
    source: Source, store: LocalStore, since: datetime | None, until: datetime | None
) -> tuple[Listing, datetime | None]:
    """What a source has, and from when on the store keeps it. Raises SourceMissing where that is no flow log at all."""
    listing, kept_since = retiring.listed(source, store, since, until)
    if not listing.blobs and not (since or until or kept_since):
        hint = " ".join(describe_left_out(listing.left_out)) or "Check the folder, account or container."
        raise SourceMissing(f"No flow log in {source.name}.", hint)
    return listing, kept_since


def _mark_of(store: LocalStore) -> str:
    """What tells the store from others; "" before anything is in it."""
    try:
        return store.uuid
    except StoreMissing:
        return ""


def _work_out_ahead(store: LocalStore) -> None:
    """What was stored is stored, whatever comes of the tables beside it: without them questions read the flows."""
    try:
        store.work_out_ahead()
    except StoreError as error:
        log.warning("%s: tables beside the flows were not made: %s", visible(store.name), visible(error.message))


class _Import:
    """One run, a `Telling`: a few blobs are fetched ahead while this thread parses, and another one stores."""

    def __init__(
        self,
        source: Source,
        store: LocalStore,
        blobs: Sequence[BlobInfo],
        on_progress: Callable[[Progress], None] | None,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.source = source
        self.on_progress = on_progress
        self.is_cancelled = is_cancelled
        self.report = ImportReport(blobs_seen=len(blobs))
        self._ledger, self._fruitless = store.cursors, store.fruitless()
        self._cursors = self._ledger()
        self._namesakes = Namesakes(self._cursors)
        self.blobs = blobs = [self._namesakes.listed(blob) for blob in blobs]
        self._own = _mark_of(store)
        self._news = [blob for blob in blobs if not is_as_known(blob, self._cursors.get(blob.name))]
        self._bytes_total = sum(blob.size for blob in blobs)
        self._bytes_done = self._blobs_done = self._unreachable = 0
        self._storing = Storing(store, self.report)
        self._bytes_new = sum(blob.size for blob in self._news)
        first = FIRST_TUPLES if self._bytes_new >= MUCH else BATCH_TUPLES
        self._batching = Batching(
            self._new_gathering, self._storing, self.report, self._cursors, self, BATCH_TUPLES, first
        )
        self._started = time.monotonic()

    def run(self) -> ImportReport:
        """Read, parse and store all blobs."""
        self.tell()
        try:
            self._read_all()
        except Cancelled:
            self.report.cancelled = True
        finally:
            try:
                self._batching.store()
            finally:
                self._storing.end()
        met = (blob.name for blob in self._news)
        self.report.counted_twice = counted_twice(self._cursors, met, self._ledger)
        self.tell()
        return self.report

    def _read_all(self) -> None:
        news = {blob.location for blob in self._news}
        with closing(fetched(self.source, self._news, self._cursors, self.is_cancelled)) as reading:
            for blob in self.blobs:
                self.refuse_cancelled()
                self._take(blob, next(reading)[1] if blob.location in news else None)
                self._bytes_done += blob.size
                self._blobs_done += 1
                self.tell()
                if self._unreachable >= UNREACHABLE_IN_A_ROW:
                    return self._give_up()
        return self._batching.read_waiting()

    def _new_gathering(self) -> Gathering:
        is_worth_it = self._bytes_new >= COMPILED_FROM
        return Gathering(
            lambda: compiled_pass(BATCH_TUPLES) if is_worth_it else None,
            self.refuse_cancelled,
            self._own,
        )

    def _take(self, blob: BlobInfo, part: BlobPart | Exception | None) -> None:
        """What a reading brought: new bytes, nothing new (then what was known of it still holds), or a failure."""
        self._unreachable = self._unreachable + 1 if isinstance(part, SourceUnreachable) else 0
        if isinstance(part, Exception):
            self._batching.read_waiting()
            self.fail(blob, part)
        elif part is not None:
            self._meet(blob, part)
        elif blob.name in self._fruitless:
            self._batching.read_waiting()
            self.report.reject(blob.location, self._fruitless[blob.name])

    def _meet(self, blob: BlobInfo, part: BlobPart) -> None:
        """A blob's new bytes: of which blob they are, as far as names go."""
        self.report.bytes_read += len(part.data)
        if blob.name not in self._cursors and is_of_another_log(part.data):
            return self.report.leave_out_another_log()
        if told := self._namesakes.read(blob, part):
            self.report.namesakes += told.name != blob.name
            self._batching.take(told, part)
        return None

    def refuse_cancelled(self) -> None:
        """Raise Cancelled when the import is to end."""
        refuse_cancelled(self.is_cancelled)

    def fail(self, blob: BlobInfo, failure: Exception, part: BlobPart | None = None) -> None:
        """A blob, or the rest of it, could not be taken in; `part` is what could not."""
        if part and (words := network_words(failure, part)):
            return self.report.network_files.append(Failure(blob.location, words))
        self.report.blobs_failed += 1
        return self.report.failures.append(Failure(blob.location, reason_of(failure)))

    def _give_up(self) -> None:
        """Fail the blobs that are left without asking for them."""
        words = f"It was not tried, since {counted(self._unreachable, 'blob')} in a row could not be reached."
        for blob in self.blobs[self._blobs_done :]:
            self.fail(blob, SourceUnreachable(words, "Try again when the source answers; what was imported is kept."))

    def tell(self) -> None:
        """Say how far it is."""
        if self.on_progress is None:
            return
        within = sum(map(self._batching.taken_of, self.blobs[self._blobs_done : self._blobs_done + 1]))
        self.on_progress(
            Progress(
                blobs_total=len(self.blobs),
                blobs_done=self._blobs_done,
                bytes_total=self._bytes_total,
                bytes_done=min(self._bytes_done + within, self._bytes_total),
                tuples=self._batching.tuples,
                rejected=self.report.rejected,
                seconds=time.monotonic() - self._started,
            )
        )
