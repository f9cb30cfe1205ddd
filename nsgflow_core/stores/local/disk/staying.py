"""How long a store's file stays open when nobody asks it anything: pages and commands ask a dozen questions in a row.

Each question that opens the file reads again what the one before it read: at 50 M tuples a fifth of what all of a page
take. Nobody in this process waits for a file that stays open (a writer closes it), but other processes cannot write to
it meanwhile. So it stays only for moments, and however often it is asked, it closes when it was open for long.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress

FROM_ONE_TO_THE_NEXT = 1.0
"""Seconds from one question of a page or command to its next, and more."""
AT_MOST = 10.0
"""Seconds since its opening after which a file does not stay open: then a writer of another process gets its turn."""


class Staying:
    """Of one file. Its methods are called with the file's lock held, but for `close`, which takes it."""

    def __init__(self, close: Callable[[Callable[[], bool]], None]) -> None:
        """`close` closes the file where nobody uses it and what it is given says so."""
        self.seconds = 0.0
        self._close = close
        self._opened = self._left = 0.0
        self._timer: threading.Timer | None = None
        _all.add(self)

    def opened(self) -> None:
        """The file was opened."""
        self._opened = time.monotonic()

    def begins(self) -> bool:
        """Nobody uses the file any more: True when it stays open for now, and is closed later."""
        self._left = time.monotonic()
        if self._left - self._opened > AT_MOST or not self.seconds:
            return False
        if self._timer is None:
            self._timer = self._started(self.seconds)
        return True

    def end(self) -> None:
        """Close the file now where nobody uses it."""
        self._close(lambda: True)

    def _started(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()
        return timer

    def _look(self) -> None:
        self._close(self._is_over)

    def _is_over(self) -> bool:
        rest = self._left + self.seconds - time.monotonic()
        self._timer = self._started(rest) if rest > 0 else None
        return rest <= 0


_all: weakref.WeakSet[Staying] = weakref.WeakSet()


def _end_all() -> None:
    """A forked process has none of an engine's threads, and would wait for them for ever. At the end of a process a
    timer that closes a file just then would be stopped inside the engine, which aborts the process (status 134)."""
    for each in list(_all):
        with suppress(Exception):
            each.end()


atexit.register(_end_all)
if sys.platform != "win32":
    os.register_at_fork(before=_end_all)
