"""The one question about two windows: which groups are new, gone, louder or quieter. Frozen: a cache key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.ask.columns import dimension
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MeasureKind, measure
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import BadFilter

_SUMS = (MeasureKind.VOLUME, MeasureKind.COUNT)


class GroupChange(StrEnum):
    """What became of a group, in the order in which groups are told."""

    NEW = "new"  # nothing before
    GONE = "gone"  # nothing after
    LOUDER = "louder"
    QUIETER = "quieter"


@dataclass(frozen=True, slots=True)
class Notable:
    """What counts as louder or quieter: a rate at least `factor` times higher or lower, and `amount` more or less.

    The second keeps one flow that became two out of the list.
    """

    factor: float = 2.0
    amount: int = 10

    def __post_init__(self) -> None:
        if not self.factor > 1:
            raise BadFilter(f"A factor of {self.factor:g} calls everything changed.", "Choose a factor above 1.")


@dataclass(frozen=True, slots=True)
class ComparedQuery:
    """Group the flows of two filters alike, and tell the groups whose measure changed.

    The answer is a DataFrame with `columns`: the change, the group, its measure before and after, and how many groups
    changed that way. Sorted by change, then by how far the rates are apart, the furthest first; ties are by `by`.
    Windows of different lengths are compared by rate: what was before is scaled to the length of the window after,
    where both have a start and an end.
    """

    before: FlowFilter
    after: FlowFilter
    by: tuple[str, ...]
    measure: str = "flows"
    notable: Notable = Notable()
    changes: tuple[GroupChange, ...] = tuple(GroupChange)
    """Those that are told."""
    limit: int | None = None
    """The most groups of each change."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(dimension(name).key for name in self.by))
        row = measure(self.measure)
        if row.kind not in _SUMS:
            raise BadFilter(f"{row.label} cannot be compared.", "Choose a measure that adds up, like flows.")
        if not self.by or len(set(self.by)) != len(self.by):
            raise BadFilter("What is compared needs dimensions, each named once.", "Add one, like port.")
        if self.limit is not None and self.limit < 1:
            raise BadFilter(f"A limit of {self.limit} shows nothing.", "Choose a limit of 1 or more.")

    @property
    def was(self) -> str:
        """The column of what it was before."""
        return f"{self.measure}_before"

    @property
    def now(self) -> str:
        """The column of what it is after."""
        return f"{self.measure}_after"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in order."""
        return ("change", *self.by, self.was, self.now, "of")

    @property
    def filter(self) -> FlowFilter:
        """The part of the traffic that the question is about: the window after."""
        return self.after

    @property
    def scale(self) -> float:
        """How much longer the window after is; 1 where a window is open at an end."""
        if not (self.before.since and self.before.until and self.after.since and self.after.until):
            return 1.0
        return (self.after.until - self.after.since) / (self.before.until - self.before.since)

    @property
    def sides(self) -> tuple[FlowQuery, FlowQuery]:
        """The two questions whose answers are compared: before and after."""
        was, now = (FlowQuery(part, by=self.by, measures=(self.measure,)) for part in (self.before, self.after))
        return was, now
