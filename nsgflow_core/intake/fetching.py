"""Fetching ahead: a few blobs are on their way while the one before is parsed and stored."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from nsgflow_core.errors import Cancelled
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, Source
from nsgflow_core.sources.cancelling import IsCancelled, cancelled_by, refuse_cancelled

READERS = 4
"""Blobs that are fetched at the same time."""
BYTES_IN_FLIGHT = 96 << 20
"""Fetched bytes that wait for the parser; one blob larger than this still passes, alone."""
_LOOK_SECONDS = 0.1
"""How often a wait for a blob looks whether it was cancelled."""


def fetched(
    source: Source, blobs: Iterable[BlobInfo], cursors: Mapping[str, Cursor], is_cancelled: IsCancelled
) -> Generator[tuple[BlobInfo, BlobPart | Exception | None], None, None]:
    """Each blob with its new bytes, in order; None when it has none, the exception when it cannot be read.

    Raises Cancelled as soon as that is asked for. Threads that still read then are not waited for: they end by
    themselves, since reading asks the same question.
    """
    waiting: deque[tuple[BlobInfo, Future[BlobPart | None]]] = deque()
    ahead, is_over = iter(blobs), threading.Event()

    def is_to_end() -> bool:
        return is_over.is_set() or is_cancelled()

    def read(blob: BlobInfo) -> BlobPart | None:
        with cancelled_by(is_to_end):
            refuse_cancelled(is_to_end)
            return source.read(blob, cursors.get(blob.name))

    pool = ThreadPoolExecutor(READERS, thread_name_prefix="nsgflow-read")
    try:
        while True:
            while len(waiting) < READERS * 2 and sum(blob.size for blob, _ in waiting) < BYTES_IN_FLIGHT:
                blob = next(ahead, None)
                if blob is None:
                    break
                waiting.append((blob, pool.submit(read, blob)))
            if not waiting:
                return
            blob, future = waiting.popleft()
            yield blob, _result(future, is_cancelled)
    finally:
        is_over.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[BlobPart | None], is_cancelled: IsCancelled) -> BlobPart | Exception | None:
    while True:
        refuse_cancelled(is_cancelled)
        try:
            return future.result(_LOOK_SECONDS)
        except NotYet as failure:
            if future.done():  # the reading itself ran out of time
                return failure
        except Cancelled:
            raise
        except Exception as failure:
            return failure
