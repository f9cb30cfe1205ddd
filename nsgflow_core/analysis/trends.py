"""How each row of a table went over its window: one more question, the table's own by interval as well."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from nsgflow_core.analysis.question import Question, Shape
from nsgflow_core.analysis.required_ports import END_NAMES
from nsgflow_core.analysis.windows import INTERVALS, Interval, Window, length_of
from nsgflow_core.ask.query import FlowQuery

MOST, LEAST = 30, 24
"""Points of a trend, where the window is long enough."""
MOST_CELLS = 60_000
"""Groups and intervals that are asked for. Where there are more, a trend of what is left would be another one."""


def interval_of(window: Window, unknown: Collection[str] = ()) -> Interval:
    """The longest interval that there are enough of; `unknown` names the dimensions that the store cannot tell."""
    known = [each for each in INTERVALS if each not in unknown]
    enough = [each for each in known if window.whole(each).length >= LEAST * length_of(each)]
    return enough[-1] if enough else known[0]


def by_interval(query: FlowQuery, interval: Interval) -> Question:
    """Flows of each group of the query by interval (its start, UTC)."""
    made = FlowQuery(query.filter, (*query.by, interval), ("flows",), order="flows", limit=MOST_CELLS)
    names = {key: name for key, name in END_NAMES.items() if name not in query.by}
    return Question("trends.by_interval", made, Shape.of_groups(made).renamed(names))


def points(rows: pd.DataFrame, by_interval: pd.DataFrame, window: Window) -> list[list[float]]:
    """For each row what it had from the start of the window to its end, in as many points as it takes, at most MOST.

    None at all where that is too much.

    Expects the columns of a group, an interval and flows, in the order that `by_interval` asks for.
    """
    if len(by_interval) >= MOST_CELLS:
        return []
    *keys, interval, _ = by_interval.columns
    named = next(each for each in INTERVALS if each == interval)
    length, whole = length_of(named), window.whole(named)
    count = whole.length // length
    together = -(-count // MOST)
    starts = pd.to_datetime(by_interval[interval], utc=True)
    told = by_interval.assign(_point=(starts - pd.Timestamp(whole.since)) // (length * together))
    sums = told.groupby([*keys, "_point"])["flows"].sum().unstack(fill_value=0)
    sums = sums.reindex(columns=range(-(-count // together)), fill_value=0)
    wanted = pd.MultiIndex.from_frame(rows[keys])
    found: list[list[float]] = sums.reindex(wanted).fillna(0).to_numpy(dtype=float).tolist()
    return found
