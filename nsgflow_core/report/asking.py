"""Asks a store for all that a report holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from nsgflow_core import COMMAND
from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.naming import with_names_behind
from nsgflow_core.analysis.provenance import asked_facts, made_facts
from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.required_ports import EndsAs
from nsgflow_core.analysis.windows import Interval, Window, interval_for, length_of
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.pointed.before import Before
from nsgflow_core.coverage.truth import find_truth
from nsgflow_core.errors import NsgflowError
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.report.base import Report
from nsgflow_core.stores.base import OF, Extent, FlowStore, held
from nsgflow_core.words.numbers import and_more

MOST_ROWS = 500
"""Of a table: more than anybody reads. The CSV of the page or command has all."""
MOST_SOURCES = 100
_MOST_GAPS = 12
_SHORTEST = timedelta(minutes=1)


def ask(
    store: FlowStore,
    flow_filter: FlowFilter,
    inventory: Inventory,
    made_at: datetime,
    by: EndsAs = "subnet",
    zone: tzinfo = UTC,
) -> Report:
    """The report of this part of the traffic, with its times in `zone`; `inventory` says what should be logged.

    Raises what the store raises.
    """
    with held(store):
        window = report_window(flow_filter, store.extent(), made_at)
        interval = interval_for(window, store.unsupported)
        over_time = traffic.over_time(flow_filter, interval)
        tables = _tables(flow_filter, by, store.unsupported)
        ports, refusals, sources = (question.ask(store) for question in tables.values())
        return Report(
            title="Required ports and denials",
            made_at=made_at,
            zone=zone,
            facts=(("Store", store.name), *asked_facts(store, flow_filter, zone), *made_facts(made_at, zone)),
            missing=_missing(store, flow_filter, inventory),
            totals=traffic.totals(flow_filter).ask(store),
            decisions=traffic.by_decision(flow_filter).ask(store),
            over_time=over_time.ask(store),
            window=window.whole(interval),
            step=length_of(interval),
            before=_before(store, flow_filter, window, interval),
            required=ports,
            required_of=int(ports.attrs.get(OF, len(ports))),
            denied=refusals,
            denied_of=int(refusals.attrs.get(OF, len(refusals))),
            sources=sources,
            queries=tuple(
                (words, store.explain(question.query))
                for words, question in (*tables.items(), ("Over time", over_time))
            ),
        )


def _tables(flow_filter: FlowFilter, by: EndsAs, unsupported: frozenset[str]) -> dict[str, Question]:
    """The questions of the report's three tables, by the words for them."""
    asked = {
        "Required ports": required_ports.services(flow_filter, by, MOST_ROWS),
        "Denied": denied.by_rule_and_port(flow_filter, MOST_ROWS),
        "Sources of denials": denied.by_source(flow_filter, MOST_SOURCES),
    }
    return {words: with_names_behind(question, unsupported) for words, question in asked.items()}


def report_window(flow_filter: FlowFilter, extent: Extent, made_at: datetime) -> Window:
    """The filter's, whose open ends are those of the flows; up to now for an empty store."""
    until = flow_filter.until or extent.last or made_at
    since = flow_filter.since or extent.first or until
    return Window(min(since, until - _SHORTEST), until)


def _before(store: FlowStore, flow_filter: FlowFilter, window: Window, interval: Interval) -> Before | None:
    earlier = periods.bars_before(flow_filter, window, interval, store.extent())
    return Before(traffic.over_time(earlier[0], interval).ask(store), earlier[1]) if earlier else None


def _missing(store: FlowStore, flow_filter: FlowFilter, inventory: Inventory) -> tuple[str, ...]:
    """The verdict about coverage first, then the heaviest gaps, and what could not be judged."""
    try:
        truth = find_truth(store, flow_filter, inventory)
    except NsgflowError as error:
        return (f"What is not logged could not be asked: {error.message}",)
    gaps = [each.says for each in truth.gaps]
    more = and_more(len(gaps) - _MOST_GAPS, f"gaps; the page Coverage and '{COMMAND} coverage' list them")
    listed = [*gaps[:_MOST_GAPS], *([f"There are{more.removeprefix(' and')}."] if more else [])]
    return (truth.sentence, *listed, *truth.notes)
