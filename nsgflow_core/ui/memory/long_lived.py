"""What lasts as long as the server, put aside from what Python's garbage collector looks through, which it does seldom.

Streamlit would collect all garbage after each run of a page (`runner.postScriptGC`, off), and look through every object
of every imported module to do so: those of pandas and Plotly are some hundred thousand, and none of them is ever
garbage. Those of the sessions are as many where ten people look at 300 subnets, and each waits for each one's search.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AFTER = 1.0
"""Seconds from the end of a run to a search for garbage, one however many runs end meanwhile."""
_first = threading.Lock()


class GarbageSearch:
    """A search for garbage that is to come: one at a time."""

    def __init__(self, search: Callable[[], object] = gc.collect) -> None:
        self._search = search
        self._due = threading.Lock()

    def soon(self) -> None:
        """Some seconds from now, or from when it was asked for first."""
        if self._due.acquire(blocking=False):
            timer = threading.Timer(AFTER, self._begin)
            timer.daemon = True
            timer.start()

    def _begin(self) -> None:
        self._due.release()
        self._search()


_search = GarbageSearch()


@contextmanager
def put_aside(import_rest: Callable[[], None]) -> Iterator[None]:
    """Put aside what the first run of a page imported, as it ends: before anybody gave the server a secret to hold.

    With it goes what other pages import (`import_rest`), or each search after them would look through that. Garbage of
    this run and of later ones is looked for soon after them.
    """
    try:
        yield
    finally:
        if _first.acquire(blocking=False):
            import_rest()
            gc.collect()  # what is garbage now would stay for good
            gc.freeze()
        _search.soon()
