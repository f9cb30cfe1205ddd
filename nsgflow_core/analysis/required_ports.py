"""Which ports are required: the traffic that was allowed, as a list that a rule set can be written from."""

from __future__ import annotations

from typing import Literal

from nsgflow_core.analysis.question import Question, Shape
from nsgflow_core.ask.filters import NO_PROBE, FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.vocabulary import Decision, RuleKind

EndsAs = Literal["subnet", "address"]
"""What the two ends of a service are told apart by."""
ENDS: dict[EndsAs, tuple[str, str]] = {"subnet": ("source", "destination"), "address": ("src_ip", "dst_ip")}
"""The dimensions that stand for the two ends."""
END_NAMES = {"src_ip": "source", "dst_ip": "destination"}
"""In an answer the ends have one name each, whatever they are told apart by."""

TOP = 8
"""Of a list beside others."""


def required(flow_filter: FlowFilter) -> FlowFilter:
    """The part of a filter's traffic that makes a port required: what was admitted, but for the load balancers' probes.

    A filter that asks for denied flows alone keeps nothing. Probes are told by the flow's own source, also in a filter
    that holds either way: traffic *to* the host address (DNS, DHCP) stays.
    """
    return admitted(flow_filter).meeting(NO_PROBE)


def admitted(flow_filter: FlowFilter) -> FlowFilter:
    """The part of a filter's traffic that was allowed, and not by Azure's own platform rule."""
    return decided_by_rules(flow_filter.limited_to("decision", Decision.ALLOWED))


def decided_by_rules(flow_filter: FlowFilter) -> FlowFilter:
    """The part of a filter's traffic, allowed or denied, that Azure's own platform rule did not decide."""
    platform_too = (*flow_filter.values_of("rule_kind", "is_not"), RuleKind.PLATFORM)
    return flow_filter.where("rule_kind", *platform_too, operator="is_not")


def volume(flow_filter: FlowFilter) -> Question:
    """One row: the flows and bytes (both ways) of all of them together."""
    return Question.of_flows("required_ports.volume", FlowQuery(required(flow_filter), measures=("flows", "bytes")))


def services(flow_filter: FlowFilter, by: EndsAs = "subnet", limit: int | None = None) -> Question:
    """One row per source, destination, protocol and port that was used, with the rules that allowed it.

    Bytes and packets are of both ways; sources and destinations are distinct addresses. Sorted by the four, or by
    flows with a limit.
    """
    query = FlowQuery(
        required(flow_filter),
        by=(*ENDS[by], "protocol", "port"),
        measures=(
            *("directions", "rules", "flows", "packets", "bytes"),
            *("sources", "destinations", "first_seen", "last_seen"),
        ),
        order="flows" if limit else None,
        limit=limit,
    )
    return Question("required_ports.services", query, Shape.of_groups(query).renamed(END_NAMES))
