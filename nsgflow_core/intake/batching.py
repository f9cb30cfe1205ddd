"""New bytes of blobs -> batches of some hundred thousand flows, each stored with how far its blobs were read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from nsgflow_core.errors import Cancelled
from nsgflow_core.formats.gathering import Gathering, ReadStep
from nsgflow_core.intake.blobs.reading import ReadBlob
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.intake.storing import Storing
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor
from nsgflow_core.stores.local.ledger import BlobBatch

WAITING_BYTES = 8 << 20
"""Bytes of small blobs that are read together: a few milliseconds of work in one call."""
_NONE: Mapping[str, int] = {}


class Telling(Protocol):
    """Whoever runs the import."""

    def refuse_cancelled(self) -> None:
        """Raise Cancelled when the import is to end."""
        ...

    def tell(self) -> None:
        """Some records were taken in."""
        ...

    def fail(self, blob: BlobInfo, failure: Exception, part: BlobPart | None = None) -> None:
        """A blob, or the rest of it, could not be taken in."""
        ...


class Batching:
    """The blobs of one import that are taken in, in order. What is stored meanwhile is in its report."""

    def __init__(
        self,
        begin: Callable[[], Gathering],
        storing: Storing,
        report: ImportReport,
        cursors: Mapping[str, Cursor],
        telling: Telling,
        most: int,
        first: int,
    ) -> None:
        """`begin` makes what gathers, `cursors` are those of the ledger, a batch is due at `most` tuples, the first one
        at `first`."""
        self._begin_gathering, self._storing, self._report = begin, storing, report
        self._cursors, self._telling, self._most = cursors, telling, most
        self._due = first
        self._gathering = begin()
        self._waiting: list[tuple[BlobInfo, BlobPart]] = []
        self._waiting_bytes = 0
        self._readings: list[ReadBlob] = []
        self._first = 0

    @property
    def tuples(self) -> int:
        """So many were gathered or handed over so far."""
        return self._storing.tuples + self._gathering.tuples

    def taken_of(self, blob: BlobInfo) -> int:
        """So many bytes of a blob were taken in, while it is read; none before and after."""
        last = self._readings[-1] if self._readings else None
        is_read = last is not None and not last.is_finished and last.blob.location == blob.location
        return last.end if last is not None and is_read else 0

    def take(self, blob: BlobInfo, part: BlobPart) -> None:
        """A blob's new bytes: a few wait for those of others, to be read with them. Raises StoreError, Cancelled."""
        if part.has_more or not self._gathering.is_small(part.data, at_start=part.offset == 0):
            self.read_waiting()
            return self._read(blob, part)
        self._waiting.append((blob, part))
        self._waiting_bytes += len(part.data)
        return self.read_waiting() if self._waiting_bytes >= WAITING_BYTES else None

    def read_waiting(self) -> None:
        """Take in the blobs that wait, in order: whole ones together, and each other one by itself."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        while waiting:
            self._telling.refuse_cancelled()
            parts = [(part.data, part.offset == 0) for _, part in waiting]
            ends = self._gathering.read_whole(parts, self._first + len(self._readings))
            for (blob, part), end in zip(waiting, ends, strict=False):
                reading = self._begin(blob, part)
                reading.end += end
                self._follow(reading, iter(()), part)
            if not ends:
                self._read(*waiting[0])
            elif self._gathering.tuples >= self._due:
                self.store()
            del waiting[: max(len(ends), 1)]

    def _begin(self, blob: BlobInfo, part: BlobPart) -> ReadBlob:
        reading = ReadBlob(blob, part, self._cursors.get(blob.name))
        self._readings.append(reading)
        return reading

    def _read(self, blob: BlobInfo, part: BlobPart) -> None:
        """Take in a blob's new bytes; its whole records join the batch, up to the last that could be read."""
        reading = self._begin(blob, part)
        self._follow(reading, self._steps(reading, part, self._first + len(self._readings) - 1), part)

    def _follow(self, reading: ReadBlob, steps: Iterator[ReadStep], part: BlobPart) -> None:
        """Take in what is new of a blob by its steps, and then that this was all."""
        while not reading.is_finished:
            try:
                is_due = self._take_in(reading, next(steps, None))
            except Cancelled:
                self._break_off(reading)
                raise
            except Exception as failure:
                self._break_off(reading)
                return self._telling.fail(reading.blob, failure, part)
            if is_due:
                self.store()
        return None

    def _steps(self, reading: ReadBlob, part: BlobPart, number: int) -> Iterator[ReadStep]:
        """A blob's steps, with its places counted from the blob's start; a large blob comes in parts."""
        gathering, goes_on = self._gathering, False
        while True:
            for step in gathering.read(part.data, number, at_start=part.offset == 0, goes_on=goes_on):
                yield step.moved(part.offset)
            if not part.has_more:
                return
            self._report.bytes_read += reading.follow()
            if reading.part is None:
                return
            part, goes_on = reading.part, True

    def _take_in(self, reading: ReadBlob, step: ReadStep | None) -> bool:
        """A step of a blob, None at its end; True when what is gathered is to be stored."""
        if step is None:
            if reading.finish():
                self._report.end_early(reading.blob, datetime.now(UTC))
            return False
        reading.end = step.end
        self._report.pass_over(reading.blob.location, step.too_large)
        self._telling.tell()
        is_due = step.is_full or self._gathering.tuples >= self._due
        if is_due:
            reading.mark()
        return is_due

    def _break_off(self, reading: ReadBlob) -> None:
        has_begun = reading.has_begun
        reading.break_off()
        if not has_begun:
            self._readings.pop()

    def store(self) -> None:
        """Hand over what was gathered; a blob that is still read begins the next batch."""
        readings = [reading for reading in self._readings if reading.has_news]
        try:
            gathered = self._gathering.taken_away()
        except Exception as failure:
            return self._lose(failure)
        if readings:
            flows = gathered.flows.counted_from(self._first)
            counts = flows.held.spans(len(readings)).tuples.tolist()
            rejected = [gathered.rejected.get(self._first + place, _NONE) for place in range(len(readings))]
            advances = [each.hand_over(*found) for each, *found in zip(readings, counts, rejected, strict=True)]
            self._storing.store(BlobBatch(advances, flows).only([not each.is_lost for each in readings]))
            self._due = self._most
        for reading in readings:
            if reading.is_finished and not reading.is_broken:
                self._conclude(reading)
        self._first += sum(reading.is_finished for reading in self._readings)
        self._readings = [reading for reading in self._readings if not reading.is_finished]
        return None

    def _lose(self, failure: Exception) -> None:
        """Nothing of what was gathered can be stored; the next import reads it again."""
        for reading in self._readings:
            if not reading.is_broken:
                self._telling.fail(reading.blob, failure)
            reading.break_off()
        self._gathering, self._readings = self._begin_gathering(), []

    def _conclude(self, reading: ReadBlob) -> None:
        if reading.rejected and not reading.tuples:
            self._report.reject(reading.blob.location, reading.rejected)
        else:
            self._report.blobs_read += 1
