"""Whether a question can be answered from the tables, and which part of its window from which of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.cells.making import TablesState
from nsgflow_core.stores.local.cells.tables import ADDED, KEY, OF_ENDS, SHARED, SPELLED, TIMES, asked_bits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_OF_TIME = frozenset({"hour", "day", "week", "weekday"})
_NSG = frozenset({"nsg", "nsg_id"})
"""A filter on one of them matches the other as well."""


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until) in UTC; None is open."""

    since: datetime | None
    until: datetime | None

    @property
    def is_empty(self) -> bool:
        """True when nothing lies in it."""
        return self.since is not None and self.until is not None and self.since >= self.until

    def whole(self, size: timedelta) -> Span:
        """The whole hours or days of it."""
        since = _floor(self.since, size)
        if since and self.since and since < self.since:
            since += size
        return Span(since, _floor(self.until, size))

    def without(self, inner: Span) -> tuple[Span, ...]:
        """What lies before and after an inner span."""
        before = Span(self.since, inner.since) if self.since and inner.since else None
        after = Span(inner.until, self.until) if self.until and inner.until else None
        return tuple(each for each in (before, after) if each and not each.is_empty)


EVER = Span(None, None)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How a question is answered from the tables."""

    bits: int
    """The words that it asks about: a share of a cell holds where its contexts differ in none of them."""
    excluding: int
    """Those of them that nothing but exclusions of its filter asks about, where keys are taken from `ever`: there a
    share holds as well where the filter shuts out no context of its key."""
    is_named: bool
    """True when NSGs are told apart as they were when the tables were made."""
    most_address: int
    """The highest number of an address."""
    once: Span
    """The whole hours of its window."""
    hours: tuple[Span, ...]
    """Those that are taken from `hours`."""
    days: Span | None
    """Those that are taken from `days`."""
    is_ever: bool
    """True when all flows are in the window and no times are told apart: then keys are taken from `ever`."""
    edges: tuple[Span, ...]
    """What is left of hours: only the flows know it."""
    are_entries: bool
    """True when nothing but log entries of `OF_ENDS` is counted: what each end logged by the hour has all of them."""
    tells_hours: bool
    tells_days: bool
    of_keys: FlowFilter
    """The part of the filter that asks for keys and contexts."""
    of_times: FlowFilter
    """The part that asks for days of the week and the like."""

    @property
    def recurring_hold(self) -> bool:
        """True when the share of each recurring cell holds, as far as words go."""
        return self.is_ever or self.tells_hours or (self.tells_days and not self.hours)


def asked_of_cells(query: FlowQuery, state: TablesState, *, is_named: bool) -> TablePlan | None:
    """How; None where only the flows themselves can tell. `is_named`: NSGs are told apart as in the tables."""
    if not state.is_whole:
        return None
    conditions = query.filter.conditions
    columns = [*(DIMENSIONS[name] for name in query.by), *(condition.column for condition in conditions)]
    if not all(map(_is_known, columns)) or not all(map(_is_held, query.measures)):
        return None
    window = opened_ends(Span(query.filter.since, query.filter.until), state)
    names = {column.key for column in columns}
    is_all = window == EVER
    once = window.whole(HOUR)
    if once.is_empty:
        return None
    bits = asked_bits(_words_of(columns), is_named=is_named)
    days = None if "hour" in names else once.whole(DAY)
    if days and days.is_empty:
        days = None
    unbound = replace(query.filter, since=None, until=None)
    of_times = tuple(condition for condition in conditions if condition.dimension in _OF_TIME)
    is_ever = is_all and not names & _OF_TIME and not any(map(_tells_times, query.measures))
    return TablePlan(
        bits=bits,
        excluding=bits & ~_asked_otherwise(query, is_named=is_named) if is_ever else 0,
        is_named=is_named,
        most_address=state.most_address,
        once=once,
        is_ever=is_ever,
        hours=once.without(days) if days else (once,),
        days=days,
        edges=window.without(once),
        are_entries=query.measures == ("tuples",) and names <= OF_ENDS | _OF_TIME,
        tells_hours="hour" in query.by,
        tells_days="day" in query.by,
        of_keys=replace(unbound, conditions=tuple(each for each in conditions if each not in of_times)),
        of_times=replace(unbound, conditions=of_times),
    )


def _words_of(columns: Iterable[Column]) -> set[str]:
    words = {column.key for column in columns if column.sql.table is Held.CONTEXTS}
    return words | _NSG if words & _NSG else words


def _asked_otherwise(query: FlowQuery, *, is_named: bool) -> int:
    """The bits that something else than an exclusion asks for. A filter that lets few contexts through shuts some of
    nearly every key out, so then nothing is gained by a look at which."""
    conditions = [each for each in query.filter.conditions if each.dimension != "decision"]
    kept = (*(DIMENSIONS[name] for name in query.by), *(each.column for each in conditions if not each.excludes))
    return asked_bits(_words_of(kept), is_named=is_named) | SPELLED


def _is_known(column: Column) -> bool:
    return column.sql.table is not Held.FLOWS or column.key in _OF_TIME or column.sql.plain_column in KEY


def _is_held(measure: str) -> bool:
    """True when cells have what it adds up and its share, and what it is told apart by."""
    sql = MEASURES[measure].sql
    held = set(sql.sums) <= {*ADDED, *TIMES} and (measure in SHARED or "c.decision" not in sql.made)
    return held and all(made in {f"f.{name}" for name in KEY} or "f.time" in made for made in sql.keys.values())


def _tells_times(measure: str) -> bool:
    return any("f.time" in made for made in MEASURES[measure].sql.keys.values())


def opened_ends(span: Span, state: TablesState) -> Span:
    """The same flows: an end beyond which there are none is open, so that no hour at it is cut."""
    since = None if span.since is None or (state.first and span.since <= state.first) else span.since
    until = None if span.until is None or (state.last and state.last < span.until) else span.until
    return Span(since, until)


def _floor(moment: datetime | None, size: timedelta) -> datetime | None:
    """The beginning of the hour or day (UTC)."""
    if moment is None:
        return None
    start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start.replace(hour=0) if size == DAY else start
