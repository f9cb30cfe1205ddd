"""A large blob of an account in parts: while one is parsed the next is on its way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field

from nsgflow_core.sources.cancelling import cancel_asked, refuse_cancelled
from nsgflow_core.sources.fingerprint import ReadPart

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes of a blob, and the version that they are of."""

    data: bytes
    etag: str
    blob_size: int


After = Callable[[int, bytes, int], Fetched]
"""(position, the bytes before it, how many are wanted) -> the bytes from there on."""


@dataclass
class RangedPart(ReadPart):
    """Some of a blob's bytes, of which more follow. Those are fetched from now on, by a thread of their own."""

    after: After = field(kw_only=True, repr=False)
    size: int = field(kw_only=True)
    """Bytes of a part."""
    wanted: int = field(kw_only=True, default=0)
    """Bytes that are fetched next, where these are not `size`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        position = self.offset + len(self.data)
        before = self.before_position(position)
        pool = ThreadPoolExecutor(1, thread_name_prefix="nsgflow-ahead")
        self._next: Future[Fetched] = pool.submit(
            copy_context().run, self.after, position, before, self.wanted or self.size
        )
        pool.shutdown(wait=False)  # its thread ends with what was asked of it

    @property
    def has_more(self) -> bool:
        """True: the blob goes on behind these bytes."""
        return True

    def following(self, end: int) -> ReadPart:
        """What follows from `end` on. Raises SourceError when the blob is another by now, Cancelled."""
        is_cancelled = cancel_asked()
        while not self._next.done():
            refuse_cancelled(is_cancelled)
            wait([self._next], _LOOK_SECONDS)
        came = self._next.result()
        data, before = self.data[end - self.offset :] + came.data, self.before_position(end)
        head = self.head_before(end)
        if end + len(data) >= came.blob_size:
            return ReadPart(data, end, came.etag, before, head=head)
        wanted = 0 if end > self.offset else len(data)  # no record ends in these bytes: a longer part may hold one
        return RangedPart(data, end, came.etag, before, head=head, after=self.after, size=self.size, wanted=wanted)
