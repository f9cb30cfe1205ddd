"""Work in a thread of its own: whoever started it may leave, and whoever looks asks it how far it is.

The thread touches no page. What the work holds (a source, a credential) is let go when it ends, whichever way it ends.
When the process ends, work is asked to stop and waited for: a thread that is cut inside DuckDB aborts the process.
"""

from __future__ import annotations

import atexit
import concurrent.futures.thread  # noqa: F401 - registers its own end first, so that ours comes before it
import threading
import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from nsgflow_core.errors import NsgflowError
from nsgflow_core.words.unforeseen import reference_to

T = TypeVar("T")
AT_EXIT = 10.0
"""Seconds that work may take to stop when the process ends."""
_running: weakref.WeakSet[Work[Any]] = weakref.WeakSet()


class Work(Generic[T]):
    """One task; `result` or `error` is there once `is_done`, `note` is whatever the task last told."""

    def __init__(self, words: str, task: Callable[[Work[T]], T]) -> None:
        """Start it. `task` gets this object, to tell a note and to see whether it was cancelled."""
        self.words = words
        self.note: object = None
        self.result: T | None = None
        self.error: NsgflowError | None = None
        self.began = datetime.now(UTC)
        self.started = time.monotonic()
        self._cancelled = threading.Event()
        self._task: Callable[[Work[T]], T] | None = task
        self._thread = threading.Thread(target=self._run, name="nsgflow-work", daemon=True)
        _running.add(self)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """True when there is a result or an error."""
        return not self._thread.is_alive()

    @property
    def is_cancelled(self) -> bool:
        """True once somebody asked it to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop; it does so at its next safe point."""
        self._cancelled.set()

    def pause(self, seconds: float) -> None:
        """Wait so long, for the task itself; less when it is cancelled."""
        self._cancelled.wait(seconds)

    def wait(self, seconds: float | None = None) -> bool:
        """Until it is done, at most so long; whether it is."""
        self._thread.join(seconds)
        return self.is_done

    def _run(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        try:
            self.result = task(self)
        except NsgflowError as error:
            # A copy: the error as raised holds its traceback, and that the variables of the task, credentials too.
            self.error = type(error)(error.message, error.hint)
        except Exception as failure:
            self.error = unexpected(failure)


def _end_all() -> None:
    """Ask all work to stop, and wait for it."""
    left = [work for work in list(_running) if not work.is_done]
    for work in left:
        work.cancel()
    end = time.monotonic() + AT_EXIT
    for work in left:
        work.wait(max(0.0, end - time.monotonic()))


# Before thread pools are closed, in the way that they register themselves: an import that is asked to stop then can
# still store what it has read. Python has no public hook so early; with the later one, that is read again next time.
getattr(threading, "_register_atexit", atexit.register)(_end_all)


def unexpected(failure: Exception) -> NsgflowError:
    """Log where it failed, without its text: that of a foreign error may quote a URL with a SAS."""
    reference = reference_to(failure, "in the background")
    return NsgflowError(
        "Something went wrong on our side.", f"The server's log has the details under {reference}. Nothing was lost."
    )
