"""A chart over time that is pointed at: a drag chooses the window, a click offers what to do with a bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.windows import Interval, Window, interval_for, intervals_for, length_of
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.flows import OTHERS
from nsgflow_core.charts.pointed import over_time
from nsgflow_core.charts.pointed.before import Before, time_in_words
from nsgflow_core.charts.pointed.intervals import interval_of, wide_of
from nsgflow_core.charts.pointed.over_time import OverTime
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.browser.scripts import is_full, least_width
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.frame.pointing import narrowing, pointed
from nsgflow_core.ui.frame.pointing.narrowing import Thing
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.pictures import chart_files, drawing

_BARS = {
    "minute": "1 min", "five_minutes": "5 min", "quarter_hour": "15 min", "hour": "1 hour", "day": "1 day",
}  # fmt: skip

DEAR = 2_000_000
"""Log entries from which on all traffic of a second window takes a second or more: it is asked when somebody wants it.
What was denied is a fiftieth of that."""
_NOTE, _NOTED = "Drag to choose a window, click a bar for more.", 1360
"""Pixels of a window from which on there is room for it beside all controls."""
_LARGE, _SMALL = (136, 84), (64, 44)
"""Heights of the two rows of a chart."""


@dataclass(frozen=True)
class TimeChart:
    """What is drawn over time: the question, by which part, and how."""

    title: str
    name: str
    question: Callable[[FlowFilter, Interval], Question]
    part: str
    """The dimension whose values are the series."""
    height: int | None = None
    """Of series stacked in one row; None draws Allowed and Denied in a row each."""
    measures: tuple[str, ...] = ("flows",)
    is_small: bool = False
    """True beside what the page is about."""


def show(view: View, chart: TimeChart) -> None:
    """The chart with its controls, its legend, and the same as a table."""
    has_room = not chart.height and is_full()  # beside its title, for all that stands there in one line
    note = _NOTE if has_room and least_width() >= _NOTED else ""
    heading = tables.title_row(chart.title, note)
    measure = chart.measures[0]
    if len(chart.measures) > 1:
        measure = url.choice(heading, "Measure", chart.measures, "measure")
    interval = _interval(heading, view)
    question = chart.question(view.flow_filter, interval)
    intervals = view.ask(question)
    place = st.container()
    legend = st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"legend_{chart.name}")
    before = _before(heading if has_room else legend, view, chart, interval)
    drawn = _drawn(view, chart, intervals, measure, before)
    _zoom(heading, view, chart.name)
    _as_table(heading, view, chart, intervals, drawn, measure, before)
    tables.show_query(heading, question, chart.name, chart.title)
    with place:
        _chart(chart, drawn, measure)
    if chart.height:
        _legend(legend, chart, list(over_time.parts_of(intervals, chart.part, measure)))


def usual(view: View, chart: TimeChart) -> Question:
    """What the chart asks where nobody chose its bars."""
    return chart.question(view.flow_filter, interval_for(view.window, view.store.unsupported))


def asked(view: View, chart: TimeChart) -> Question:
    """What it asks with the bars that are chosen."""
    return chart.question(view.flow_filter, url.held("bars", *_intervals(view)))


def _interval(place: DeltaGenerator, view: View) -> Interval:
    offered, best = _intervals(view)
    return url.pick_one(place, "A bar is", offered, "bars", _BARS.__getitem__, best, width=110)


def _intervals(view: View) -> tuple[Sequence[Interval], Interval]:
    """Those that a bar can be, and the best."""
    unknown = view.store.unsupported
    return intervals_for(view.window, unknown), interval_for(view.window, unknown)


def _before(place: DeltaGenerator, view: View, chart: TimeChart, interval: Interval) -> Before | None:
    """The same so much earlier, where there are logs of it; the switch is its entry of the legend."""
    earlier = periods.bars_before(view.flow_filter, view.window, interval, session.extent())
    if earlier is None:
        return None
    part, by = earlier
    is_dear = chart.part == "decision" and session.extent().tuples > DEAR
    note = f"The thin line: {periods.in_words(part)}."
    if not url.switch(place, time_in_words(by), "ghost", note, default="no" if is_dear else "yes"):
        return None
    return Before(view.ask(chart.question(part, interval)), by)


def _drawn(view: View, chart: TimeChart, intervals: pd.DataFrame, measure: str, before: Before | None) -> OverTime:
    if chart.height is None:
        asked = view.flow_filter.values_of("decision")
        heights = _SMALL if chart.is_small else _LARGE
        return over_time.decisions(intervals, measure, view.window, asked, heights, clock.zone(), before)
    return over_time.parts(intervals, chart.part, measure, view.window, chart.height, zone=clock.zone(), before=before)


def _chart(chart: TimeChart, drawn: OverTime, measure: str) -> None:
    """A brush or a click ends in a callback; then the chart is another one, which nothing is selected in.

    Streamlit lets nobody clear a selection of ECharts but by a new key (1.67, tried).
    """
    turn, before = f"_turn_{chart.name}", f"_marked_{chart.name}"
    key = f"{chart.name}_{st.session_state.setdefault(turn, 0)}"

    def selected() -> None:
        selection = st.session_state[key]["selection"]
        window = drawn.brushed(selection["areas"])
        if window:
            st.session_state[turn] += 1
            narrowing.apply(narrowing.within(window))
            return
        marks, known = drawn.marks(selection["selected"]), st.session_state.get(before, (key, set()))
        fresh = marks - (known[1] if known[0] == key else set())
        st.session_state[before] = (key, marks)
        if fresh:
            mark = next(iter(fresh))
            values = {chart.part: mark.series} if mark.series else {}
            pointed.at(Thing(values, mark.span), drawn.words(mark))
        else:
            pointed.away()

    with st.container(key=f"brushed_{chart.name}"):
        drawing.echarts(
            drawn.option,
            drawn.height,
            key,
            f"{chart.title}: {measure}. The same as a table is behind Table, the window in the filter bar.",
            selected,
        )


def _zoom(place: DeltaGenerator, view: View, name: str) -> None:
    """A window earlier, twice as wide, a window later: an action each."""
    window, held = view.window, view.held
    steps: tuple[tuple[str, str, Window, bool], ...] = (
        ("chevron_left", "The same length earlier", window.later(-1), window.later(-1).meets(held)),
        ("zoom_out", "Zoom out", window.wider(held), not window.holds(held)),
        ("chevron_right", "The same length later", window.later(1), window.later(1).meets(held)),
    )
    together = place.container(horizontal=True, gap="xxsmall", width="content")
    for icon, words, to, can in steps:
        together.button(
            heard("", words),
            icon=f":material/{icon}:",
            help=plain(words),
            on_click=narrowing.apply,
            args=(narrowing.around(to, held),),
            disabled=not can,
            type="tertiary",
            key=f"{icon}_{name}",
        )


def _as_table(
    place: DeltaGenerator,
    view: View,
    chart: TimeChart,
    intervals: pd.DataFrame,
    drawn: OverTime,
    measure: str,
    before: Before | None,
) -> None:
    """The chart for who reads it: a row an interval, whose arrow is the click on it."""
    box = place.popover(
        heard("Table", chart.title),
        icon=":material/table_rows:",
        type="tertiary",
        key=f"rows_{chart.name}",
        on_change="rerun",
    )
    if not box.open:
        return
    interval = interval_of(intervals)
    whole = view.window.whole(interval)
    wide = wide_of(intervals, chart.part, measure, whole)
    if before:
        wide = wide.join(before.wide(chart.part, measure, whole).add_suffix(f", {before.words}"))
    rows = wide[wide.any(axis=1)].reset_index()
    length = length_of(interval)
    with box:
        tables.show(
            rows,
            tables.TableView(
                chart.title,
                f"{chart.name}-table",
                height=420,
                offers=chart_files.of(drawn, f"{chart.title}: {measure}", view.flow_filter, chart.name),
            ),
            on_pick=lambda at: narrowing.apply(
                narrowing.within(Window(rows[interval].iloc[at], rows[interval].iloc[at] + length))
            ),
        )


def _legend(place: DeltaGenerator, chart: TimeChart, names: list[str]) -> None:
    """An entry a series, which opens what can be done with it."""
    for at, name in enumerate(names):
        is_one = name != OTHERS
        place.button(
            plain(name),
            on_click=pointed.at,
            args=(Thing({chart.part: name}), name),
            type="tertiary",
            disabled=not is_one,
            key=f"series_{at if is_one else 'others'}_{chart.name}",
        )
