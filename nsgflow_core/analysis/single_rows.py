"""All single rows of a window, however many: newest first, some of them in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.stores.base import FlowStore, held

MOST_AT_ONCE = 200_000
"""Rows of an hour that are asked for at once, 200 MB; of one with more, a minute is."""
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


def rows_in_parts(store: FlowStore, question: Question) -> Iterator[pd.DataFrame]:
    """The answer to a question for single rows, newest first, in frames that follow each other: one at least, and all
    of one state of the store. Raises what the store does."""
    query = question.query
    assert isinstance(query, RowsQuery), query
    assert query.order == "time", query.order
    assert query.descending, query
    left = query.limit
    with held(store):
        for window in _windows(store, query):
            part = replace(question, query=replace(query, filter=window, limit=left)).ask(store)
            left = None if left is None else left - len(part)
            yield part
            if left == 0:
                return


def _windows(store: FlowStore, query: RowsQuery) -> Iterator[FlowFilter]:
    """The parts of a window that have rows, newest first; all of it where these are few or none."""
    asked = query.filter
    if query.limit is not None and query.limit <= MOST_AT_ONCE:
        yield asked
        return
    counted = store.fetch(FlowQuery(asked, by=("hour",), measures=("tuples",), order="hour"))
    hours = [(hour.to_pydatetime(), rows) for hour, rows in zip(counted["hour"], counted["tuples"], strict=True)]
    for hour, rows in reversed(hours):
        step = _HOUR if rows <= MOST_AT_ONCE else _MINUTE
        for start in reversed([hour + step * at for at in range(_HOUR // step)]):
            since, until = max(start, asked.since or start), min(start + step, asked.until or start + step)
            if since < until:
                yield asked.within(since, until)
    if not hours:
        yield asked
