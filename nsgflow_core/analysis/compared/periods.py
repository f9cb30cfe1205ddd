"""Which window is looked at, and which earlier one it is compared with. Pages and commands speak of the same two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from nsgflow_core.analysis.windows import Interval, Window, shift_to_before
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import floor, minute_words, moment_words
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.base import Extent
from nsgflow_core.words.lengths import exact_duration

EARLIER: Mapping[str, str] = {
    "just": "The time just before",
    "week": "A week earlier",
    "all": "All time before",
}
"""The earlier windows that have a word. `just` is of the same length, and so is `week`."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def now(asked: FlowFilter, held: Extent) -> FlowFilter:
    """The filter with both ends: it ends with the newest flow, and without a start it is the newest day.

    Flows of the future are in it only where it begins there.

    Raises BadFilter where the store holds nothing.
    """
    if held.first is None or held.until is None or held.recent_until is None:
        raise BadFilter("There is nothing to compare.", "Import flow logs first.")
    is_ahead = asked.since is not None and asked.since >= held.recent_until
    until = asked.until or (held.until if is_ahead else held.recent_until)
    return asked.within(asked.since or until - DAY, until)


def before(after: FlowFilter, which: str, held: Extent) -> FlowFilter:
    """The earlier window of a word of EARLIER, as far as there are logs. Raises BadFilter where there are none."""
    since, until = ends(after)
    first, length = held.first or since, until - since
    start_of_logs = floor(first, HOUR)
    match which:
        case "just":
            start, end = since - length, since
        case "week":
            start, end = since - WEEK, until - WEEK
        case "all":
            start, end = start_of_logs, since
        case _:
            raise BadFilter("There is no such window.", f"Choose from: {', '.join(EARLIER)}.")
    if end <= first:
        raise BadFilter(
            f"There are no logs before {first:%Y-%m-%d %H:%M} UTC.",
            "Choose a later window, or another one to compare with.",
        )
    return after.within(max(start, start_of_logs), end)


def whole_before(asked: FlowFilter, held: Extent) -> FlowFilter | None:
    """The period of the same length just before; None for all time, and where logs do not reach back to its start.

    The first log entry may come some time into the first hour that was logged.
    """
    if asked.since is None or held.first is None:
        return None
    after = now(asked, held)
    since, until = ends(after)
    start = since - (until - since)
    return after.within(start, since) if floor(held.first, HOUR) <= start else None


def bars_before(
    asked: FlowFilter, window: Window, interval: Interval, held: Extent
) -> tuple[FlowFilter, timedelta] | None:
    """The same part of the traffic so much earlier that each bar of the window has one before it, and how much.

    None for all time, and where logs do not reach back to its start, as in `whole_before`.
    """
    if asked.since is None or held.first is None:
        return None
    by = shift_to_before(window, interval)
    start = window.since - by
    return (asked.within(start, window.until - by), by) if floor(held.first, HOUR) <= start else None


def in_words(part: FlowFilter, zone: tzinfo = UTC) -> str:
    """A window with both ends, like "2026-11-18 00:00 to 2026-11-19 00:00 UTC"."""
    since, until = ends(part)
    return f"{minute_words(since, zone)} to {moment_words(until, zone)}"


def length_in_words(part: FlowFilter) -> str:
    """How long a window with both ends is, exactly, like "24 hours" or "24 hours 38 minutes"."""
    since, until = ends(part)
    return exact_duration(until - since)


def ends(part: FlowFilter) -> tuple[datetime, datetime]:
    """Start and end of a window that has both, as those of `now` and `before`."""
    if part.since is None or part.until is None:
        raise ValueError("This window is open at an end.")
    return part.since, part.until
