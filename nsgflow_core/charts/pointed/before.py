"""The time before, in a chart over time: what each bar was one window earlier, as a thin step line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import NEUTRAL
from nsgflow_core.charts.pointed.intervals import wide_of
from nsgflow_core.words.lengths import exact_duration


@dataclass(frozen=True)
class Before:
    """The same question's answer of so much time earlier, which is a whole number of bars."""

    intervals: pd.DataFrame
    by: timedelta

    @property
    def words(self) -> str:
        """Like "24 hours earlier" or "7 days earlier"."""
        return time_in_words(self.by)

    def wide(self, part: str, measure: str, whole: Window) -> pd.DataFrame:
        """As `wide_of` gives the window, its intervals those of the window: what each part was so much earlier."""
        wide = wide_of(self.intervals, part, measure, Window(whole.since - self.by, whole.until - self.by))
        return wide.set_axis(wide.index + self.by, axis=0)


def time_in_words(by: timedelta) -> str:
    """So much time earlier, exactly: "24 hours earlier", "7 days earlier", "4 hours 30 minutes earlier"."""
    return f"{exact_duration(by)} earlier"


def line(at: int, column: int, words: str) -> dict[str, Any]:
    """The line of a row, which takes no click: what is clicked is a bar, or the column behind it."""
    look = {"lineStyle": {"color": NEUTRAL, "width": 1.5, "opacity": 0.9}, "symbol": "none", "z": 4, "silent": True}
    axes = {"xAxisIndex": at, "yAxisIndex": 2 * at, "encode": {"x": 1, "y": column}}
    return {"type": "line", "name": words, "step": "middle", **axes, **look, "emphasis": {"disabled": True}}
