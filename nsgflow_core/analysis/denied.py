"""What was denied: by which rule, on which port, from where and when."""

from __future__ import annotations

from dataclasses import replace

from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.windows import Interval
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.vocabulary import Decision


def denied(flow_filter: FlowFilter) -> FlowFilter:
    """The denied part of a filter's traffic; a filter that asks for allowed flows alone keeps nothing."""
    return flow_filter.limited_to("decision", Decision.DENIED)


def totals(flow_filter: FlowFilter) -> Question:
    """One row: denied flows, and distinct addresses that they came from."""
    return Question.of_flows("denied.totals", FlowQuery(denied(flow_filter), measures=("flows", "sources")))


def by_rule_and_port(flow_filter: FlowFilter, limit: int | None = None) -> Question:
    """One row per NSG, rule, direction, protocol and port that was denied; with a limit, the busiest."""
    query = FlowQuery(
        denied(flow_filter),
        by=("nsg", "rule", "direction", "protocol", "port"),
        measures=("flows", "sources", "destinations", "first_seen", "last_seen"),
        order="flows" if limit else None,
        limit=limit,
    )
    return Question.of_flows("denied.by_rule_and_port", query)


def first_by_rule_and_port(flow_filter: FlowFilter, rows: int, of: int) -> Question:
    """The first rows of `by_rule_and_port` with a limit of `of`: asked together with these, as one query."""
    question = by_rule_and_port(flow_filter, of)
    first = replace(question.shape, reshape=lambda frame: frame.head(rows))
    return Question("denied.first_by_rule_and_port", question.query, first)


def nsgs(flow_filter: FlowFilter) -> Question:
    """One row per NSG and direction that denied something, with the log entries that say so: cheaper than flows."""
    query = FlowQuery(denied(flow_filter), by=("nsg", "direction"), measures=("tuples",))
    return Question.of_flows("denied.nsgs", query)


def over_time(flow_filter: FlowFilter, interval: Interval = "hour") -> Question:
    """Denied flows by interval (its start, UTC) and rule."""
    query = FlowQuery(denied(flow_filter), by=(interval, "rule"), measures=("flows",))
    return Question.of_flows("denied.over_time", query)


def by_source(flow_filter: FlowFilter, limit: int | None = None) -> Question:
    """One row per source address with its label, how many addresses and ports it tried; busiest first."""
    measures = ("flows", "destinations", "ports", "first_seen", "last_seen")
    query = FlowQuery(denied(flow_filter), by=("src_ip", "source"), measures=measures, order="flows", limit=limit)
    return Question.of_flows("denied.by_source", query)
