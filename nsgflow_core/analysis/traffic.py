"""What flows: totals, over time, between which subnets and addresses, and who talks most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import FlowStore

Interval = Literal["hour", "day"]
Volume = Literal["flows", "bytes"]
HOURS_ON_A_CHART = 24 * 21
"""More hours than this are hard to tell apart on a chart, so it shows days."""


def interval_for(since: datetime | None, until: datetime | None) -> Interval:
    """Hours for up to three weeks, days beyond."""
    if since is None or until is None:
        return "hour"
    return "hour" if until - since <= timedelta(hours=HOURS_ON_A_CHART) else "day"


def totals_question(flow_filter: FlowFilter) -> FlowQuery:
    """The question behind `totals`."""
    measures = ("flows", "bytes", "packets", "sources", "destinations", "ports", "first_seen", "last_seen")
    return FlowQuery(flow_filter, measures=measures)


def totals(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """One row: flows, bytes, packets, distinct sources, destinations and ports, first and last seen."""
    return store.fetch(totals_question(flow_filter))


def by_decision(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """Flows and bytes, Allowed and Denied."""
    return store.fetch(FlowQuery(flow_filter, by=("decision",), measures=("flows", "bytes")))


def over_time_question(flow_filter: FlowFilter, interval: Interval = "hour") -> FlowQuery:
    """The question behind `over_time`."""
    return FlowQuery(flow_filter, by=(interval, "decision"), measures=("flows", "bytes"))


def over_time(store: FlowStore, flow_filter: FlowFilter, interval: Interval = "hour") -> pd.DataFrame:
    """Flows and bytes by interval (start of the hour or day, UTC) and decision."""
    return store.fetch(over_time_question(flow_filter, interval))


def between_subnets_question(flow_filter: FlowFilter) -> FlowQuery:
    """The question behind `between_subnets`."""
    return FlowQuery(flow_filter, by=("source", "destination", "decision"), measures=("flows", "bytes", "ports"))


def between_subnets(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """One row per source label, destination label and decision: flows, bytes and distinct ports."""
    return store.fetch(between_subnets_question(flow_filter))


def address_pairs_question(flow_filter: FlowFilter, limit: int | None = None) -> FlowQuery:
    """The question behind `address_pairs`."""
    return FlowQuery(
        flow_filter,
        by=("src_ip", "dst_ip", "protocol", "port", "decision"),
        measures=("flows", "bytes", "rules", "first_seen", "last_seen"),
        order="flows",
        limit=limit,
    )


def address_pairs(store: FlowStore, flow_filter: FlowFilter, limit: int | None = None) -> pd.DataFrame:
    """One row per address pair, protocol, port and decision, busiest first."""
    return store.fetch(address_pairs_question(flow_filter, limit))


def top_talkers_question(flow_filter: FlowFilter, limit: int = 10, order: Volume = "bytes") -> FlowQuery:
    """The question behind `top_talkers`."""
    return FlowQuery(
        flow_filter,
        by=("src_ip", "source"),
        measures=("flows", "bytes", "destinations", "ports"),
        order=order,
        limit=limit,
    )


def top_talkers(store: FlowStore, flow_filter: FlowFilter, limit: int = 10, order: Volume = "bytes") -> pd.DataFrame:
    """The source addresses that moved most, with their label."""
    return store.fetch(top_talkers_question(flow_filter, limit, order))
