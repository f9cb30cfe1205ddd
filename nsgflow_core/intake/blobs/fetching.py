"""Fetching ahead: a few blobs are on their way while the one before is parsed and stored."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from nsgflow_core.errors import Cancelled
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, Source
from nsgflow_core.sources.cancelling import IsCancelled, cancelled_by, refuse_cancelled

READERS = 4
"""Blobs that are fetched at the same time where they come quickly."""
MOST_READERS = 32
"""The same where they do not: a small blob is mostly the way to its account and back, some 30 ms of waiting."""
BYTES_IN_FLIGHT = 96 << 20
"""Fetched bytes that wait for the parser; one blob larger than this still passes, alone."""
QUICK_SECONDS = 0.002
"""Blobs that take less than that are read in runs: handing one to a thread would take as long."""
LONGEST_RUN = 32
RUN_BYTES = 4 << 20
_LOOK_SECONDS = 0.1
"""How often a wait for a blob looks whether it was cancelled."""

Fetched = BlobPart | Exception | None


@dataclass(frozen=True, slots=True)
class _Run:
    """What the blobs of a run gave, in order."""

    found: list[Fetched]
    seconds: float
    """That the middle one took: where others want the processor some wait for it, and say nothing of the source."""

    @property
    def has_failed(self) -> bool:
        """True when one of them could not be read: a source that fails is not asked for more at a time."""
        return any(isinstance(each, Exception) for each in self.found)

    @property
    def is_quick(self) -> bool:
        """True when they come quickly, so that the next run may be longer."""
        return self.seconds < QUICK_SECONDS


def fetched(
    source: Source, blobs: Iterable[BlobInfo], cursors: Mapping[str, Cursor], is_cancelled: IsCancelled
) -> Generator[tuple[BlobInfo, Fetched], None, None]:
    """Each blob with its new bytes, in order; None when it has none, the exception when it cannot be read.

    Raises Cancelled as soon as that is asked for. Threads that still read then are not waited for: they end by
    themselves, since reading asks the same question.
    """
    waiting: deque[tuple[list[BlobInfo], Future[_Run]]] = deque()
    ahead, is_over, length, readers, in_flight = deque(blobs), threading.Event(), 1, READERS, 0

    def is_to_end() -> bool:
        return is_over.is_set() or is_cancelled()

    def read(run: list[BlobInfo]) -> _Run:
        found, ends = list[Fetched](), [time.monotonic()]
        with cancelled_by(is_to_end):
            for blob in run:
                found.append(_read(source, blob, cursors.get(blob.name), is_to_end))
                ends.append(time.monotonic())
        return _Run(found, median(end - start for start, end in pairwise(ends)))

    pool = ThreadPoolExecutor(MOST_READERS, thread_name_prefix="nsgflow-read")
    try:
        while True:
            while ahead and len(waiting) < readers * 2 and in_flight < BYTES_IN_FLIGHT:
                run = _next_run(ahead, length)
                waiting.append((run, pool.submit(read, run)))
                in_flight += _bytes_of(run)
            if not waiting:
                return
            run, future = waiting.popleft()
            in_flight -= _bytes_of(run)
            done = _result(future, is_cancelled)
            length = 1 if done.has_failed else min(length * 2, LONGEST_RUN) if done.is_quick else max(length // 2, 1)
            readers = READERS if done.is_quick or done.has_failed else MOST_READERS
            yield from zip(run, done.found, strict=True)
    finally:
        is_over.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _next_run(ahead: deque[BlobInfo], length: int) -> list[BlobInfo]:
    run = [ahead.popleft()]
    size = run[0].size
    while ahead and len(run) < length and (size := size + ahead[0].size) < RUN_BYTES:
        run.append(ahead.popleft())
    return run


def _bytes_of(run: Iterable[BlobInfo]) -> int:
    return sum(blob.size for blob in run)


def _read(source: Source, blob: BlobInfo, cursor: Cursor | None, is_to_end: IsCancelled) -> Fetched:
    refuse_cancelled(is_to_end)
    try:
        return source.read(blob, cursor)
    except Cancelled:
        raise
    except Exception as failure:
        return failure


def _result(future: Future[_Run], is_cancelled: IsCancelled) -> _Run:
    while True:
        refuse_cancelled(is_cancelled)
        with suppress(NotYet):
            return future.result(_LOOK_SECONDS)
