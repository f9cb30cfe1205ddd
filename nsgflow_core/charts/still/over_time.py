"""Bars over time with what they were before, as a picture: from the option that the page shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.charts.flows import NEUTRAL
from nsgflow_core.charts.pointed.over_time import OverTime
from nsgflow_core.charts.still.scales import nice, ticks
from nsgflow_core.charts.still.shapes import (
    INK,
    LETTER,
    LINE,
    WIDTH,
    DrawnShape,
    Line,
    Still,
    Words,
    box,
    fitting,
    titled,
)

Numbers = npt.NDArray[np.float64]
_LEFT, _RIGHT = 72, 20
_BAR = 0.86
"""Of its interval."""
_HIGHER = 1.3
"""Rows of a picture are higher than those of a page."""


def picture(chart: OverTime, title: str, note: str) -> Still:
    """Each row with its bars and its line, and below what the colours are."""
    option, shapes, top = chart.option, list[DrawnShape](), 0.0
    rows: pd.DataFrame = option["dataset"]["source"]
    for at, grid in enumerate(option["grid"]):
        height, top = grid["height"] * _HIGHER, top + 30
        drawn = [each for each in option["series"] if each["xAxisIndex"] == at and "name" in each]
        shapes += _row(drawn, rows, option["xAxis"][at], option["yAxis"][2 * at]["name"], top, height)
        top += height + 8
    axis = option["xAxis"][0]
    first, last = (pd.Timestamp(axis[end], unit="ms", tz="UTC") for end in ("min", "max"))
    for moment, words in ticks(first, last, chart.zone):
        shapes.append(Words(_across(moment.timestamp() * 1000, axis), top + 10, words, anchor="middle"))
    legend, end = _legend(option["series"], top + 36)
    return titled(title, note, end + 8, [*shapes, *legend])


def _row(
    drawn: list[dict[str, Any]], rows: pd.DataFrame, axis: dict[str, Any], name: str, top: float, height: float
) -> list[DrawnShape]:
    held = [(each, rows.iloc[:, each["encode"]["y"]].fillna(0).to_numpy(dtype=float)) for each in drawn]
    sums = np.sum([values for each, values in held if each["type"] == "bar"] or [np.zeros(len(rows))], axis=0)
    most = nice(max(float(values.max(initial=0)) for values in (sums, *(v for _, v in held))) or 1)
    shapes: list[DrawnShape] = [Words(_LEFT, top - 10, fitting(name, 400), 13, colour=INK, is_bold=True)]
    for share in (0, 0.5, 1):
        y = top + height * (1 - share)
        shapes.append(Line(((_LEFT, y), (WIDTH - _RIGHT, y)), LINE))
        shapes.append(Words(_LEFT - 8, y + 4, f"{most * share:,.6g}", anchor="end"))
    middles = rows.iloc[:, 1].to_numpy(dtype=float)
    half = (axis["max"] - axis["min"]) / max(len(rows), 1) / 2
    under, whens = np.zeros(len(rows)), [str(when) for when in rows.iloc[:, 0]]
    for each, values in held:
        if each["type"] != "bar":
            continue
        told = [str(words) for words in rows.iloc[:, each["encode"]["y"] + 1]]
        for at in np.flatnonzero(values):
            left, right = (_across(middles[at] + side * half * _BAR, axis) for side in (-1, 1))
            high, low = ((under[at] + more) * height / most for more in (values[at], 0))
            about = f"{whens[at]}: {each['name']} {told[at]}"
            shapes.append(box(left, top + height - high, right - left, high - low, each["itemStyle"]["color"], about))
        under += values
    for each, values in held:
        if each["type"] == "line":
            shapes.append(Line(tuple(_steps(values, middles, half, axis, top + height, height / most)), NEUTRAL, 1.5))
    return shapes


def _steps(
    values: Numbers, middles: Numbers, half: float, axis: dict[str, Any], floor: float, size: float
) -> list[tuple[float, float]]:
    """A line from each interval's start to its end, at its height above the floor."""
    ends = [(middle + side * half, value) for middle, value in zip(middles, values, strict=True) for side in (-1, 1)]
    return [(_across(moment, axis), float(floor - value * size)) for moment, value in ends]


def _across(moment: float, axis: dict[str, Any]) -> float:
    return float(_LEFT + (WIDTH - _LEFT - _RIGHT) * (moment - axis["min"]) / (axis["max"] - axis["min"]))


def _legend(series: list[dict[str, Any]], top: float) -> tuple[list[DrawnShape], float]:
    """A mark and a name for each series, in as many lines as it takes; how far down it reaches."""
    shapes, x = list[DrawnShape](), float(_LEFT)
    named = {each["name"]: each for each in sorted(series, key=lambda each: each["type"]) if "name" in each}
    for name, each in named.items():
        words = fitting(name, 360)
        wide = 22 + len(words) * 12 * LETTER + 18
        if x + wide > WIDTH - _RIGHT and x > _LEFT:
            x, top = float(_LEFT), top + 20
        is_line = each["type"] == "line"
        mark = box(x, top - 5, 14, 2, NEUTRAL) if is_line else box(x + 2, top - 9, 10, 10, each["itemStyle"]["color"])
        shapes += [mark, Words(x + 20, top, words)]
        x += wide
    return shapes, top
