"""Windows of time: the bars that one is cut into, and the windows beside and around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self, get_args

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.text.times import floor

Interval = Literal["minute", "five_minutes", "quarter_hour", "hour", "day"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)
_DAY = timedelta(days=1)
MOST_BARS = 24 * 21
"""More bars than these are hard to tell apart on a chart: three weeks of hours, a working day of minutes."""
_ENOUGH: Mapping[Interval, timedelta] = {
    "minute": timedelta(hours=2),
    "five_minutes": timedelta(hours=6),
    "quarter_hour": timedelta(hours=12),
    "hour": timedelta(days=21),
}
"""Windows up to these lengths are cut into that, unless somebody chooses; from hours on a store has sums ready."""


def length_of(interval: Interval) -> timedelta:
    """How long it is."""
    length = DIMENSIONS[interval].kind.length
    assert length is not None
    return length


@dataclass(frozen=True)
class Window:
    """From `since` until before `until`, UTC; both ends are known."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is, a microsecond at least."""
        return max(self.until - self.since, timedelta(microseconds=1))

    def whole(self, interval: Interval) -> Self:
        """The whole intervals that hold it."""
        length = length_of(interval)
        until = floor(self.until, length)
        return type(self)(floor(self.since, length), until if until == self.until else until + length)

    def later(self, by: int) -> Self:
        """As long, and so many lengths later; earlier where that is negative."""
        return type(self)(self.since + by * self.length, self.until + by * self.length)

    def wider(self, held: Window) -> Self:
        """Twice as long around the same middle, as far as there are flows."""
        half = self.length / 2
        return type(self)(max(self.since - half, held.since), min(self.until + half, held.until))

    def meets(self, other: Window) -> bool:
        """True when a moment lies in both."""
        return self.since < other.until and other.since < self.until

    def holds(self, other: Window) -> bool:
        """True when all of the other lies in it."""
        return self.since <= other.since and other.until <= self.until


def intervals_for(window: Window, unknown: Collection[str] = ()) -> tuple[Interval, ...]:
    """What it may be cut into, finest first: neither more bars than can be told apart, nor longer than it is.

    `unknown` names the dimensions that the store cannot tell.
    """
    known = [interval for interval in INTERVALS if interval not in unknown]
    fits = [each for each in known if length_of(each) <= window.length <= MOST_BARS * length_of(each)]
    return tuple(fits) or (known[-1] if window.length > length_of(known[-1]) else known[0],)


def interval_for(window: Window, unknown: Collection[str] = ()) -> Interval:
    """What it is cut into unless somebody chooses."""
    offered = intervals_for(window, unknown)
    return next((each for each in offered if window.length <= _ENOUGH.get(each, window.length)), offered[-1])


def shift_to_before(window: Window, interval: Interval) -> timedelta:
    """How far back the window before begins: whole bars, so that each bar is compared with one.

    Windows of a day and more go back by whole days, which have their busy hours where these have them. The two never
    meet.
    """
    unit = _DAY if window.length >= _DAY else length_of(interval)
    return -(-window.length // unit) * unit
