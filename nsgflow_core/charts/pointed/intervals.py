"""Answers over time as tables of whole intervals: every one of a window is there, with what was measured in it."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.analysis.windows import INTERVALS, Interval, Window, length_of


def interval_of(intervals: pd.DataFrame) -> Interval:
    """The interval that an answer is by: its first column."""
    return next(each for each in INTERVALS if each == intervals.columns[0])


def drawn_window(intervals: pd.DataFrame) -> Window:
    """From the first interval of an answer to the end of its last."""
    starts = pd.to_datetime(intervals.iloc[:, 0], utc=True)
    return Window(starts.min().to_pydatetime(), starts.max().to_pydatetime() + length_of(interval_of(intervals)))


def wide_of(intervals: pd.DataFrame, part: str, measure: str, window: Window) -> pd.DataFrame:
    """Every interval of the window (its start, UTC) by what was measured of each part; 0 where nothing was."""
    interval = interval_of(intervals)
    starts = pd.date_range(window.since, window.until, freq=length_of(interval), inclusive="left", tz="UTC")
    wide = intervals.pivot_table(index=interval, columns=part, values=measure, aggfunc="sum", observed=True)
    wide.index = pd.DatetimeIndex(wide.index)
    wide.index = wide.index.tz_localize("UTC") if wide.index.tz is None else wide.index.tz_convert("UTC")
    return wide.reindex(starts.as_unit("us"), fill_value=0).fillna(0).rename_axis(index=interval, columns=None)
