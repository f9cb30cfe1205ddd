"""A question that ends early: whoever wants it to stop, and what runs for it in the store's engine, know no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from nsgflow_core.errors import Cancelled

_AGAIN = 0.1
"""Seconds."""


class Stop:
    """The wish that a question ends. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wished = False
        self._ending: list[Callable[[], None]] = []

    def wish(self) -> None:
        """End what runs now, and let nothing more begin; again as long as something runs.

        An engine forgets the wish where a statement is only about to begin.
        """
        if self.end_now():
            again = threading.Timer(_AGAIN, self.wish)
            again.daemon = True
            again.start()

    def end_now(self) -> bool:
        """The same once; True when something ran."""
        with self._lock:
            self._is_wished = True
            for end in self._ending:
                end()
            return bool(self._ending)

    @contextmanager
    def minded(self) -> Iterator[None]:
        """Inside, this thread's questions end when it is wished."""
        before = _minded.set(self)
        try:
            yield
        finally:
            _minded.reset(before)

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        """Around what `end`, called from another thread, ends early. Raises Cancelled when that is wished already."""
        with self._lock:
            if self._is_wished:
                raise Cancelled("The question was stopped.", "Ask again.")
            self._ending.append(end)
        try:
            yield
        finally:
            with self._lock:
                self._ending.remove(end)


OF_PROCESS = Stop()
"""The wish that whatever runs in this process ends, as it is ending itself."""
_minded: ContextVar[Stop | None] = ContextVar("minded", default=None)


@contextmanager
def ended_by(end: Callable[[], None]) -> Iterator[None]:
    """Around one statement of an engine: `end` ends it when the question that this thread works on is to stop."""
    stop = _minded.get()
    with OF_PROCESS.ends(end), stop.ends(end) if stop else nullcontext():
        yield
