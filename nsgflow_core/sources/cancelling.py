"""Whether the work that a thread does for a source was cancelled, without each method having to be handed that.

with cancelled_by(event.is_set):
    source.read(blob, cursor)  # a source asks `cancel_asked()` once, and the answer whenever it waits
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nsgflow_core.errors import Cancelled

IsCancelled = Callable[[], bool]


def _never() -> bool:
    return False


_asked: ContextVar[IsCancelled] = ContextVar("cancelled", default=_never)


@contextmanager
def cancelled_by(is_cancelled: IsCancelled) -> Iterator[None]:
    """Inside, work in this thread is to end once `is_cancelled` says so."""
    before = _asked.set(is_cancelled)
    try:
        yield
    finally:
        _asked.reset(before)


def cancel_asked() -> IsCancelled:
    """The question to ask, also from other threads that work for this one."""
    return _asked.get()


def refuse_cancelled(is_cancelled: IsCancelled) -> None:
    """Raise Cancelled when the work is to end."""
    if is_cancelled():
        raise Cancelled("The reading was stopped.")
