"""Waiting for a thread that asks or for the next attempt, leaving at once when it is to end; what is tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from nsgflow_core.credentials import Cloud, in_cloud
from nsgflow_core.errors import Cancelled, NsgflowError, StoreSignIn, StoreUnreachable
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.stopping import ended_by

ATTEMPTS = 4
LONGEST_WAIT = 60.0
RETRIED = frozenset({429, 500, 502, 503})
"""HTTP statuses after which the same query may succeed."""
AT_ONCE = 4
"""Azure Monitor runs five queries of one user at a time and queues the rest; one is left for the portal."""
_POLL_SECONDS = 0.05
T = TypeVar("T")
_lock = threading.Lock()
_slots: WeakValueDictionary[str, ThreadPoolExecutor] = WeakValueDictionary()


def slots_of(place: str) -> ThreadPoolExecutor:
    """What asks a place, four questions at a time however many clients there are of it, and behind those of no other:
    what is asked of a place that does not answer keeps its slot until the connection gives up."""
    with _lock:
        return _slots.setdefault(place, ThreadPoolExecutor(AT_ONCE, "engine-query"))


class EngineRefused(Exception):
    """What an engine said in place of an answer: HTTP status, seconds of Retry-After, and what it is in our words."""

    def __init__(self, status: int, retry_after: float | None, told: NsgflowError) -> None:
        super().__init__(told.message)
        self.status, self.retry_after, self.told = status, retry_after, told


class Dropped(StoreUnreachable):
    """The connection broke; the first time it may have been one that was kept open for too long."""


def asked_again(
    ask: Callable[[IsCancelled], T],
    *,
    wait: float,
    who: str,
    cloud: Cloud,
    cancelled: IsCancelled | None,
) -> T:
    """What `ask` answers, at its fourth attempt at the latest: after a refusal that may pass, `wait` seconds and then
    twice as long each time, or as long as it says; and once, at once, where the connection broke.

    `ask` gets what tells it to end: `cancelled`, or that nobody waits for the question of this thread any more. Raises
    the refusal in our words, which fit the cloud; `who` is what says how long to wait.
    """
    with _until_stopped(cancelled) as is_over:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return ask(is_over)
            except Dropped as broken:
                if attempt > 1:
                    raise in_cloud(broken, cloud) from None
                continue
            except StoreSignIn as refused:
                raise in_cloud(refused, cloud) from None
            except EngineRefused as refused:
                found = refused
            pause = wait if found.retry_after is None else found.retry_after
            if found.status not in RETRIED or attempt == ATTEMPTS or pause > LONGEST_WAIT:
                raise in_cloud(_with_wait(found.told, found.retry_after, who), cloud)
            _sleep(pause, is_over)
            wait *= 2
    raise AssertionError("The last attempt returns or raises.")


@contextmanager
def _until_stopped(cancelled: IsCancelled | None) -> Iterator[IsCancelled]:
    """What tells a question of this thread to end: `cancelled`, or the wish of `stopping.py`."""
    stopped = threading.Event()
    with ended_by(stopped.set):
        yield lambda: stopped.is_set() or (cancelled is not None and cancelled())


def wait_for(slot: Future[T], is_over: IsCancelled) -> T:
    """What the slot gives. Raises Cancelled."""
    while True:
        try:
            return slot.result(_POLL_SECONDS)
        except NotYet:
            if slot.done():
                raise
            stop_if(is_over, slot)


def _sleep(seconds: float, is_over: IsCancelled) -> None:
    """So long, or raise Cancelled."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        stop_if(is_over)
        time.sleep(min(left, _POLL_SECONDS))


def stop_if(cancelled: IsCancelled | None, slot: Future[Any] | None = None) -> None:
    """Raise Cancelled where that is wished; what the slot has not begun is not begun."""
    if cancelled is not None and cancelled():
        if slot is not None:
            slot.cancel()
        raise Cancelled("The query was cancelled.")


def _with_wait(error: NsgflowError, retry_after: float | None, who: str) -> NsgflowError:
    """The error, which says how long `who` asks to wait where that is longer than we do."""
    if retry_after is not None and retry_after > LONGEST_WAIT:
        error.hint = f"The {who} asks to wait {retry_after:,.0f} seconds before the next query."
    return error


def seconds_of(header: str | None) -> float | None:
    """Retry-After in seconds: a number, or an HTTP date."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
