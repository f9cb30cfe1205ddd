"""A calendar by day (UTC), a column a week, for windows of two weeks and more: which days were busy, and which not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import ALLOWED_COLOUR, NEUTRAL, in_words
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, PointedPlace, faded

DAY = timedelta(days=1)
FROM = timedelta(days=14)
"""Shorter windows are shown by the hour."""
_CELL, _LEFT, _TOP = 26, 52, 34
_WIDE, _ROOM, _MOST_WIDE = 64, 640, 32
"""Weeks are as wide as that, together as that; more than so many share all the width."""


def calendar(days: pd.DataFrame, measure: str, window: Window, colour: str = ALLOWED_COLOUR) -> Picture:
    """Expects day (its start, UTC) and the measure, a row a day. A day without anything stays empty."""
    whole = window.whole("day")
    items: list[dict[str, Any]] = []
    marks: dict[PointedPlace, Mark] = {}
    for day, amount in days[["day", measure]].itertuples(index=False):
        start = day.to_pydatetime()
        words = f"{start:%a %d %b %Y} UTC"
        marks[0, "main", len(items)] = Mark(words, window=Window(start, start + DAY))
        told = f"{words}: {in_words(amount, measure)} {measure}"
        items.append({"value": [f"{start:%Y-%m-%d}", float(amount)], "name": told})
    highest = float(np.quantile(days[measure], 0.98)) if len(days) else 1.0
    return Picture(_option(items, whole, max(highest, 1), colour), _TOP + 7 * _CELL + 14, marks)


def _option(items: list[dict[str, Any]], whole: Window, highest: float, colour: str) -> dict[str, Any]:
    shades = [faded(colour, 0.08), faded(colour, 1)]
    edge = {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}}
    series = {
        "type": "heatmap", "coordinateSystem": "calendar", "data": items, "selectedMode": "single",
        "itemStyle": {"borderRadius": 3, "borderColor": "transparent", "borderWidth": 2},
        "emphasis": edge, "select": edge,
    }  # fmt: skip
    scale = {"min": 0, "max": highest, "inRange": {"color": shades}, "outOfRange": {"color": shades}}
    weeks = (whole.length // DAY + 6) // 7 + 1
    is_wide = weeks <= _MOST_WIDE
    frame = {
        "range": [f"{whole.since:%Y-%m-%d}", f"{whole.until - DAY:%Y-%m-%d}"],
        "cellSize": [min(_WIDE, _ROOM // weeks) if is_wide else "auto", _CELL],
        "left": _LEFT,
        "top": _TOP,
        **({} if is_wide else {"right": 12}),
        "dayLabel": {"firstDay": 1, "nameMap": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"], "color": NEUTRAL},
        "monthLabel": {"color": NEUTRAL},
        "yearLabel": {"show": False},
        "splitLine": {"lineStyle": {"color": NEUTRAL, "opacity": 0.6, "width": 1}},
        "itemStyle": {"color": "transparent", "borderColor": NEUTRAL, "borderWidth": 0.2},
    }
    narrow = {"query": {"maxWidth": NARROW}, "option": {"calendar": {"cellSize": ["auto", _CELL], "right": 12}}}
    return {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "calendar": frame,
        "visualMap": {"type": "continuous", "show": False, "dimension": 1, **scale},
        "series": [series],
        "media": [narrow],
    }
