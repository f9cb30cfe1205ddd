"""A chart of any answer: over time where it starts with times, ranked bars where it starts with names."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR, OTHER_COLOURS
from nsgflow_core.charts.plain import chart_text

MOST_BARS = 30
MOST_SERIES = 6


def of(answer: pd.DataFrame) -> go.Figure | None:
    """The figure, or None when the answer has no column of numbers besides a first column to draw them over."""
    numbers = [name for name in answer.columns[1:] if _is_number(answer[name])][:MOST_SERIES]
    if answer.empty or not numbers or _is_number(answer.iloc[:, 0]):
        return None
    if pd.api.types.is_datetime64_any_dtype(answer.iloc[:, 0]):
        return _over_time(answer, numbers)
    return _ranked(answer, numbers[0])


def _over_time(answer: pd.DataFrame, numbers: list[str]) -> go.Figure:
    ordered = answer.sort_values(answer.columns[0], kind="stable")
    figure = go.Figure()
    for name, colour in zip(numbers, (ALLOWED_COLOUR, *OTHER_COLOURS), strict=False):
        figure.add_bar(x=ordered.iloc[:, 0], y=ordered[name], name=chart_text(name), marker_color=colour)
    return _framed(figure, 420, bool(numbers[1:]))


def _ranked(answer: pd.DataFrame, number: str) -> go.Figure:
    names = [name for name in answer.columns if not _is_number(answer[name])]
    labels = answer[names].astype(str).agg(" · ".join, axis=1).map(chart_text)
    largest = answer.assign(_label=labels).nlargest(MOST_BARS, number).iloc[::-1]
    colour = DENIED_COLOUR if "den" in number.lower() else ALLOWED_COLOUR
    bars = go.Bar(x=largest[number], y=largest["_label"], orientation="h", marker_color=colour, name=chart_text(number))
    figure = go.Figure(bars)
    figure.update_yaxes(automargin=True, type="category")
    return _framed(figure, 90 + 26 * len(largest), with_legend=False)


def _framed(figure: go.Figure, height: int, with_legend: bool) -> go.Figure:
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        bargap=0.2,
        showlegend=with_legend,
        legend={"orientation": "h", "y": 1.08},
    )


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
