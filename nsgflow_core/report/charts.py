"""Single charts of a part of the traffic, as the pages draw them: a row a chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

import pandas as pd

from nsgflow_core.analysis import denied, traffic
from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.traffic import FlowsOrBytes
from nsgflow_core.analysis.windows import Interval, Window, interval_for
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR
from nsgflow_core.charts.pointed import by_day, by_hour, estate_map, matrix, over_time, ranked, sankey
from nsgflow_core.charts.pointed.before import Before
from nsgflow_core.charts.still.drawing import Chart, drawn
from nsgflow_core.charts.still.shapes import Still
from nsgflow_core.report.asking import report_window
from nsgflow_core.stores.base import FlowStore, held
from nsgflow_core.words.vocabulary import Decision

_HEIGHTS = (136, 84)
_HEIGHT = 300


@dataclass(frozen=True, slots=True)
class AskedChart:
    """What a chart is asked of: a store, a part of its traffic, and by which measure."""

    store: FlowStore
    flow_filter: FlowFilter
    measure: FlowsOrBytes
    now: datetime
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class ChartKind:
    """A chart by its title, and what makes it."""

    title: str
    made: Callable[[AskedChart], Chart]
    about: Callable[[FlowFilter], FlowFilter] = lambda asked: asked
    """Of which part of what is asked for."""


def chart_of(kind: str, asked: AskedChart) -> Still:
    """The picture of that chart. Raises what the store raises."""
    row = CHARTS[kind]
    part = replace(asked, flow_filter=row.about(asked.flow_filter))
    with held(asked.store):
        return drawn(row.made(part), row.title, part.flow_filter.describe(part.zone))


def _over_time(asked: AskedChart) -> Chart:
    intervals, before = _with_before(asked, traffic.over_time)
    window, only = _window(asked), asked.flow_filter.values_of("decision")
    return over_time.decisions(intervals, asked.measure, window, only, _HEIGHTS, asked.zone, before)


def _denied_over_time(asked: AskedChart) -> Chart:
    intervals, before = _with_before(asked, denied.over_time)
    return over_time.parts(intervals, "rule", "flows", _window(asked), _HEIGHT, zone=asked.zone, before=before)


def _with_before(
    asked: AskedChart, question: Callable[[FlowFilter, Interval], Question]
) -> tuple[pd.DataFrame, Before | None]:
    window = _window(asked)
    interval = interval_for(window, asked.store.unsupported)
    earlier = periods.bars_before(asked.flow_filter, window, interval, asked.store.extent())
    before = Before(question(earlier[0], interval).ask(asked.store), earlier[1]) if earlier else None
    return question(asked.flow_filter, interval).ask(asked.store), before


def _rules_and_ports(asked: AskedChart) -> Chart:
    return ranked.rules_and_ports(denied.by_rule_and_port(asked.flow_filter, ranked.MOST).ask(asked.store))


def _heatmap(asked: AskedChart) -> Chart:
    pairs = _pairs(asked)
    names = {*pairs["source"], *pairs["destination"]}
    made = matrix.matrix_of(pairs, asked.measure, is_clustered=len(names) > matrix.BY_SIZE)
    return matrix.heatmap(made, asked.measure, _colour(asked))


def _services(asked: AskedChart) -> Chart:
    services = traffic.services(asked.flow_filter, sankey.MOST, asked.measure).ask(asked.store)
    return sankey.bands(services[services[asked.measure] > 0], asked.measure)


def _map(asked: AskedChart) -> Chart:
    pairs = _pairs(asked)
    return estate_map.network(estate_map.strongest(pairs, asked.measure), asked.measure)


def _hours(asked: AskedChart) -> Chart:
    window = _window(asked)
    interval: Interval = "day" if window.length >= by_day.FROM else "hour"
    found = traffic.over_time(asked.flow_filter, interval).ask(asked.store)
    sums = found.groupby(interval, as_index=False)[[asked.measure]].sum()
    if interval == "day":
        return by_day.calendar(sums, asked.measure, window, _colour(asked))
    return by_hour.calendar(sums, asked.measure, _colour(asked))


def _pairs(asked: AskedChart) -> pd.DataFrame:
    return traffic.between_subnets(asked.flow_filter).ask(asked.store)


def _colour(asked: AskedChart) -> str:
    return DENIED_COLOUR if asked.flow_filter.values_of("decision") == (Decision.DENIED,) else ALLOWED_COLOUR


def _window(asked: AskedChart) -> Window:
    return report_window(asked.flow_filter, asked.store.extent(), asked.now)


CHARTS: Mapping[str, ChartKind] = {
    "over-time": ChartKind("Allowed and denied over time", _over_time),
    "denied": ChartKind("Denied by rule and port", _rules_and_ports, denied.denied),
    "denied-over-time": ChartKind("Denied over time, by rule", _denied_over_time, denied.denied),
    "heatmap": ChartKind("Between subnets", _heatmap),
    "services": ChartKind("Services between subnets", _services),
    "map": ChartKind("Subnets and what flows between them", _map),
    "hours": ChartKind("By day or hour, UTC", _hours),
}
"""By their word on the command line."""
