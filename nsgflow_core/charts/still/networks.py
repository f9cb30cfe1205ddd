"""The map of an estate and the bands of its services as pictures: from the options that the pages show."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from nsgflow_core.charts.flows import NEUTRAL
from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.charts.still.shapes import (
    INK,
    WIDTH,
    Anchor,
    Area,
    Dot,
    DrawnShape,
    Line,
    Point,
    Still,
    Words,
    box,
    fitting,
    titled,
)

_BENDS = 16
"""Straight pieces of a bent line."""
_MAP, _SIDE, _EDGE = 720.0, 110.0, 40.0
_NODE, _GAP, _BAND, _LEAST = 10.0, 8.0, 26.0, 7.0


def network(chart: Picture, title: str, note: str) -> Still:
    """Dots where the page has them, and lines as wide as what flows."""
    (series,) = chart.option["series"]
    nodes = series["data"]
    places = _placed(np.array([(each["x"], each["y"]) for each in nodes], dtype=float).reshape(-1, 2))
    shapes: list[DrawnShape] = []
    for link in series["links"]:
        start, end = places[int(link["source"])], places[int(link["target"])]
        style = link["lineStyle"]
        is_dashed = style["type"] == "dashed"
        shapes.append(Line(_bent(start, end, style["curveness"]), style["color"], style["width"], is_dashed))
    for node, (x, y) in zip(nodes, places, strict=True):
        radius = node["symbolSize"] / 2
        shapes.append(Dot(x, y, radius, node["itemStyle"]["color"], node["name"]))
        shapes.append(Words(x, y + radius + 13, fitting(node["name"], 150, 11), 11, "middle", INK))
    return titled(title, note, _MAP, shapes)


def _placed(places: npt.NDArray[np.float64]) -> list[Point]:
    """In the picture's middle, as large as there is room, not stretched."""
    if not len(places):
        return []
    low, size = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-9)
    room = np.array([WIDTH - 2 * _SIDE, _MAP - 2 * _EDGE])
    scale = float(min(room / size))
    return [(float(x), float(y)) for x, y in (places - low - size / 2) * scale + (WIDTH / 2, _MAP / 2)]


def _bent(start: Point, end: Point, curve: float) -> tuple[Point, ...]:
    """A quadratic curve beside the straight way, as ECharts bends a link."""
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2 - (y0 - y1) * curve, (y0 + y1) / 2 - (x1 - x0) * curve
    share = np.linspace(0, 1, _BENDS + 1)
    x = (1 - share) ** 2 * x0 + 2 * share * (1 - share) * middle[0] + share**2 * x1
    y = (1 - share) ** 2 * y0 + 2 * share * (1 - share) * middle[1] + share**2 * y1
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def bands(chart: Picture, title: str, note: str) -> Still:
    """Sources at the left, services, destinations at the right; each column in the order that crosses least."""
    (series,) = chart.option["series"]
    nodes, links = {each["id"]: each for each in series["data"]}, series["links"]
    columns = defaultdict[int, list[str]](list)
    for key, node in nodes.items():
        columns[node["depth"]].append(key)
    sums = {key: max(_total(links, "source", key), _total(links, "target", key)) for key in nodes}
    rows = max(map(len, columns.values()), default=1)
    height = max(300.0, _BAND * rows)
    rooms = [(height - _GAP * (len(keys) - 1), sum(sums[key] for key in keys) or 1) for keys in columns.values()]
    scale = min((room / whole for room, whole in rooms), default=1.0)
    tops, height = _tops(columns, sums, links, scale)
    step = (WIDTH - 32 - _NODE) / max(len(columns) - 1, 1)
    shapes: list[DrawnShape] = [*_flows(nodes, links, tops, scale, step)]
    for key, node in nodes.items():
        x, is_last = 16 + node["depth"] * step, node["depth"] == len(columns) - 1
        shapes.append(box(x, tops[key], _NODE, max(sums[key] * scale, 1), NEUTRAL, node["name"]))
        anchor: Anchor = "end" if is_last else "start"
        beside, down = x - 8 if is_last else x + _NODE + 8, tops[key] + sums[key] * scale / 2 + 4
        shapes.append(Words(beside, down, fitting(node["label"]["formatter"], 240), 12, anchor, INK))
    return titled(title, note, height + 8, shapes)


def _total(links: list[dict[str, Any]], end: str, key: str) -> float:
    return float(sum(link["value"] for link in links if link[end] == key))


def _tops(
    columns: dict[int, list[str]], sums: dict[str, float], links: list[dict[str, Any]], scale: float
) -> tuple[dict[str, float], float]:
    """How far down each node begins, and all of it reaches: no name over another, a column in the middle, its nodes by
    where what leads to them stands."""
    rooms = {key: max(amount * scale, _LEAST) + _GAP for key, amount in sums.items()}
    height = max((sum(rooms[key] for key in keys) for keys in columns.values()), default=0.0)
    tops: dict[str, float] = {}
    for depth in sorted(columns):
        keys = columns[depth]
        pull = {
            key: sum(tops[link["source"]] * link["value"] for link in links if link["target"] == key) / (sums[key] or 1)
            for key in keys
        }
        keys = sorted(keys, key=lambda key: (pull[key], -sums[key], key))
        at = 4 + (height - sum(rooms[key] for key in keys)) / 2
        for key in keys:
            tops[key] = at
            at += rooms[key]
    return tops, height


def _flows(
    nodes: dict[str, dict[str, Any]], links: list[dict[str, Any]], tops: dict[str, float], scale: float, step: float
) -> list[Area]:
    out, into = dict(tops), dict(tops)
    areas = []
    bend = (1 - np.cos(np.linspace(0, np.pi, _BENDS + 1))) / 2
    for link in sorted(links, key=lambda each: (tops[each["source"]], tops[each["target"]])):
        source, target, thick = link["source"], link["target"], link["value"] * scale
        left, right = 16 + nodes[source]["depth"] * step + _NODE, 16 + nodes[target]["depth"] * step
        x = np.linspace(left, right, _BENDS + 1)
        y = out[source] + (into[target] - out[source]) * bend
        out[source] += thick
        into[target] += thick
        upper = list(zip(x.tolist(), y.tolist(), strict=True))
        lower = [(along, down + thick) for along, down in reversed(upper)]
        areas.append(Area((*upper, *lower), link["lineStyle"]["color"]))
    return areas
