"""Who uses which service of whom, as bands: source, service, destination; their widths are flows or bytes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from nsgflow_core.charts.flows import COLOURS, NEUTRAL, in_words
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, PointedPlace, faded, label_text, tooltip_text
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.services.port_names import service_words
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Decision

_COLUMNS = ("source", "service", "destination")
_NODE, _BETWEEN = 26, 15
_LETTERS, _LETTERS_WHEN_NARROW = 28, 13
"""Pixels for a name, of them between it and the next where its band is thin, and letters of it."""
MOST = 40
"""As many services as can be told apart."""


def bands(services: pd.DataFrame, measure: str) -> Picture:
    """Expects a row per source, destination, protocol, port and decision, with the measure; all of them are drawn."""
    named = services.assign(
        service=[service_words(*each) for each in zip(services["protocol"], services["port"], strict=True)]
    )
    nodes: list[dict[str, Any]] = []
    shorter: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    marks: dict[PointedPlace, Mark] = {}
    ids: dict[tuple[int, str], str] = {}  # told apart by their column: a subnet is a source and a destination
    for side, column in enumerate(_COLUMNS):
        sums = named.groupby(column, sort=False)[measure].sum().sort_values(ascending=False, kind="stable")
        short, narrow = (told_apart(map(str, sums.index), most) for most in (_LETTERS, _LETTERS_WHEN_NARROW))
        for name, amount in sums.items():
            marks[0, "node", len(nodes)] = Mark(str(name), _values_of_node(column, str(name), named))
            ids[side, str(name)] = str(len(nodes))
            label = short[str(name)]
            nodes.append(_node(side, str(name), label, float(amount), measure) | {"id": ids[side, str(name)]})
            shorter.append(nodes[-1] | {"label": nodes[-1]["label"] | {"formatter": label_text(narrow[str(name)])}})
    for side, (left, right) in enumerate(pairwise(_COLUMNS)):
        linked = named.groupby([left, right, "decision"], sort=False, as_index=False)[[measure]].sum()
        for start, end, decision, amount in linked.astype({measure: float}).itertuples(index=False):
            values = _values_of_node(left, start, named) | _values_of_node(right, end, named)
            marks[0, "edge", len(edges)] = Mark(f"{start} → {end}, {decision}", values | {"decision": decision})
            ends = {"source": ids[side, start], "target": ids[side + 1, end]}
            edges.append(_edge(start, end, decision, amount, measure) | ends)
    rows = max((int(named[column].nunique()) for column in _COLUMNS), default=1)
    return Picture(_option(nodes, shorter, edges), max(240, _NODE * rows + 30), marks)


def _values_of_node(column: str, name: str, named: pd.DataFrame) -> dict[str, str]:
    if column != "service":
        return {column: name}
    row = named[named["service"] == name].iloc[0]
    return {"protocol": str(row["protocol"]), "port": str(row["port"])}


def _node(side: int, name: str, label: str, amount: float, measure: str) -> dict[str, Any]:
    words = visible(f"{name}: {in_words(amount, measure)} {measure}")
    ends = {"position": "left"} if side == len(_COLUMNS) - 1 else {"position": "right"}
    return {"name": words, "depth": side, "label": ends | {"formatter": label_text(label)}}


def _edge(start: str, end: str, decision: str, amount: float, measure: str) -> dict[str, Any]:
    return {
        "value": amount,
        "lineStyle": {"color": faded(COLOURS[Decision(decision)], 0.5)},
        "tooltip": {"formatter": tooltip_text(f"{start} → {end}, {decision}: {in_words(amount, measure)} {measure}")},
    }


def _option(nodes: list[dict[str, Any]], shorter: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    series = {
        "type": "sankey",
        "data": nodes,
        "links": edges,
        "left": 4, "right": 4, "top": 8, "bottom": 12,
        "nodeWidth": 10,
        "nodeGap": _BETWEEN,
        "draggable": False,
        "layoutIterations": 48,
        "selectedMode": "single",
        "lineStyle": {"opacity": 0.6},
        "emphasis": {"focus": "adjacency", "lineStyle": {"opacity": 1}},
        "itemStyle": {"color": NEUTRAL},
        "label": {"fontSize": 12, "width": 190, "overflow": "truncate", "color": None},
    }  # fmt: skip
    less = {"series": [{"label": {"width": 88, "fontSize": 11}, "nodeWidth": 6, "data": shorter}]}
    return {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "series": [series],
        "media": [{"query": {"maxWidth": NARROW}, "option": less}],
    }
