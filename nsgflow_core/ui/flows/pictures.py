"""The traffic between subnets as a picture: a heatmap, bands, a map, or a calendar of hours or days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.analysis.windows import Interval
from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR, OTHERS, in_words
from nsgflow_core.charts.pointed import by_day, by_hour, estate_map, matrix, sankey
from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.stores.base import OF
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.export import Offer
from nsgflow_core.ui.parts.pictures import chart_files, pointed_picture
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Decision

_HOSTS = 60
"""As many hosts as a map can tell apart."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a picture is made from: the view of the chosen decision, its pairs of subnets, the measure, its controls."""

    view: View
    pairs: pd.DataFrame
    measure: str
    colour: str
    controls: DeltaGenerator


def show(view: View, question: Question) -> tuple[pd.DataFrame, Sequence[Offer]]:
    """The picture that the link asks for. Returns the pairs of subnets of the chosen decision, and it as files."""
    row = tables.title_row("Between subnets", "Click for more.")
    name = url.choice(row, "Picture", tuple(_PICTURES), "picture", lambda each: _PICTURES[each].title)
    controls = st.container(horizontal=True, vertical_alignment="center", gap="small")
    measure = url.choice(controls, "Measure", ("flows", "bytes"), "show")
    part, pairs = _of_decision(controls, view, view.ask(question))
    is_denied = not pairs.empty and bool((pairs["decision"] == Decision.DENIED).all())
    drawing = Drawing(part, pairs, measure, DENIED_COLOUR if is_denied else ALLOWED_COLOUR, controls)
    kind = _PICTURES[name]
    return pairs, chart_files.of(kind.draw(drawing), f"{kind.title}: {measure}", part.flow_filter, "subnet-pairs")


def _of_decision(place: DeltaGenerator, view: View, pairs: pd.DataFrame) -> tuple[View, pd.DataFrame]:
    """Allowed, denied, or both, where the filter leaves the choice."""
    if view.flow_filter.values_of("decision"):
        return view, pairs
    wanted = url.choice(place, "Decision", ("both", "Allowed", "Denied"), "verdict")
    if wanted == "both":
        return view, pairs
    return view.narrowed(view.flow_filter.where("decision", wanted)), pairs[pairs["decision"] == wanted]


def _heatmap(drawing: Drawing) -> Picture:
    names = {*drawing.pairs["source"].unique(), *drawing.pairs["destination"].unique()}
    is_large = len(names) > matrix.BY_SIZE
    words = {"alike": "Alike side by side", "largest": "Largest first"}
    order = (*words,) if is_large else (*reversed(words),)
    chosen = url.choice(drawing.controls, "Order", order, "ordered", words.__getitem__)
    made = matrix.matrix_of(drawing.pairs, drawing.measure, is_clustered=chosen == "alike")
    picture = matrix.heatmap(made, drawing.measure, drawing.colour)
    pointed_picture.show(picture, "matrix", f"{drawing.measure} from each source subnet to each destination subnet")
    if OTHERS in (*made.sources, *made.destinations):
        st.caption(f"The {matrix.MOST:d} largest on each side; the rest are added up as {plain(OTHERS)}.")
    return picture


def _bands(drawing: Drawing) -> Picture:
    order: traffic.FlowsOrBytes = "bytes" if drawing.measure == "bytes" else "flows"
    question = traffic.services(drawing.view.flow_filter, sankey.MOST, order)
    services = _asked(drawing, question, "bands")
    services = services[services[drawing.measure] > 0]
    picture = sankey.bands(services, drawing.measure)
    pointed_picture.show(picture, "bands", f"{drawing.measure} from sources over services to destinations")
    there = services.attrs.get(OF, len(services))
    _say_what_is_cut(drawing, int(there) - len(services), float(services[drawing.measure].sum()), "service")
    return picture


def _map(drawing: Drawing) -> Picture:
    subnets = sorted(set(drawing.pairs["source"]) | set(drawing.pairs["destination"]))
    opened = url.picker(
        drawing.controls, "Hosts of", ["", *subnets], "hosts", "",
        lambda each: f"Hosts of {each}" if each else "Subnets alone", is_titled=False,
    )  # fmt: skip
    edges, hosts, ends = drawing.pairs, frozenset[str](), ("source", "destination")
    if opened in subnets:
        found = _asked(drawing, traffic.between_hosts(drawing.view.flow_filter, opened, _HOSTS), "map")
        is_beyond = (edges["source"] != opened) & (edges["destination"] != opened)
        edges = pd.concat([edges[is_beyond], found], ignore_index=True)
        hosts = frozenset(set(found["source"]) | set(found["destination"])) - frozenset(subnets)
    shown = estate_map.strongest(edges, drawing.measure)
    picture = estate_map.network(shown[[*ends, "decision", drawing.measure]], drawing.measure, hosts)
    pointed_picture.show(picture, "map", f"Subnets and the {drawing.measure} between them")
    st.caption("Lines are as wide as what flows; dashed orange was denied. Drag to move.")
    if len(edges) > len(shown):
        _say_what_is_cut(drawing, len(edges) - len(shown), float(shown[drawing.measure].sum()), "pair")
    return picture


def _hours(drawing: Drawing) -> Picture:
    window, measure = drawing.view.window, drawing.measure
    interval: Interval = "day" if window.length >= by_day.FROM else "hour"
    found = _asked(drawing, traffic.over_time(drawing.view.flow_filter, interval), "hours")
    sums = found.groupby(interval, as_index=False)[[measure]].sum()
    if interval == "day":
        picture = by_day.calendar(sums, measure, window, drawing.colour)
        pointed_picture.show(picture, "days", f"{measure} by day, UTC")
    else:
        picture = by_hour.calendar(sums, measure, drawing.colour)
        pointed_picture.show(picture, "hours", f"{measure} by day and hour, UTC")
    _say_the_most(sums, interval, measure)
    return picture


def _say_the_most(sums: pd.DataFrame, interval: Interval, measure: str) -> None:
    """What the strongest cell is, as the scale of the others."""
    if not sums.empty:
        start, most = sums.sort_values(measure)[[interval, measure]].iloc[-1]
        when = f"{start:%a %d %b}" if interval == "day" else f"{start:%a %d %b %H:%M} UTC"
        st.caption(plain(f"Stronger is more: up to {in_words(most, measure)} {measure} in one {interval}, {when}."))


def _asked(drawing: Drawing, question: Question | Composed, name: str) -> pd.DataFrame:
    tables.show_query(drawing.controls, question, name, "between subnets, as the picture")
    return drawing.view.ask(question)


def _say_what_is_cut(drawing: Drawing, left_out: int, drawn: float, what: str) -> None:
    """Like "And 212 more services, 3 % of flows"; nothing where all is drawn."""
    total = float(drawing.pairs[drawing.measure].sum())
    if left_out > 0 and total:
        share = max(0.0, 1 - drawn / total)
        words = f"{share:.0%}" if share >= 0.01 or not share else "less than 1 %"
        amount = in_words(max(total - drawn, 0), drawing.measure)
        st.caption(plain(f"And {counted(left_out, f'more {what}')}: {words} of {drawing.measure}, {amount}."))


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    draw: Callable[[Drawing], Picture]


_PICTURES: Mapping[str, _Kind] = {
    "heatmap": _Kind("Heatmap", _heatmap),
    "bands": _Kind("Services", _bands),
    "map": _Kind("Map", _map),
    "hours": _Kind("Calendar", _hours),
}
"""The pictures, by their word in links; the first is shown unless somebody chooses."""
