"""Bytes of many blobs -> flows as numbers, parsed some MB at a time: most blobs are too small to be parsed alone.

Where numba is installed the compiled pass (`compiled`) takes what it knows, and stops before what it does not: some
records from there on go the careful way, more of them the sooner it stops again, and then it has another try. Small
blobs are handed to it many at a time, whole, since a call for each would take as long as the call's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nsgflow_core.formats.base import LargeRecord
from nsgflow_core.formats.coded.flows import CodedFlows
from nsgflow_core.formats.collecting import no_collections
from nsgflow_core.formats.compiled.using import CompiledPass, StopReason
from nsgflow_core.formats.framing import records
from nsgflow_core.formats.framing.head import CLOSING, HEAD, check_delta, records_start
from nsgflow_core.formats.framing.records import next_stretch
from nsgflow_core.formats.framing.scan import Scan, never
from nsgflow_core.formats.groups import Rejected, TupleGroups
from nsgflow_core.formats.kinds import take
from nsgflow_core.formats.parquet import reading as parquet
from nsgflow_core.formats.tuples import flow_table

_SHORT_WAY = 1 << 12
"""Bytes that go the careful way where the compiled pass stopped for the first time in a while."""
_SMALL = 1 << 20
"""Bytes of the largest blob that is read together with others."""


@dataclass(frozen=True, slots=True)
class ReadStep:
    """Some records of a blob were taken in."""

    end: int
    """Behind the last of them, from where the part begins; they count as read when `taken_away` has them."""
    too_large: tuple[LargeRecord, ...] = ()
    is_full: bool = False
    """True when what was gathered must be taken away before more is read."""

    def moved(self, by: int) -> ReadStep:
        """The same counted from `by` bytes before."""
        if not by:
            return self
        large = tuple(LargeRecord(record.start + by, record.size) for record in self.too_large)
        return ReadStep(self.end + by, large, self.is_full)


@dataclass(frozen=True)
class Gathered:
    """What was gathered: flows, and by blob what was rejected with its reason."""

    flows: CodedFlows
    rejected: Rejected


class Gathering:
    """Flows of the blobs that were read since they were last taken away."""

    def __init__(
        self, begin: Callable[[], CompiledPass | None], check: Callable[[], None] = never, own: str = ""
    ) -> None:
        """`begin` gives the compiled pass, if any; it is asked once there is something that looks like a flow log, for
        a first time costs seconds. `check` is called often, and raises when the work is to end. `own`: the store that
        all is for, which takes no Parquet that it wrote itself."""
        self._own = own
        self._begin: Callable[[], CompiledPass | None] | None = begin
        self._quick: CompiledPass | None = None
        self._check = check
        self._groups = TupleGroups()
        self._waiting = 0
        self._parts: list[CodedFlows] = []
        self._rejected: Rejected = {}
        self._careful_bytes = _SHORT_WAY
        self._together = 1

    @property
    def tuples(self) -> int:
        """So many are gathered; of those that wait for the careful parse some may be rejected yet."""
        quick = self._quick.rows if self._quick else 0
        return quick + self._groups.tuples + sum(len(part) for part in self._parts)

    def read(self, part: bytes, blob: int, *, at_start: bool, goes_on: bool = False) -> Iterator[ReadStep]:
        """Take in the records of a blob, or of what was appended to it (see `parsing.parse`).

        `goes_on`: the bytes follow on those of the same blob that were read before. Raises FormatError on the first
        step.
        """
        if at_start and part.startswith(parquet.MAGIC):
            yield self._read_parquet(part, blob)
        else:
            yield from self._read_log(part, blob, at_start=at_start, goes_on=goes_on)

    def _read_log(self, part: bytes, blob: int, *, at_start: bool, goes_on: bool) -> Iterator[ReadStep]:
        scan = Scan(part, self._check)
        position = records_start(scan) if at_start else 0
        if not (at_start or goes_on):
            check_delta(scan)
        quick = self._started()
        while True:
            self._check()
            if quick:
                end, stopped = quick.read(part, position, blob)
                if stopped is StopReason.FULL or end > position:
                    yield ReadStep(end, is_full=stopped is StopReason.FULL)
                if end - position >= self._careful_bytes:
                    self._careful_bytes = _SHORT_WAY
                position = end
                if stopped is StopReason.OVER:
                    return
                if stopped is not StopReason.ODD:
                    continue
            step = self._take_carefully(scan, position, blob)
            if step is None:
                return
            position = step.end
            yield step
            if self._waiting >= records.CHUNK:
                self._parse(self._check)

    def is_small(self, part: bytes, *, at_start: bool) -> bool:
        """True for all new bytes of a blob where `read_whole` may take them together with those of others."""
        is_likely = len(part) <= _SMALL and part.endswith(CLOSING) and (not at_start or part.startswith(HEAD))
        return is_likely and self._started() is not None

    def read_whole(self, parts: Sequence[tuple[bytes, bool]], blob: int) -> list[int]:
        """Take in blobs that `is_small`, from the first on, each wholly or not at all; where the records of each end.

        A part comes with whether it is at its blob's start; numbers of blobs are counted from `blob` on. It may end
        before any part: the first that is left is to be read by itself, or when what was gathered was taken away.
        """
        quick = self._started()
        if quick is None:
            return []
        some = parts[: self._together]
        taken, stopped = quick.read_whole(
            [part for part, _ in some], [len(HEAD) if at_start else 0 for _, at_start in some], blob
        )
        self._together = 1 if stopped is StopReason.ODD else max(self._together, 2 * taken)
        return [len(part) - len(CLOSING) for part, _ in some[:taken]]

    def taken_away(self) -> Gathered:
        """All that was gathered; the next begins empty. Nothing is lost where this raises."""
        self._parse(never)
        if self._quick is not None and self._quick.rows:
            self._parts.append(self._quick.taken_away())
        gathered = Gathered(CodedFlows.joined(self._parts), self._rejected)
        self._parts, self._rejected = [], {}
        return gathered

    def _read_parquet(self, content: bytes, blob: int) -> ReadStep:
        """All of a file, which comes in one part, or nothing of it."""
        flows = parquet.flows_of(content, self._own)
        self._parts.append(CodedFlows.of(flows, np.full(len(flows), blob, np.int32)))
        return ReadStep(len(content))

    def _started(self) -> CompiledPass | None:
        if self._begin:
            self._quick, self._begin = self._begin(), None
        return self._quick

    def _take_carefully(self, scan: Scan, position: int, blob: int) -> ReadStep | None:
        with no_collections():
            stretch = next_stretch(scan, position, self._careful_bytes if self._quick else records.CHUNK)
            if stretch is None:
                return None
            self._groups.begin(blob)
            take(stretch, self._groups, self._check)
        self._careful_bytes = min(self._careful_bytes * 2, records.CHUNK)
        self._waiting += stretch.end - position
        return ReadStep(stretch.end, tuple(stretch.too_large))

    def _parse(self, check: Callable[[], None]) -> None:
        parts, rejected = [], [self._groups.rejected]
        for layout, batch in self._groups.batches.items():
            flows, blobs, faults = flow_table(layout, batch, check)
            rejected.append(faults)
            parts.append(CodedFlows.of(flows, blobs))
        self._groups, self._waiting = TupleGroups(), 0
        self._parts += parts
        for each in rejected:
            self._add(each)

    def _add(self, rejected: Rejected) -> None:
        for blob, reasons in rejected.items():
            self._rejected.setdefault(blob, Counter()).update(reasons)
