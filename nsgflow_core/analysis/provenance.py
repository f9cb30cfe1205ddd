"""Where an answer comes from: what was asked of which store, what of its window was logged, and when it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from nsgflow_core import __version__
from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import minute_words, moment_words, zone_words
from nsgflow_core.errors import NsgflowError
from nsgflow_core.exports.base import TableOrigin
from nsgflow_core.stores.base import FlowStore, held
from nsgflow_core.words.numbers import counted

Fact = tuple[str, str]
_TO_ITS_END = timedelta(minutes=59)
"""From an hour's start to its last minute."""


def origin_of(
    store: FlowStore, title: str, question: Question | Composed | None, made_at: datetime, zone: tzinfo = UTC
) -> TableOrigin:
    """What a file of a table says about itself; asks the store how much of the window was logged."""
    queries = question.queries if question else ()
    filters = tuple(dict.fromkeys(query.filter for query in queries))
    with held(store):
        facts = [("Store", store.name), *(fact for asked in filters for fact in asked_facts(store, asked, zone))]
        texts = tuple(dict.fromkeys(store.explain(query) for query in queries))
    return TableOrigin(title, (*facts, *made_facts(made_at, zone)), texts)


def asked_facts(store: FlowStore, flow_filter: FlowFilter, zone: tzinfo = UTC) -> tuple[Fact, ...]:
    """The filter in words, its window, and what of it was logged."""
    window = FlowFilter().within(flow_filter.since, flow_filter.until)
    logged = covered(store, window, zone)
    return ("Filter", flow_filter.describe(zone)), ("Window", _span(flow_filter, zone)), ("Coverage", logged)


def covered(store: FlowStore, window: FlowFilter, zone: tzinfo = UTC) -> str:
    """How many entries a window holds and from when to when, and the hours without any; why it is not known."""
    try:
        hourly = coverage.all_logs(window).ask(store)
        silent = coverage.gaps(window).ask(store)
    except NsgflowError as error:
        return f"Not known: {error.message}"
    if hourly.empty:
        return "No log entries in this window."
    first, last = hourly["hour"].min(), hourly["hour"].max()
    words = f"{counted(int(hourly['tuples'].sum()), 'log entry')}, "
    words += f"{minute_words(first, zone)} to {moment_words(last + _TO_ITS_END, zone)}"
    if silent.empty:
        return f"{words}; no hour between them without any."
    longest = silent.nlargest(1, "hours").iloc[0]
    words += f"; {counted(int(silent['hours'].sum()), 'hour')} without any"
    return (
        f"{words}, the longest from {moment_words(longest['since'], zone)}, {counted(int(longest['hours']), 'hour')}."
    )


def made_facts(made_at: datetime, zone: tzinfo = UTC) -> tuple[Fact, ...]:
    """When, by which version, and the zone of all times."""
    return ("Made", _second(made_at, zone)), ("nsgflow", __version__), ("Times", zone_words(zone))


def _span(flow_filter: FlowFilter, zone: tzinfo) -> str:
    since, until = flow_filter.since, flow_filter.until
    if not since and not until:
        return "All time"
    start = _second(since, zone) if since else "the first entry"
    return f"From {start} until {_second(until, zone) if until else 'the last entry'}"


def _second(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_words(zone)}"
