"""Waiting for a thread that asks or for the next attempt, leaving at once when it is cancelled; what is tried again."""

from __future__ import annotations

import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from datetime import UTC, datetime
from typing import Any, TypeVar

from nsgflow_core.errors import Cancelled, NsgflowError
from nsgflow_core.stores.kusto.asking.answer import IsCancelled

ATTEMPTS = 4
LONGEST_WAIT = 60.0
RETRIED = frozenset({429, 500, 502, 503})
"""HTTP statuses after which the same query may succeed."""
_POLL_SECONDS = 0.05
T = TypeVar("T")


def wait_for(slot: Future[T], cancelled: IsCancelled | None) -> T:
    """What the slot gives. Raises Cancelled."""
    while True:
        try:
            return slot.result(None if cancelled is None else _POLL_SECONDS)
        except NotYet:
            if slot.done():
                raise
            stop_if(cancelled, slot)


def sleep(seconds: float, cancelled: IsCancelled | None) -> None:
    """So long, or raise Cancelled."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        stop_if(cancelled)
        time.sleep(min(left, _POLL_SECONDS) if cancelled else left)


def stop_if(cancelled: IsCancelled | None, slot: Future[Any] | None = None) -> None:
    """Raise Cancelled where that is wished; what the slot has not begun is not begun."""
    if cancelled is not None and cancelled():
        if slot is not None:
            slot.cancel()
        raise Cancelled("The query was cancelled.")


def with_wait(error: NsgflowError, retry_after: float | None, who: str) -> NsgflowError:
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
