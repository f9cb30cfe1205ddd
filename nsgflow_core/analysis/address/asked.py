"""What a store is asked about a subject: its services with their rules, and when it was first seen.

One row of services is one pair of addresses, protocol, port and decision, whichever end the subject is.
"""

from __future__ import annotations

from collections.abc import Collection

from nsgflow_core.analysis.naming import with_names_behind
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery

SERVICE = ("src_ip", "source", "dst_ip", "destination", "protocol", "port", "decision")
"""What tells services apart."""
MOST = 5_000
"""Services of one question. The busiest server of 50 M tuples has 1,150, Azure's host address 1,536."""


def services(part: FlowFilter, unknown: Collection[str]) -> Question:
    """The busiest services of a part of the traffic: names, flows, bytes, the rules that decided, first and last seen.

    `unknown` names the dimensions that the store cannot tell.
    """
    measures = ("flows", "bytes", "rules", "first_seen", "last_seen")
    query = FlowQuery(part, by=SERVICE, measures=measures, order="flows", limit=MOST)
    return with_names_behind(Question.of_flows("address.services", query), unknown)


def newest(part: FlowFilter) -> Question:
    """The services that came last, by their first flow."""
    query = FlowQuery(part, by=SERVICE, measures=("first_seen",), order="first_seen", limit=MOST)
    return Question.of_flows("address.newest", query)


def seen(part: FlowFilter) -> Question:
    """One row: the first and last flow, both missing where there is none."""
    return Question.of_flows("address.seen", FlowQuery(part, measures=("first_seen", "last_seen")))


def called(end: str, name: str, text: str) -> Question:
    """The addresses whose name or label at one end holds a text, those of most log entries first.

    `end` is source or destination, `name` the dimension that is looked into.
    """
    address = {"source": "src_ip", "destination": "dst_ip"}[end]
    part = FlowFilter().where(name, text, operator="contains")
    query = FlowQuery(part, by=(address, end, f"{end}_name"), measures=("tuples",), order="tuples", limit=MOST_FOUND)
    return Question.of_flows("address.called", query)


MOST_FOUND = 50
