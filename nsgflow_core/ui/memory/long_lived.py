"""What lasts as long as the server, put aside from what Python's garbage collector looks through.

Streamlit collects all garbage after each run of a page (`runner.postScriptGC`), and looks through every object of every
imported module to do so: those of pandas and Plotly are some hundred thousand, and none of them is ever garbage.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_first = threading.Lock()


@contextmanager
def put_aside(import_rest: Callable[[], None]) -> Iterator[None]:
    """Put aside what the first run of a page imported, as it ends: before anybody gave the server a secret to hold.

    With it goes what other pages import (`import_rest`), or each run after them would look through that.
    """
    try:
        yield
    finally:
        if _first.acquire(blocking=False):
            import_rest()
            gc.collect()  # what is garbage now would stay for good
            gc.freeze()
