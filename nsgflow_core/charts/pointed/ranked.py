"""Bars from the largest down, each with its name and its amount; a click on one is what it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nsgflow_core.charts.flows import DENIED_COLOUR, NEUTRAL, in_words
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, drawn
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.services.port_names import service_words
from nsgflow_core.words.visible import visible

MOST = 12
"""As many rules and ports as are worth a bar."""
RULE_AND_PORT = ("nsg", "rule", "direction", "protocol", "port")
_BAR, _AROUND = 26, 16
_NAMES, _NAMES_WHEN_NARROW = 270, 150
"""Pixels for names; longer ones are cut, and told in full where one points."""
_LETTERS, _LETTERS_WHEN_NARROW = 42, 22
"""That fit there."""
_FEWEST = 8
"""Letters that a name has beside what is never cut."""
_AMOUNTS = 64


def height(count: int) -> int:
    """How high a chart of that many bars is, in pixels."""
    return _AROUND + _BAR * max(count, 2)


def bars(
    frame: pd.DataFrame,
    names: Sequence[str],
    values: Sequence[Mapping[str, str]],
    measure: str,
    colour: str = DENIED_COLOUR,
    *,
    kept: Sequence[str] = (),
) -> Picture:
    """A bar a row, in the frame's order; `values` are what each row narrows to (dimension -> value).

    `kept` is how each name begins, which is never cut.
    """
    amounts = [float(amount) for amount in frame[measure]]
    held, marks = [], {}
    for at, (name, amount) in enumerate(zip(names, amounts, strict=True)):
        words = in_words(amount, measure)
        item = {"value": amount, "name": visible(f"{name}: {words} {measure}"), "label": {"formatter": drawn(words)}}
        held.append(item)
        marks[0, "main", at] = Mark(name, values[at])
    labels = _Labels([visible(name) for name in names], [visible(each) for each in kept or [""] * len(names)])
    return Picture(_option(held, labels, colour), height(len(held)), marks)


def rules_and_ports(worst: pd.DataFrame) -> Picture:
    """What was denied by each rule on each port; expects the columns of `denied.by_rule_and_port`."""
    services = [service_words(*each) for each in zip(worst["protocol"], worst["port"], strict=True)]
    names = [" · ".join(each) for each in zip(services, worst["rule"], worst["nsg"], strict=True)]
    values = worst[list(RULE_AND_PORT)].astype(str).to_dict("records")
    held = [{str(name): each[name] for name in each} for each in values]
    ports = [f"{protocol} {port}" for protocol, port in zip(worst["protocol"], worst["port"], strict=True)]
    return bars(worst, names, held, "flows", kept=ports)


@dataclass(frozen=True, slots=True)
class _Labels:
    """The names, and how each begins in any case."""

    names: Sequence[str]
    kept: Sequence[str]

    def within(self, most: int) -> list[str]:
        """Told apart in `most` letters, or in what is kept and `_FEWEST`."""
        room = max(most - max(map(len, self.kept), default=0), _FEWEST)
        rests = [name.removeprefix(kept) for name, kept in zip(self.names, self.kept, strict=True)]
        short = told_apart(rests, room)
        return [kept + short[rest] for kept, rest in zip(self.kept, rests, strict=True)]


def _option(held: list[dict[str, Any]], labels: _Labels, colour: str) -> dict[str, Any]:
    line = {"axisTick": {"show": False}, "axisLine": {"show": False}}
    label = {"width": _NAMES - 12, "overflow": "truncate", "interval": 0, "fontSize": 12}
    series = {
        "type": "bar",
        "data": held,
        "barWidth": "72%",
        "barMinHeight": 2,
        "cursor": "pointer",
        "selectedMode": "single",
        "itemStyle": {"color": colour},
        "label": {"show": True, "position": "right", "fontSize": 12},
        "emphasis": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
        "select": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}},
    }
    when_narrow = {"data": labels.within(_LETTERS_WHEN_NARROW), "axisLabel": {"width": _NAMES_WHEN_NARROW - 12}}
    less = {"grid": {"left": _NAMES_WHEN_NARROW}, "yAxis": when_narrow}
    return {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "grid": {"left": _NAMES, "right": _AMOUNTS, "top": 4, "bottom": 4, "outerBoundsMode": "none"},
        "xAxis": {"type": "value", "show": False, "min": 0},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": labels.within(_LETTERS),
            "axisLabel": label,
            **line,
        },
        "series": [series],
        "media": [{"query": {"maxWidth": NARROW}, "option": less}],
    }
