"""What flows: totals, over time, between which subnets and addresses, and who talks most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, Composed, Question, Shape
from nsgflow_core.analysis.required_ports import END_NAMES
from nsgflow_core.analysis.windows import Interval
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.stores.base import FlowStore, held

FlowsOrBytes = Literal["flows", "bytes"]
MOST_AT_ONCE = 200_000
"""Rows of an hour that are asked for at once, 200 MB; of one with more, a minute is."""
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


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


def services(flow_filter: FlowFilter, limit: int, order: FlowsOrBytes = "flows") -> Question:
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


def top_talkers(flow_filter: FlowFilter, limit: int = 10, order: FlowsOrBytes = "bytes") -> Question:
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


def rows_in_parts(store: FlowStore, question: Question) -> Iterator[pd.DataFrame]:
    """The answer to a question for single rows, newest first, in frames that follow each other: one at least, and all
    of one state of the store. Raises what the store does."""
    query = question.query
    assert isinstance(query, RowsQuery), query
    assert query.order == "time", query.order
    assert query.descending, query
    left = query.limit
    with held(store):
        for window in _windows(store, query):
            part = replace(question, query=replace(query, filter=window, limit=left)).ask(store)
            left = None if left is None else left - len(part)
            yield part
            if left == 0:
                return


def _windows(store: FlowStore, query: RowsQuery) -> Iterator[FlowFilter]:
    """The parts of a window that have rows, newest first; all of it where these are few or none."""
    asked = query.filter
    if query.limit is not None and query.limit <= MOST_AT_ONCE:
        yield asked
        return
    hours = _counted(store, asked, "hour")
    for hour, rows in reversed(hours):
        part = _part(asked, hour, _HOUR)
        minutes = [] if rows <= MOST_AT_ONCE else _minutes(store, part, hour)
        yield from (_part(part, minute, _MINUTE) for minute in reversed(minutes))
        if not minutes:
            yield part
    if not hours:
        yield asked


def _minutes(store: FlowStore, part: FlowFilter, hour: datetime) -> list[datetime]:
    """Those of a part of an hour that have rows, or all where the store does not know of which minute a row is."""
    if "minute" not in store.unsupported:
        return [minute for minute, _ in _counted(store, part, "minute")]
    assert part.since is not None, part
    assert part.until is not None, part
    every = (hour + _MINUTE * at for at in range(_HOUR // _MINUTE))
    return [minute for minute in every if minute + _MINUTE > part.since and minute < part.until]


def _counted(store: FlowStore, asked: FlowFilter, step: str) -> list[tuple[datetime, int]]:
    """When each hour or minute that has rows begins, and how many these are."""
    counted = store.fetch(FlowQuery(asked, by=(step,), measures=("tuples",), order=step))
    return [(start.to_pydatetime(), rows) for start, rows in zip(counted[step], counted["tuples"], strict=True)]


def _part(asked: FlowFilter, start: datetime, length: timedelta) -> FlowFilter:
    """What of a window is so long from a start on."""
    return asked.within(max(start, asked.since or start), min(start + length, asked.until or start + length))
