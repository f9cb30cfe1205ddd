"""The chart that a query asks for with `render`: lines, areas, columns, bars, points or a pie.

Source: Microsoft Learn, "render operator": the x axis is the first column (for a time chart the first of times), texts
beside it split the series, numbers are the values. Arrays of make-series are taken apart along their axis.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from nsgflow_core.charts.any_answer import MOST_BARS
from nsgflow_core.charts.flows import ALLOWED_COLOUR, OTHER_COLOURS
from nsgflow_core.charts.plain import chart_text

MOST_LINES = 12
_OVER_TIME = ("timechart", "anomalychart")
_TRACES: dict[str, dict[str, Any]] = {
    "timechart": {"mode": "lines"},
    "anomalychart": {"mode": "lines"},
    "linechart": {"mode": "lines"},
    "areachart": {"mode": "lines", "stackgroup": "one"},
    "stackedareachart": {"mode": "lines", "stackgroup": "one"},
    "scatterchart": {"mode": "markers"},
}
_BARS = {"columnchart": "v", "barchart": "h"}


def of(answer: pd.DataFrame, render: str) -> go.Figure | None:
    """The figure; None where the chart is not one of these, or the answer has nothing to draw."""
    if render not in (*_TRACES, *_BARS, "piechart") or answer.empty:
        return None
    told = _taken_apart(answer)
    names = [str(name) for name in told.columns]
    axis = next((name for name in names if _is_time(told[name])), None) if render in _OVER_TIME else names[0]
    numbers = [name for name in names if name != axis and pd.api.types.is_numeric_dtype(told[name])]
    if axis is None or not numbers:
        return None
    if render == "piechart":
        largest = told.nlargest(MOST_BARS, numbers[0])
        labels = largest[axis].astype(str).map(chart_text)
        return _framed(go.Figure(go.Pie(labels=labels, values=largest[numbers[0]], hole=0.4)))
    figure = go.Figure()
    for at, (name, rows) in enumerate(_series(told, axis, numbers)):
        colour = (ALLOWED_COLOUR, *OTHER_COLOURS)[at % (1 + len(OTHER_COLOURS))]
        ordered = rows.sort_values(axis, kind="stable") if _is_time(rows[axis]) else rows
        places = ordered[axis] if _is_time(ordered[axis]) else ordered[axis].astype(str).map(chart_text)
        if render == "barchart":
            figure.add_bar(y=places, x=ordered["_value"], name=chart_text(name), orientation="h", marker_color=colour)
        elif render == "columnchart":
            figure.add_bar(x=places, y=ordered["_value"], name=chart_text(name), marker_color=colour)
        else:
            figure.add_scatter(
                x=places, y=ordered["_value"], name=chart_text(name), line_color=colour, **_TRACES[render]
            )
    return _framed(figure)


def _series(told: pd.DataFrame, axis: str, numbers: list[str]) -> list[tuple[str, pd.DataFrame]]:
    """(name, rows with `_value`): one for each text beside the axis, else one for each column of numbers."""
    texts = [str(name) for name in told.columns if name != axis and name not in numbers and not _is_time(told[name])]
    if not texts:
        return [(name, told.assign(_value=told[name])) for name in numbers[:MOST_LINES]]
    named = told.assign(_value=told[numbers[0]], _name=told[texts].astype(str).agg(" · ".join, axis=1))
    largest = named.groupby("_name")["_value"].sum().nlargest(MOST_LINES).index
    return [(str(name), named[named["_name"] == name]) for name in largest]


def _taken_apart(answer: pd.DataFrame) -> pd.DataFrame:
    """One row per element where columns hold arrays of one length each row; what groups them becomes text."""
    arrays = [name for name in answer.columns if _is_array(answer[name].iloc[0])]
    if not arrays:
        return answer
    held = answer.assign(**{name: answer[name].map(json.loads) for name in arrays}).explode(arrays)
    for name in arrays:
        moments = pd.to_datetime(held[name], format="ISO8601", errors="coerce") if _looks_timed(held[name]) else None
        held[name] = moments if moments is not None else pd.to_numeric(held[name], errors="coerce")
    groups = [name for name in held.columns if name not in arrays]
    return held.assign(**{name: held[name].astype(str) for name in groups})[[arrays[-1], *groups, *arrays[:-1]]]


def _is_array(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[") and value.endswith("]")


def _looks_timed(values: pd.Series) -> bool:
    return isinstance(values.iloc[0], str) and "T" in values.iloc[0]


def _is_time(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values)


def _framed(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=420,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        showlegend=len(figure.data) > 1 or figure.data[0].type == "pie",
        legend={"orientation": "h", "y": 1.08},
    )
