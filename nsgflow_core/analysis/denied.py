"""What was denied: by which rule, on which port, from where and when."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.analysis.traffic import Interval
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Decision

SEEN = ("flows", "sources", "destinations", "first_seen", "last_seen")


def denied(flow_filter: FlowFilter) -> FlowFilter:
    """The denied part of a filter's traffic; a filter that asks for allowed flows alone keeps nothing."""
    return flow_filter.limited_to("decision", Decision.DENIED)


def by_rule_and_port_question(flow_filter: FlowFilter, limit: int | None = None) -> FlowQuery:
    """The question behind `by_rule_and_port`."""
    return FlowQuery(
        denied(flow_filter),
        by=("nsg", "rule", "direction", "protocol", "port"),
        measures=SEEN,
        order="flows" if limit else None,
        limit=limit,
    )


def by_rule_and_port(store: FlowStore, flow_filter: FlowFilter, limit: int | None = None) -> pd.DataFrame:
    """One row per NSG, rule, direction, protocol and port that was denied.

    Columns: nsg, rule, direction, protocol, port, flows, sources, destinations, first_seen, last_seen (UTC).
    """
    return store.fetch(by_rule_and_port_question(flow_filter, limit))


def by_rule_question(flow_filter: FlowFilter, limit: int | None = None) -> FlowQuery:
    """The question behind `by_rule`."""
    return FlowQuery(
        denied(flow_filter),
        by=("nsg", "rule", "direction"),
        measures=(*SEEN[:3], "ports", *SEEN[3:]),
        order="flows",
        limit=limit,
    )


def by_rule(store: FlowStore, flow_filter: FlowFilter, limit: int | None = None) -> pd.DataFrame:
    """One row per NSG, rule and direction that denied something, busiest first."""
    return store.fetch(by_rule_question(flow_filter, limit))


def over_time_question(flow_filter: FlowFilter, interval: Interval = "hour") -> FlowQuery:
    """The question behind `over_time`."""
    return FlowQuery(denied(flow_filter), by=(interval, "rule"), measures=("flows",))


def over_time(store: FlowStore, flow_filter: FlowFilter, interval: Interval = "hour") -> pd.DataFrame:
    """Denied flows by interval (hour or day, UTC) and rule."""
    return store.fetch(over_time_question(flow_filter, interval))


def by_source_question(flow_filter: FlowFilter, limit: int | None = None) -> FlowQuery:
    """The question behind `by_source`."""
    measures = ("flows", "destinations", "ports", "first_seen", "last_seen")
    return FlowQuery(denied(flow_filter), by=("src_ip", "source"), measures=measures, order="flows", limit=limit)


def by_source(store: FlowStore, flow_filter: FlowFilter, limit: int | None = None) -> pd.DataFrame:
    """One row per source address with its label, how many addresses and ports it tried; busiest first."""
    return store.fetch(by_source_question(flow_filter, limit))
