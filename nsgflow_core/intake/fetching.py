"""Fetching ahead: a few blobs are on their way while the one before is parsed and stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from nsgflow_core.errors import SourceError
from nsgflow_core.sources.base import BlobInfo, BlobPart, Cursor, Source

READERS = 4
"""Blobs that are fetched at the same time."""
BYTES_IN_FLIGHT = 96 << 20
"""Fetched bytes that wait for the parser; one blob larger than this still passes, alone."""


def fetched(
    source: Source, blobs: Iterable[BlobInfo], cursors: Mapping[str, Cursor]
) -> Iterator[tuple[BlobInfo, BlobPart | SourceError | None]]:
    """Each blob with its new bytes, in order; None when it has none, the error when it cannot be read."""
    waiting: deque[tuple[BlobInfo, Future[BlobPart | None]]] = deque()
    ahead = iter(blobs)
    with ThreadPoolExecutor(READERS, thread_name_prefix="nsgflow-read") as pool:
        try:
            while True:
                while len(waiting) < READERS * 2 and sum(blob.size for blob, _ in waiting) < BYTES_IN_FLIGHT:
                    blob = next(ahead, None)
                    if blob is None:
                        break
                    waiting.append((blob, pool.submit(source.read, blob, cursors.get(blob.name))))
                if not waiting:
                    return
                blob, future = waiting.popleft()
                yield blob, _result(future)
        finally:
            for _, future in waiting:
                future.cancel()


def _result(future: Future[BlobPart | None]) -> BlobPart | SourceError | None:
    try:
        return future.result()
    except SourceError as failure:
        return failure
