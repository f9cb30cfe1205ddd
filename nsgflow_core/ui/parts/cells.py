"""What a cell of a table points at: a value of a dimension, or a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.answers import label, row_of
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.text.times import floor
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.pointing import pointed
from nsgflow_core.ui.frame.pointing.narrowing import Thing
from nsgflow_core.words.numbers import counted

_MOMENT = timedelta(minutes=1)
"""What a moment stands for: the minute that it lies in."""


def thing_of(name: str, value: Any) -> Thing | None:
    """What the value of a column narrows to; None for what is counted, and for what this page cannot ask for."""
    row = row_of(name)
    if not pd.api.types.is_scalar(value) or pd.isna(value) or value == "":
        return None
    if isinstance(value, datetime):
        if not pointed.can_narrow_time():
            return None
        length = (row.kind.length if isinstance(row, Column) else None) or _MOMENT
        start = floor(value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC), length)
        return Thing(window=Window(start, start + length))
    if not isinstance(row, Column) or not _points(row):
        return None
    return Thing({row.key: row.kind.write(value)})


def _points(row: Column) -> bool:
    return pointed.can_narrow(row.key) or (pointed.can_narrow_time() and row.key in pointed.ADDRESSES)


def point(frame: pd.DataFrame, cells: list[tuple[int, str]]) -> None:
    """Somebody chose a cell of this frame, or none any more; a callback."""
    place, name = cells[0] if cells else (-1, "")
    value = frame[name].iloc[place] if name in frame and place < len(frame) else None
    thing = thing_of(name, value) if value is not None else None
    if thing is None:
        pointed.away()
    else:
        pointed.at(thing, words_of(name, thing))


def words_of(name: str, thing: Thing) -> str:
    """Like "Source address 10.20.1.4"."""
    told = next(iter(thing.values.values()), "")
    if thing.window:
        shown = thing.window.since.astimezone(clock.zone())
        told = f"{shown:%a %d %b %H:%M %Z}, {counted(thing.window.length // _MOMENT, 'minute')}"
    return f"{label(name)} {told}"


def points_anywhere(frame: pd.DataFrame) -> bool:
    """True when some column of the frame narrows."""
    return any(
        pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
        if not isinstance(row := row_of(str(name)), Column)
        else _points(row)
        for name in frame.columns
    )
