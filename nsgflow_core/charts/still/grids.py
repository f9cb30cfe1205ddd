"""Ranked bars and heatmaps as pictures: from the options that the pages show."""

from __future__ import annotations

from typing import Any

from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.charts.still.shapes import (
    INK,
    LETTER,
    LINE,
    WIDTH,
    Anchor,
    Shape,
    Still,
    Words,
    box,
    fitting,
    parts_of,
    titled,
)

_BAR, _NAMES, _AMOUNTS = 26, 420, 90
_CELL_LEFT, _CELL_RIGHT = 210, 24
_HIGHEST = 40


def ranked(chart: Picture, title: str, note: str) -> Still:
    """A bar a row, with its name and amount."""
    (series,) = chart.option["series"]
    names, colour, shapes = chart.option["yAxis"]["data"], series["itemStyle"]["color"], list[Shape]()
    most = max((item["value"] for item in series["data"]), default=0) or 1
    for at, (name, item) in enumerate(zip(names, series["data"], strict=True)):
        top, long = at * _BAR + 8, (WIDTH - _NAMES - _AMOUNTS) * item["value"] / most
        shapes.append(Words(_NAMES - 10, top + 14, fitting(name, _NAMES - 20), anchor="end", colour=INK))
        shapes.append(box(_NAMES, top, max(long, 1.5), _BAR - 7, colour, item["name"]))
        shapes.append(Words(_NAMES + long + 8, top + 14, item["label"]["formatter"]))
    return titled(title, note, len(names) * _BAR + 12, shapes)


def heatmap(chart: Picture, title: str, note: str) -> Still:
    """A cell a pair, as dark as on the page, with its number where the page has it."""
    across, down = chart.option["xAxis"]["data"], chart.option["yAxis"]["data"]
    rotated = bool(chart.option["xAxis"].get("axisLabel", {}).get("rotate"))
    room = WIDTH - _CELL_LEFT - _CELL_RIGHT - (60 if rotated else 0)
    wide, high = room / max(len(across), 1), min(max(720 / max(len(down), 1), 4), _HIGHEST)
    top = 30 + (min(max(map(len, across), default=0), 18) * 12 * LETTER * 0.65 if rotated else 0)
    shapes: list[Shape] = []
    for series in chart.option["series"]:
        for item in series["data"]:
            column, row, amount = item["value"]
            colour = series.get("itemStyle", {}).get("color") or _shade(chart.option["visualMap"], amount)
            x, y = _CELL_LEFT + column * wide, top + row * high
            shapes.append(box(x + 0.5, y + 0.5, max(wide - 1, 0.5), max(high - 1, 0.5), colour, item["name"]))
            if series.get("label", {}).get("show"):
                number = item["label"]["formatter"]
                shapes.append(Words(x + wide / 2, y + high / 2 + 4, number, anchor="middle", colour=INK))
    for at in range(0, len(down), max(int(-(-14 // high)), 1)):
        name = fitting(down[at], _CELL_LEFT - 24)
        shapes.append(Words(_CELL_LEFT - 10, top + (at + 0.5) * high + 4, name, anchor="end", colour=INK))
    every = max(int(-(-(16 if rotated else 48) // wide)), 1)
    for at in range(0, len(across), every):
        name, x = fitting(across[at], 18 * 12 * LETTER), _CELL_LEFT + (at + 0.5) * wide
        anchor: Anchor = "start" if rotated else "middle"
        shapes.append(Words(x, top - 8, name, anchor=anchor, colour=INK, turned=40 if rotated else 0))
    shapes.append(box(_CELL_LEFT, top + len(down) * high + 4, room, 1, LINE))
    return titled(title, note, top + len(down) * high + 12, shapes)


def _shade(scale: dict[str, Any], amount: float) -> str:
    """Between the two shades of a scale, which differ in their opacity."""
    (red, green, blue, faint), (*_, strong) = (parts_of(each) for each in scale["inRange"]["color"])
    share = min(max((amount - scale["min"]) / ((scale["max"] - scale["min"]) or 1), 0), 1)
    return f"rgba({red},{green},{blue},{faint + (strong - faint) * share:.3g})"
