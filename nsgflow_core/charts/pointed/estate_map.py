"""The estate as a map: subnets (and hosts of one of them) as dots, who talks to whom as lines.

Places are worked out here, so that the same traffic is the same map: dots that talk attract each other, all repel
(Fruchterman and Reingold, 1991), from a circle on which what is alike stands side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.charts.flows import COLOURS, NEUTRAL, OTHER_COLOURS, in_words
from nsgflow_core.charts.pointed.matrix import clustered, touching_parts
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, PointedPlace, faded, label_text, tooltip_text
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Decision

HEIGHT = 620
MOST = 250
"""As many lines as can be told apart."""
_STEPS = 160
_HALF = 1000
"""Pixels: a picture below that has room for the names of so many dots; others are named where one points."""
_TOLD_IN_HALF, _TOLD_WHEN_NARROW = 60, 16
_SMALLER = 0.7
"""Of a dot on a phone."""
_APART = 0.8
_THICKEST = 9.0
_LETTERS, _LETTERS_WHEN_NARROW = 22, 13
"""Of a name below its dot."""
_FEW = 60
"""Lines that may be that thick; where there are more, all are thinner."""


def strongest(edges: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The lines to draw. Where there are too many, half of the room is for each decision: one may hide the other."""
    ranked = edges[edges[measure] > 0].sort_values(measure, ascending=False, kind="stable")
    if len(ranked) <= MOST:
        return ranked
    is_first = ranked.groupby("decision").cumcount() < MOST // 2
    return pd.concat([ranked[is_first], ranked[~is_first].head(MOST - int(is_first.sum()))])


def network(edges: pd.DataFrame, measure: str, hosts: frozenset[str] = frozenset()) -> Picture:
    """Expects source, destination, decision and the measure, a row each; names of `hosts` are addresses."""
    sums = pd.concat(
        [edges.groupby(side)[measure].sum().rename_axis("name") for side in ("source", "destination")]
    ).groupby("name").sum()  # fmt: skip
    wide = edges.pivot_table(index="source", columns="destination", values=measure, aggfunc="sum", fill_value=0)
    names = clustered(wide)
    places = _places(wide.reindex(index=names, columns=names, fill_value=0).to_numpy(dtype=float))
    amounts = sums.reindex(names).to_numpy(dtype=float)
    sizes = 8 + 26 * np.sqrt(amounts / max(amounts.max(), 1)) if len(names) else amounts
    marks: dict[PointedPlace, Mark] = {}
    nodes, short, narrow = [], told_apart(names, _LETTERS), told_apart(names, _LETTERS_WHEN_NARROW)
    for at, name in enumerate(names):
        marks[0, "node", at] = Mark(name, {"source": name})
        nodes.append(
            _node(name, places[at], float(sizes[at]), float(amounts[at]), measure, is_host=name in hosts)
            | {"id": str(at), "label": {"formatter": label_text(short[name])}}
        )
    links, ids = [], {name: at for at, name in enumerate(names)}
    strongest = float(np.log1p(edges[measure].max())) if len(edges) else 1.0
    for at, row in enumerate(edges.to_dict("records")):
        values = {"source": str(row["source"]), "destination": str(row["destination"])}
        words = f"{row['source']} → {row['destination']}, {row['decision']}"
        marks[0, "edge", at] = Mark(words, values | {"decision": str(row["decision"])})
        ends = {"source": str(ids[row["source"]]), "target": str(ids[row["destination"]])}
        links.append(ends | _link(row, measure, strongest, _THICKEST * min(1, _FEW / len(edges))))
    shorter = [
        node | {"label": {"formatter": label_text(narrow[name])}} for node, name in zip(nodes, names, strict=True)
    ]
    return Picture(_option(nodes, shorter, links), HEIGHT, marks)


