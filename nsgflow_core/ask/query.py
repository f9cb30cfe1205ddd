"""The one question that every store answers, and the one that lists single flow rows. Both are frozen: cache keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from nsgflow_core.ask.columns import dimension, single_columns
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import measure
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.visible import in_short


@dataclass(frozen=True)
class FlowQuery:
    """Group the flows of a filter by dimensions and compute measures for each group.

    The answer is a DataFrame with the columns `by` then `measures`, one row per group. `order` names one of those
    columns (measures sort from large to small, dimensions upwards); ties and the default order are by `by`.
    """

    filter: FlowFilter = field(default_factory=FlowFilter)
    by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ("flows",)
    order: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(dimension(name).key for name in self.by))
        object.__setattr__(self, "measures", tuple(measure(name).key for name in self.measures))
        columns = (*self.by, *self.measures)
        if not columns:
            raise BadFilter("A question needs a dimension or a measure.", "Add one, like flows.")
        if len(set(columns)) != len(columns):
            raise BadFilter("A dimension or measure is asked for twice.", "Name each once.")
        if self.order is not None:
            object.__setattr__(self, "order", _column_key(self.order, columns))
        if self.limit is not None and self.limit < 1:
            raise BadFilter(f"A limit of {self.limit} shows nothing.", "Choose a limit of 1 or more.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in order."""
        return (*self.by, *self.measures)

    def narrowed(self, flow_filter: FlowFilter) -> Self:
        """The same question about another part of the traffic."""
        return replace(self, filter=flow_filter)


@dataclass(frozen=True)
class RowsQuery:
    """Single rows as they were logged: one page of a sorted list, newest first by default."""

    filter: FlowFilter = field(default_factory=FlowFilter)
    order: str = "time"
    descending: bool = True
    limit: int | None = 100
    offset: int = 0
    also: tuple[str, ...] = ()
    """Dimensions that each row shows behind its own columns."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "also", tuple(dimension(name).key for name in self.also))
        names = single_columns()
        if self.order not in names:
            raise BadFilter(f"Rows cannot be sorted by '{in_short(self.order)}'.", f"Choose from: {', '.join(names)}.")
        if (self.limit is not None and self.limit < 1) or self.offset < 0:
            raise BadFilter("That page does not exist.", "Choose a limit of 1 or more and an offset of 0 or more.")


def _column_key(name: str, columns: tuple[str, ...]) -> str:
    for candidate in columns:
        if candidate == name:
            return candidate
    for parse in (dimension, measure):
        try:
            key = parse(name).key
        except BadFilter:
            continue
        if key in columns:
            return key
    raise BadFilter(f"The answer cannot be sorted by '{in_short(name)}'.", f"Choose from: {', '.join(columns)}.")
