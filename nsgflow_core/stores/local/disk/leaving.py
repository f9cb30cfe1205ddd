"""The end of a process: by then none of its other threads is inside an engine.

Python stops a daemon thread where it next comes back from C. Inside an engine's C++ that is no place to stop at: the
whole process aborts ("terminate called", status 134), after a command that had printed everything as well.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from nsgflow_core.errors import Cancelled
from nsgflow_core.stores.stopping import OF_PROCESS

_AT_MOST = 5.0
"""Seconds that the end of a process waits for; a statement that is asked to end takes some hundredths."""
_AGAIN = 0.05
"""A wish between two statements of one commit ends neither: so it is told again."""
_TO_UNWIND = 0.5
"""Seconds in which a thread that was ended leaves its frames, the last of which hold of an engine as well."""
_changed = threading.Condition()
_inside: Counter[int] = Counter()
"""By thread, how often it is inside."""
_unwinding: set[threading.Thread] = set()
_has_ended = False


@contextmanager
def inside() -> Iterator[None]:
    """Around what a thread does with an engine and the file that is on it. Raises Cancelled once the process ends."""
    here = threading.get_ident()
    with _changed:
        if _has_ended and not _inside[here]:
            raise Cancelled("The program is ending.", "Start it again.")
        _inside[here] += 1
    try:
        yield
    except BaseException:
        if _has_ended:
            _unwinding.add(threading.current_thread())
        raise
    finally:
        with _changed:
            _inside[here] -= 1
            if not _inside[here]:
                del _inside[here]
            _changed.notify_all()


def _leave() -> None:
    global _has_ended
    until = time.monotonic() + _AT_MOST
    with _changed:
        _has_ended = True
        while _others() and time.monotonic() < until:
            OF_PROCESS.end_now()
            _changed.wait(_AGAIN)
    for thread in _unwinding - {threading.current_thread()}:
        thread.join(max(0.0, min(_TO_UNWIND, until - time.monotonic())))


def _others() -> bool:
    return bool(_inside.keys() - {threading.get_ident()})


atexit.register(_leave)
