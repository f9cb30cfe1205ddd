"""Narrow what is shown, in the filter's own words: each change is the parameters of a link.

A chart, a table and a chip say what they narrow to; here it becomes text as `FlowFilter.to_params` writes it, so that
the bar, the link and the command line (`--where`, `--since`, `--until`) say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import split_values, write_value
from nsgflow_core.ask.text.times import format_time
from nsgflow_core.ui.frame import params, url

_ASKED_OF: Mapping[str, str] = {"src_ip": "source", "dst_ip": "destination"}
"""Addresses are asked for as ends of the flow: those have a field of their own in the bar."""
Change = dict[str, str]
"""Parameters of a link: text of a filter, or "" for what is taken out."""


@dataclass(frozen=True)
class Thing:
    """What somebody pointed at: values of dimensions, a window of time, or both."""

    values: Mapping[str, str] = field(default_factory=dict)
    window: Window | None = None


def offered(dimension: str, settled: frozenset[str] = frozenset()) -> bool:
    """True when a page can be narrowed by it: it is one, and the page does not decide it."""
    return dimension in DIMENSIONS and _ASKED_OF.get(dimension, dimension) not in settled


def only(thing: Thing) -> Change:
    """Only this: its values in place of what was asked for, and its window."""
    values = {_ASKED_OF.get(name, name): write_value("is", value) for name, value in thing.values.items()}
    return values | (within(thing.window) if thing.window else {})


def without(name: str, value: str) -> Change:
    """All but this value: added to what is asked for."""
    asked = _ASKED_OF.get(name, name)
    before = split_values(url.params_with().get(asked, ""))
    return {asked: ",".join(dict.fromkeys([*before, write_value("is_not", value)]))}


def between(before: FlowFilter, after: FlowFilter) -> Change:
    """From one filter's conditions to another's; windows stay as they are."""
    old, new = before.to_params(), after.to_params()
    return {key: new.get(key, "") for key in (*DIMENSIONS, "either_way") if old.get(key) != new.get(key)}


def within(window: Window) -> Change:
    """This window of time."""
    return {"window": "", "since": format_time(window.since), "until": format_time(window.until)}


def around(window: Window, held: Window) -> Change:
    """This window; all time where it holds every flow."""
    return dict.fromkeys(("window", "since", "until"), "") if window.holds(held) else within(window)


def rules_of(nsg: str, direction: str) -> Change:
    """The rules of an NSG over all that it decided in the window: other filters would draft from a part of it."""
    return dict.fromkeys((*DIMENSIONS, "either_way"), "") | {"for": f"nsg/{nsg}", "towards": direction}


def apply(change: Change) -> None:
    """Narrow the page that is open; a callback. It starts on its first page of rows."""
    params.put(change | {"page": ""})
