"""An answer that is being made, in a thread of its own: several wait for it, and it stops when nobody does any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from nsgflow_core.stores.stopping import Stop

T = TypeVar("T")
LOOK = 0.2
"""Seconds between two looks of who waits."""
GRACE = 1.0
"""Seconds that it goes on when nobody waits: whoever changed the page in between mostly asks for it again."""


class Making(Generic[T]):
    """One answer on its way; whoever begins it waits for it. `ended` is told once, in the thread that made the answer,
    before those who wait go on."""

    def __init__(self, make: Callable[[], T], ended: Callable[[Making[T]], None]) -> None:
        self._make, self._tell_ended = make, ended
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._stop = Stop()
        self._waiting, self._is_stopped = 1, False
        self._answer: T
        self._failure: BaseException | None = None
        threading.Thread(target=self._run, name="answer", daemon=True).start()

    def join(self) -> bool:
        """Wait for it, too. False when it was stopped, and another must be made."""
        with self._lock:
            if self._is_stopped:
                return False
            self._waiting += 1
            return True

    def wait(self, tell: Callable[[float], None]) -> T:
        """The answer, for one who began it or joined. `tell` is called with the seconds so far at each look.

        Raises what making it raised, and what `tell` raises to leave.
        """
        since = time.monotonic()
        try:
            while not self._ended.wait(LOOK):
                tell(time.monotonic() - since)
        finally:
            self._leave()
        if self._failure is not None:
            raise self._failure
        return self._answer

    def ended(self) -> bool:
        """True when it was made, for one who began it for nobody: waits until it is over."""
        self._ended.wait()
        return self._failure is None

    def give_up(self) -> None:
        """Stop it at once where nobody joined whom it was begun for; to be called once, by who began it for nobody."""
        with self._lock:
            self._waiting -= 1
            self._is_stopped = not self._waiting and not self._ended.is_set()
            if not self._is_stopped:
                return
        self._stop.wish()

    def _run(self) -> None:
        try:
            with self._stop.minded():
                self._answer = self._make()
        except BaseException as failure:
            self._failure = failure
        finally:
            self._tell_ended(self)
            self._ended.set()

    def _leave(self) -> None:
        with self._lock:
            self._waiting -= 1
            is_left = not self._waiting and not self._ended.is_set()
        if is_left:
            timer = threading.Timer(GRACE, self._stop_if_left)
            timer.daemon = True
            timer.start()

    def _stop_if_left(self) -> None:
        with self._lock:
            self._is_stopped = not self._waiting and not self._ended.is_set()
            if not self._is_stopped:
                return
        self._stop.wish()