def _node(
    name: str, place: npt.NDArray[np.float64], size: float, amount: float, measure: str, *, is_host: bool
) -> dict[str, Any]:
    return {
        "name": visible(name),
        "x": float(place[0]),
        "y": float(place[1]),
        "symbolSize": size,
        "symbol": "rect" if is_host else "circle",
        "itemStyle": {"color": OTHER_COLOURS[1] if is_host else NEUTRAL},
        "tooltip": {"formatter": tooltip_text(f"{name}: {in_words(amount, measure)} {measure}")},
    }


def _link(row: dict[Any, Any], measure: str, strongest: float, thickest: float) -> dict[str, Any]:
    amount, decision = float(row[measure]), Decision(row["decision"])
    words = f"{row['source']} → {row['destination']}, {decision}: {in_words(amount, measure)} {measure}"
    is_denied = decision is Decision.DENIED
    return {
        "lineStyle": {
            "width": 0.6 + thickest * (np.log1p(amount) / max(strongest, 1e-9)) ** 2,
            "color": faded(COLOURS[decision], 0.75 if is_denied else 0.5),
            "type": "dashed" if is_denied else "solid",
            "curveness": 0.22 if is_denied else 0.1,
        },
        "tooltip": {"formatter": tooltip_text(words)},
    }


def _places(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where each name stands, from their weights in the order that they have on a circle."""
    count = len(weights)
    turn = np.arange(count) * 2 * np.pi / max(count, 1)
    places = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if count < 3:
        return places * 100
    pull = np.log1p(weights + weights.T)
    pull /= max(float(pull.max()), 1e-9)
    ideal, home = 1.6 / np.sqrt(count), _home(pull > 0)
    for step in range(_STEPS):
        apart = places[:, None] - places[None]
        far = np.maximum(np.linalg.norm(apart, axis=2), 1e-3)
        force = ideal**2 / far - pull * far**2 / ideal * 0.6
        moved = (apart / far[..., None] * force[..., None]).sum(axis=1) - home * places
        length = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        places = places + moved / length * np.minimum(length, 0.14 * (1 - step / _STEPS))
    return places * (480, 300)  # a screen is wider than high


def _home(touch: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """How strongly each is drawn to the middle: what touches nothing of the largest part would fly far off."""
    home = np.full((len(touch), 1), _APART)
    home[max(touching_parts(touch), key=len)] = 0.12
    return home


def _option(nodes: list[dict[str, Any]], shorter: list[dict[str, Any]], links: list[dict[str, Any]]) -> dict[str, Any]:
    series = {
        "type": "graph",
        "layout": "none",
        "data": nodes,
        "links": links,
        "preserveAspect": "contain",
        "roam": "move",
        "selectedMode": "single",
        "edgeSymbol": ["none", "arrow"],
        "edgeSymbolSize": 6,
        "label": {"show": True, "position": "bottom", "fontSize": 11, "width": 130, "overflow": "truncate"},
        "labelLayout": {"hideOverlap": True},
        "emphasis": {"focus": "adjacency", "label": {"show": True}},
        "left": 90, "right": 90, "top": 30, "bottom": 40,
    }  # fmt: skip
    narrow = {"left": 30, "right": 30, "label": {"fontSize": 10, "width": 80}, "data": _upright(shorter)}
    media = [{"query": {"maxWidth": NARROW}, "option": {"series": [narrow]}}]
    if len(nodes) > _TOLD_IN_HALF:
        half = {"series": [{"data": _named(nodes, _TOLD_IN_HALF)}]}
        media.append({"query": {"minWidth": NARROW + 1, "maxWidth": _HALF}, "option": half})
    return {
        "animation": False,
        "tooltip": {"confine": True},
        "series": [series],
        "media": media,
    }


def _named(nodes: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The same dots; the largest of them have their names beside them."""
    largest = sorted(range(len(nodes)), key=lambda at: -nodes[at]["symbolSize"])[:most]
    return [node | {"label": node["label"] | {"show": at in largest}} for at, node in enumerate(nodes)]


def _upright(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The dots as a phone shows them, whose window is higher than wide."""
    turned = _named(nodes, _TOLD_WHEN_NARROW)
    return [each | {"x": each["y"], "y": each["x"], "symbolSize": each["symbolSize"] * _SMALLER} for each in turned]
