"""What the widgets of the filter bar say, read as a filter: a value without meaning costs itself alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nsgflow_core.ask.columns import dimension
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import parse_value, read_value, split_values
from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame.asking import clock


@dataclass(frozen=True)
class AskedFilter:
    """What the bar says: the filter, and a sentence for each value that has no meaning and was left out."""

    flow_filter: FlowFilter
    refused: tuple[BadFilter, ...] = ()


def read_filter(
    texts: Mapping[str, Sequence[str]], since: str = "", until: str = "", *, either_way: bool = False
) -> AskedFilter:
    """The filter of these widget values; a value without meaning is refused alone, and the rest goes on."""
    params: dict[str, list[str]] = {}
    refused: list[BadFilter] = []
    for key, given in texts.items():
        for text in (part for value in given for part in split_values(value)):
            try:
                row, value = read_value(text)
                parse_value(dimension(key), value, row.key)
                params.setdefault(key, []).append(text)
            except BadFilter as error:
                refused.append(error)
    made = FlowFilter.from_params(params | ({"either_way": ["true"]} if either_way else {}))
    try:
        made = made.within(parse_time(since, clock.zone()), parse_time(until, clock.zone()))
    except BadFilter as error:
        refused.append(error)
    return AskedFilter(made, tuple(refused))
