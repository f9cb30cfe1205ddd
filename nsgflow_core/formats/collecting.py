"""No search for garbage, or few, while many small objects are made that hold no cycle and go together."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 50_000
"""Objects more than before after which garbage is looked for all the same."""
_lock = threading.Lock()
_inside = 0
_was_on = False
_seldom_inside = 0
_usual = gc.get_threshold()


@contextmanager
def no_collections() -> Iterator[None]:
    """Python's collector rests, for the whole process, while any thread is inside: for work of a second at most."""
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Python's collector works seldom, for the whole process, while any thread is inside: for work of any length."""
    global _seldom_inside, _usual
    with _lock:
        if _seldom_inside == 0:
            _usual = gc.get_threshold()
            gc.set_threshold(max(SELDOM, _usual[0]) if _usual[0] else 0, *_usual[1:])
        _seldom_inside += 1
    try:
        yield
    finally:
        with _lock:
            _seldom_inside -= 1
            if _seldom_inside == 0:
                gc.set_threshold(*_usual)
