"""No search for garbage, or few, while many small objects are made that hold no cycle and go together."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

SELDOM = 50_000
"""Objects more than before after which garbage is looked for all the same."""
T = TypeVar("T")


class _WhileAny(Generic[T]):
    """What begins with the first thread that comes inside, and ends with the last that leaves."""

    def __init__(self, begin: Callable[[], T], end: Callable[[T], None]) -> None:
        """`begin` tells what was before, which `end` brings back."""
        self._begin, self._end = begin, end
        self._lock = threading.Lock()
        self._before: list[T] = []
        self._inside = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self._lock:
            if self._inside == 0:
                self._before.append(self._begin())
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self._end(self._before.pop())


def _rest() -> bool:
    was_on = gc.isenabled()
    gc.disable()
    return was_on


def _work_again(was_on: bool) -> None:
    if was_on:
        gc.enable()


def _work_seldom() -> tuple[int, int, int]:
    usual = gc.get_threshold()
    gc.set_threshold(max(SELDOM, usual[0]) if usual[0] else 0, *usual[1:])
    return usual


def _work_as_before(usual: tuple[int, int, int]) -> None:
    gc.set_threshold(*usual)


no_collections = _WhileAny(_rest, _work_again).inside
"""Python's collector rests, for the whole process, while any thread is inside: for work of a second at most."""
fewer_collections = _WhileAny(_work_seldom, _work_as_before).inside
"""Python's collector works seldom, for the whole process, while any thread is inside: for work of any length."""
