"""Days by hours of the day (UTC) as a heatmap, for a week and more: when it is busy, and when it was not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import ALLOWED_COLOUR, NEUTRAL, in_words
from nsgflow_core.charts.pointed.cells import AMOUNT, ENCODED, cells
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, PointedPlace, faded

HOUR = timedelta(hours=1)


def calendar(hours: pd.DataFrame, measure: str, colour: str = ALLOWED_COLOUR) -> Picture:
    """Expects hour (UTC) and the measure, a row an hour. An hour without anything stays empty."""
    told = hours.assign(day=hours["hour"].dt.floor("D"), at=hours["hour"].dt.hour)
    days = list(pd.date_range(told["day"].min(), told["day"].max(), freq="D")) if len(told) else []
    rows = {day: place for place, day in enumerate(days)}
    words: list[str] = []
    marks: dict[PointedPlace, Mark] = {}
    for hour, amount in told[["hour", measure]].itertuples(index=False):
        start = hour.to_pydatetime()
        when = f"{start:%a %d %b %H:%M}-{start + HOUR:%H:%M} UTC"
        marks[0, "main", len(words)] = Mark(when, window=Window(start, start + HOUR))
        words.append(f"{when}: {in_words(amount, measure)} {measure}")
    held = cells(told["at"], told["day"].map(rows), told[measure], words)
    highest = float(np.quantile(told[measure], 0.98)) if len(told) else 1.0
    labels = [f"{day:%a %d %b}" for day in days]
    return Picture(_option(held, labels, highest, colour), 70 + 26 * max(len(days), 2), marks)


def _option(held: pd.DataFrame, days: list[str], highest: float, colour: str) -> dict[str, Any]:
    line = {"axisTick": {"show": False}, "axisLine": {"show": False}}
    shades = [faded(colour, 0.08), faded(colour, 1)]
    series = {
        "type": "heatmap",
        "encode": ENCODED,
        "selectedMode": "single",
        "itemStyle": {"borderRadius": 2, "borderColor": "transparent", "borderWidth": 1},
        "emphasis": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
        "select": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
    }
    scale = {
        "type": "continuous",
        "show": False,
        "dimension": AMOUNT,
        "min": 0,
        "max": max(highest, 1),
        "inRange": {"color": shades},
        "outOfRange": {"color": shades},
    }
    return {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "grid": {"left": 92, "right": 12, "top": 30, "bottom": 10, "outerBoundsMode": "none"},
        "xAxis": {"type": "category", "position": "top", "data": [f"{hour:02}:00" for hour in range(24)], **line},
        "yAxis": {"type": "category", "inverse": True, "data": days, **line},
        "visualMap": scale,
        "dataset": [{"source": held}],
        "series": [series],
        "media": [{"query": {"maxWidth": NARROW}, "option": {"xAxis": {"axisLabel": {"interval": 5}}}}],
    }
