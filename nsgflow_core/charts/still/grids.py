"""Ranked bars, heatmaps and calendars as pictures: from the options that the pages show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.charts.still.shapes import (
    INK,
    LETTER,
    LINE,
    WIDTH,
    Anchor,
    DrawnShape,
    Still,
    Words,
    box,
    colour_parts,
    fitting,
    titled,
)

_BAR, _NAMES, _AMOUNTS = 26, 420, 90
_CELL_LEFT, _CELL_RIGHT = 210, 24
_HIGHEST = 40
_DAYS_LEFT, _LARGEST_DAY, _MONTH = 64, 34, 64


def ranked(chart: Picture, title: str, note: str) -> Still:
    """A bar a row, with its name and amount."""
    (series,) = chart.option["series"]
    names, colour, shapes = chart.option["yAxis"]["data"], series["itemStyle"]["color"], list[DrawnShape]()
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
    shapes: list[DrawnShape] = []
    for series, held in zip(chart.option["series"], chart.option["dataset"], strict=True):
        for column, row, amount, words, number in held["source"].itertuples(index=False):
            colour = series.get("itemStyle", {}).get("color") or _shade(chart.option["visualMap"], amount)
            x, y = _CELL_LEFT + column * wide, top + row * high
            shapes.append(box(x + 0.5, y + 0.5, max(wide - 1, 0.5), max(high - 1, 0.5), colour, words))
            if series.get("label", {}).get("show"):
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


def calendar(chart: Picture, title: str, note: str) -> Still:
    """A cell a day, a column a week from Monday on; the first of a month named."""
    shapes, named = list[DrawnShape](), float("-inf")
    days = [date.fromisoformat(each) for each in chart.option["calendar"]["range"]]
    first = days[0] - timedelta(days=days[0].weekday())
    weeks = (days[1] - first).days // 7 + 1
    size = min((WIDTH - _DAYS_LEFT - _CELL_RIGHT) / max(weeks, 1), _LARGEST_DAY)
    for at, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")):
        shapes.append(Words(_DAYS_LEFT - 10, 30 + (at + 0.5) * size + 4, name, anchor="end"))
    for day in (days[0] + timedelta(days=n) for n in range((days[1] - days[0]).days + 1)):
        x, y = _DAYS_LEFT + (day - first).days // 7 * size, 30 + day.weekday() * size
        shapes.append(box(x + 1, y + 1, size - 2, size - 2, "rgba(124,135,148,0.08)"))
        if (day.day == 1 or day == days[0]) and x - named >= _MONTH:
            shapes.append(Words(x, 22, f"{day:%b %Y}"))
            named = x
    for item in chart.option["series"][0]["data"]:
        day, shade = date.fromisoformat(item["value"][0]), _shade(chart.option["visualMap"], item["value"][1])
        x, y = _DAYS_LEFT + (day - first).days // 7 * size, 30 + day.weekday() * size
        shapes.append(box(x + 1, y + 1, size - 2, size - 2, shade, item["name"]))
    return titled(title, note, 30 + 7 * size + 8, shapes)


def _shade(scale: dict[str, Any], amount: float) -> str:
    """Between the two shades of a scale, which differ in their opacity."""
    (red, green, blue, faint), (*_, strong) = (colour_parts(each) for each in scale["inRange"]["color"])
    share = min(max((amount - scale["min"]) / ((scale["max"] - scale["min"]) or 1), 0), 1)
    return f"rgba({red},{green},{blue},{faint + (strong - faint) * share:.3g})"
