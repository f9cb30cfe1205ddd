"""What the view was narrowed by, a chip each; a click takes that one out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import minute_words
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.pointing import narrowing


def show(place: DeltaGenerator, flow_filter: FlowFilter) -> None:
    """A chip for each condition, for the window, and for counting either way."""
    for condition in flow_filter.conditions:
        rest = tuple(each for each in flow_filter.conditions if each != condition)
        text = replace(flow_filter, conditions=rest).to_params().get(condition.dimension, "")
        _chip(place, condition.describe(), {condition.dimension: text}, f"{condition.dimension}_{condition.operator}")
    if flow_filter.since or flow_filter.until:
        _chip(place, _window(flow_filter), dict.fromkeys(("window", "since", "until"), ""), "window")
    if flow_filter.either_way:
        _chip(place, "either way", {"either_way": ""}, "either_way")


def _window(flow_filter: FlowFilter) -> str:
    last = url.params_with().get("window", "")
    return (
        f"last {last}"
        if last and last != "custom"
        else window_in_words(flow_filter.since, flow_filter.until, clock.zone())
    )


def window_in_words(since: datetime | None, until: datetime | None, zone: tzinfo = UTC) -> str:
    """Short, on the clock that is shown: like "19 Nov 02:00-06:00"; a whole day has its two ends."""
    form = "%d %b %H:%M"
    first, last = (minute_words(moment, zone, form) if moment else "" for moment in (since, until))
    end = minute_words(until, zone, "%H:%M") if until else ""
    if since and until and until - since <= timedelta(days=1) and not first.endswith(end):
        return f"{first}-{end}"
    ends = (f"from {first}" if first else "", f"to {last}" if last else "")
    return " ".join(end for end in ends if end)


def _chip(place: DeltaGenerator, words: str, change: narrowing.Change, key: str) -> None:
    place.button(
        plain(words),
        on_click=narrowing.apply,
        args=(change,),
        icon=":material/close:",
        icon_position="right",
        key=f"chip_{key}",
        help="Take this out",
    )
