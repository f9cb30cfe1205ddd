"""Which ports are required: the traffic that was allowed, as a list that a rule set can be written from."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Decision, RuleKind

Endpoints = Literal["subnet", "address"]
MEASURES = ("directions", "rules", "flows", "packets", "bytes", "sources", "destinations", "first_seen", "last_seen")
ENDPOINTS: dict[str, tuple[str, str]] = {"subnet": ("source", "destination"), "address": ("src_ip", "dst_ip")}
"""The dimensions that stand for the two ends."""


def required(flow_filter: FlowFilter) -> FlowFilter:
    """The part of a filter's traffic that makes a port required: allowed, and not by Azure's own platform rule.

    A filter that asks for denied flows alone keeps nothing.
    """
    platform_too = (*flow_filter.values_of("rule_kind", "is_not"), RuleKind.PLATFORM)
    return flow_filter.limited_to("decision", Decision.ALLOWED).where("rule_kind", *platform_too, operator="is_not")


def question(flow_filter: FlowFilter, by: Endpoints = "subnet", limit: int | None = None) -> FlowQuery:
    """The question behind the table, busiest first where a limit cuts it."""
    return FlowQuery(
        required(flow_filter),
        by=(*ENDPOINTS[by], "protocol", "port"),
        measures=MEASURES,
        order="flows" if limit else None,
        limit=limit,
    )


def table(
    store: FlowStore, flow_filter: FlowFilter, by: Endpoints = "subnet", limit: int | None = None
) -> pd.DataFrame:
    """One row per source, destination, protocol and port that was used.

    Columns: source, destination, protocol, port, directions, rules, flows, packets, bytes (both ways), sources,
    destinations (distinct addresses), first_seen, last_seen (UTC). Sorted by the first four, or by flows with a limit.
    """
    ports = store.fetch(question(flow_filter, by, limit))
    return ports.rename(columns={"src_ip": "source", "dst_ip": "destination"})
