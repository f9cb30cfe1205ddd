"""What flows: totals, over time, between which subnets and addresses, and who talks most."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, Composed, Question, Shape
from nsgflow_core.analysis.required_ports import END_NAMES
from nsgflow_core.analysis.windows import Interval
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery

Volume = Literal["flows", "bytes"]


def totals(flow_filter: FlowFilter) -> Question:
    """One row: flows, bytes, packets, distinct sources, destinations and ports, first and last seen."""
    measures = ("flows", "bytes", "packets", "sources", "destinations", "ports", "first_seen", "last_seen")
    return Question.of_flows("traffic.totals", FlowQuery(flow_filter, measures=measures))


def by_decision(flow_filter: FlowFilter) -> Question:
    """Flows and bytes, Allowed and Denied."""
    query = FlowQuery(flow_filter, by=("decision",), measures=("flows", "bytes"))
    return Question.of_flows("traffic.by_decision", query)


def over_time(flow_filter: FlowFilter, interval: Interval = "hour") -> Question:
    """Flows and bytes by interval (its start, UTC) and decision."""
    query = FlowQuery(flow_filter, by=(interval, "decision"), measures=("flows", "bytes"))
    return Question.of_flows("traffic.over_time", query)


def between_subnets(flow_filter: FlowFilter) -> Question:
    """One row per source label, destination label and decision: flows, bytes and distinct ports."""
    query = FlowQuery(flow_filter, by=("source", "destination", "decision"), measures=("flows", "bytes", "ports"))
    return Question.of_flows("traffic.between_subnets", query)


def services(flow_filter: FlowFilter, limit: int, order: Volume = "flows") -> Question:
    """The busiest services between labels: source, destination, protocol, port, decision; flows and bytes."""
    query = FlowQuery(
        flow_filter,
        by=("source", "destination", "protocol", "port", "decision"),
        measures=("flows", "bytes"),
        order=order,
        limit=limit,
    )
    return Question.of_flows("traffic.services", query)


def between_hosts(flow_filter: FlowFilter, subnet: str, limit: int) -> Composed:
    """The busiest of who a subnet's hosts talk to, which are addresses; the others are labels.

    One row per source, destination and decision: flows and bytes. What stays in the subnet has an address at each end.
    """
    measures = ("flows", "bytes")
    sides = (
        FlowQuery(flow_filter.where("src_ip", subnet), ("src_ip", "destination", "decision"), measures, "flows", limit),
        FlowQuery(flow_filter.where("dst_ip", subnet), ("source", "dst_ip", "decision"), measures, "flows", limit),
        FlowQuery(
            flow_filter.where("src_ip", subnet).where("dst_ip", subnet),
            ("src_ip", "dst_ip", "decision"), measures, "flows", limit,
        ),
    )  # fmt: skip
    parts = tuple(
        Question("traffic.between_hosts", query, Shape.of_groups(query).renamed(END_NAMES)) for query in sides
    )

    def joined(out: pd.DataFrame, back: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
        beyond = [out[out["destination"] != subnet], back[back["source"] != subnet]]
        return pd.concat([*beyond, inside], ignore_index=True)

    columns = {"source": TEXT, "destination": TEXT, "decision": TEXT, "flows": NUMBER, "bytes": NUMBER}
    return Composed("traffic.between_hosts", parts, Shape.of(joined, **columns))


def address_pairs(flow_filter: FlowFilter, limit: int | None = None) -> Question:
    """One row per address pair, protocol, port and decision, busiest first."""
    query = FlowQuery(
        flow_filter,
        by=("src_ip", "dst_ip", "protocol", "port", "decision"),
        measures=("flows", "bytes", "rules", "first_seen", "last_seen"),
        order="flows",
        limit=limit,
    )
    return Question.of_flows("traffic.address_pairs", query)


def top_talkers(flow_filter: FlowFilter, limit: int = 10, order: Volume = "bytes") -> Question:
    """The source addresses that moved most, with their label."""
    query = FlowQuery(
        flow_filter,
        by=("src_ip", "source"),
        measures=("flows", "bytes", "destinations", "ports"),
        order=order,
        limit=limit,
    )
    return Question.of_flows("traffic.top_talkers", query)


def entries(flow_filter: FlowFilter) -> Question:
    """One row: how many log entries there are."""
    return Question.of_flows("traffic.entries", FlowQuery(flow_filter, measures=("tuples",)))


def rows(query: RowsQuery) -> Question:
    """Single rows as they were logged."""
    return Question("traffic.rows", query, Shape.of_rows())
