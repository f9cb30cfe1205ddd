"""The days of a window: on which there was traffic, and which kinds of day (a weekday, a month's end) are not in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)


def days_of(store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction) -> tuple[date, ...]:
    """The days (UTC) on which the scope's traffic in that direction was logged. Raises what the store raises."""
    query = FlowQuery(scope.narrow(flow_filter, direction), by=("day",), measures=("tuples",))
    return tuple(sorted({moment.date() for moment in store.fetch(query)["day"]}))


def all_but(flow_filter: FlowFilter, day: date) -> FlowFilter:
    """The same traffic without that day (UTC)."""
    others = flow_filter.values_of("day", "is_not")
    return flow_filter.where("day", *others, day.isoformat(), operator="is_not")


def on(flow_filter: FlowFilter, day: date) -> FlowFilter:
    """The same traffic on that day (UTC) alone."""
    midnight = datetime.combine(day, time(), UTC)
    since, until = flow_filter.since or midnight, flow_filter.until or midnight + _DAY
    return flow_filter.within(max(midnight, since), min(midnight + _DAY, until))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which kinds of day are among the days of a window, and so which jobs can have been seen."""

    days: tuple[date, ...]

    @property
    def weekdays_missing(self) -> tuple[str, ...]:
        """The days of the week that are not in the window."""
        seen = {day.weekday() for day in self.days}
        return tuple(word for place, word in enumerate(WEEKDAYS) if place not in seen)

    @property
    def has_month_end(self) -> bool:
        """True when the last day of some month is in the window."""
        return any(_ends_month(day) for day in self.days)

    @property
    def has_quarter_end(self) -> bool:
        """True when the last day of March, June, September or December is in the window."""
        return any(_ends_month(day) and day.month % 3 == 0 for day in self.days)

    @property
    def missing(self) -> tuple[str, ...]:
        """The kinds of day that are not in the window, in words; nothing where all are."""
        weekdays = self.weekdays_missing
        if len(weekdays) > len(WEEKDAYS) // 2:
            there = [word for word in WEEKDAYS if word not in weekdays]
            found = [f"day of the week but {_listed(there)}"] if there else ["day of any week"]
        else:
            found = list(weekdays)
        found += [] if self.has_month_end else ["end of a month"]
        found += [] if self.has_quarter_end else ["end of a quarter"]
        return tuple(found)

    @property
    def sentence(self) -> str:
        """Like "No Sunday, no end of a month and no end of a quarter is in the window: jobs of such days ..."."""
        if not self.missing:
            return "Every day of the week, an end of a month and an end of a quarter are in the window."
        kinds = _listed([f"no {kind}" for kind in self.missing])
        return f"{kinds[0].upper()}{kinds[1:]} is in the window: what runs only then was not seen, and would be cut."


def day_name(day: date) -> str:
    """A day with its name: "Sunday 2026-11-22"."""
    return f"{WEEKDAYS[day.weekday()]} {day}"


def _ends_month(day: date) -> bool:
    return (day + _DAY).day == 1


def _listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
