"""Bars from the largest down, each with its name and its amount; a click on one is what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from nsgflow_core.charts.flows import DENIED_COLOUR, NEUTRAL, in_words
from nsgflow_core.charts.pointed.picture import NARROW, Mark, Picture, label_text
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.services.port_names import service_words
from nsgflow_core.words.visible import visible

MOST = 12
"""As many rules and ports as are worth a bar."""
RULE_AND_PORT = ("nsg", "rule", "direction", "protocol", "port")
_BAR, _AROUND = 26, 16
_NAMES, _NAMES_WHEN_NARROW = 290, 150
"""Pixels for names; longer ones are cut, and told in full where one points."""
_LETTERS, _LETTERS_WHEN_NARROW = 45, 22
"""That fit there."""
_FEWEST = 8
"""Letters that a rule and an NSG have each at least, and beside the port, which is never cut."""
_BETWEEN = " · "
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
    within: Callable[[int], Sequence[str]] | None = None,
) -> Picture:
    """A bar a row, in the frame's order; `values` are what each row narrows to (dimension -> value).

    `within` writes the names in so many letters; without it they are told apart as they are.
    """
    amounts = [float(amount) for amount in frame[measure]]
    held, marks = [], {}
    for at, (name, amount) in enumerate(zip(names, amounts, strict=True)):
        words = in_words(amount, measure)
        item = {
            "value": amount,
            "name": visible(f"{name}: {words} {measure}"),
            "label": {"formatter": label_text(words)},
        }
        held.append(item)
        marks[0, "main", at] = Mark(name, values[at])
    return Picture(_option(held, within or partial(_apart, [*map(visible, names)]), colour), height(len(held)), marks)


def rules_and_ports(worst: pd.DataFrame) -> Picture:
    """What was denied by each rule on each port; expects the columns of `denied.by_rule_and_port`."""
    labels = Labels.of(worst, "rule", "nsg")
    values = worst[list(RULE_AND_PORT)].astype(str).to_dict("records")
    held = [{str(name): each[name] for name in each} for each in values]
    return bars(worst, labels.whole, held, "flows", within=labels.within)


@dataclass(frozen=True, slots=True)
class Labels:
    """Names made of a port and two more (rule and NSG): no port is cut, and of these each is told from its like."""

    services: Sequence[str]
    ports: Sequence[str]
    firsts: Sequence[str]
    seconds: Sequence[str]
    between: str = _BETWEEN

    @classmethod
    def of(cls, frame: pd.DataFrame, first: str, second: str, between: str = _BETWEEN) -> Labels:
        """Those of a frame with the columns protocol and port, and two of names; `between` stands between these."""
        keys = [*zip(frame["protocol"], frame["port"], strict=True)]
        ports = [f"{protocol} {port}" for protocol, port in keys]
        one, other = ([*map(visible, frame[name].astype(str))] for name in (first, second))
        return cls([service_words(*key) for key in keys], ports, one, other, between)

    @property
    def whole(self) -> Sequence[str]:
        """All of it, uncut."""
        pairs = map(self.between.join, zip(self.firsts, self.seconds, strict=True))
        return [*map(_BETWEEN.join, zip(self.services, pairs, strict=True))]

    def within(self, most: int) -> Sequence[str]:
        """In `most` letters, or the port and `_FEWEST`; what a port is for is told where all of it fits."""
        if max(map(len, self.whole), default=0) <= most:
            return self.whole
        room = most - max(map(len, self.ports), default=0) - len(_BETWEEN)
        is_wide = room >= 2 * _FEWEST + len(self.between)
        told = self._both(room - len(self.between)) if is_wide else self._what_differs(max(room, _FEWEST))
        return [*map(_BETWEEN.join, zip(self.ports, told, strict=True))]

    def _both(self, room: int) -> Sequence[str]:
        first, second = (max(map(len, each), default=0) for each in (self.firsts, self.seconds))
        of_first = max(min(first, max(room // 2, room - second)), _FEWEST)
        pairs = [*zip(self.firsts, self.seconds, strict=True)]
        short = zip(_apart(self.firsts, of_first), _apart(self.seconds, room - of_first), strict=True)
        told = (own if len("".join(own)) <= room else cut for own, cut in zip(pairs, short, strict=True))
        return [*map(self.between.join, told)]

    def _what_differs(self, room: int) -> Sequence[str]:
        """Of the two, where there is no room for both."""
        differ = [each for each in (self.firsts, self.seconds) if len(set(each)) > 1] or [self.firsts]
        return _apart([*map(self.between.join, zip(*differ, strict=True))], room)


def _apart(names: Sequence[str], most: int) -> Sequence[str]:
    short = told_apart(names, most)
    return [short[name] for name in names]


def _option(held: list[dict[str, Any]], within: Callable[[int], Sequence[str]], colour: str) -> dict[str, Any]:
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
    when_narrow = {"data": within(_LETTERS_WHEN_NARROW), "axisLabel": {"width": _NAMES_WHEN_NARROW - 12}}
    less = {"grid": {"left": _NAMES_WHEN_NARROW}, "yAxis": when_narrow}
    return {
        "animation": False,
        "tooltip": {"confine": True, "formatter": "{b}"},
        "grid": {"left": _NAMES, "right": _AMOUNTS, "top": 4, "bottom": 4, "outerBoundsMode": "none"},
        "xAxis": {"type": "value", "show": False, "min": 0},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": within(_LETTERS),
            "axisLabel": label,
            **line,
        },
        "series": [series],
        "media": [{"query": {"maxWidth": NARROW}, "option": less}],
    }
