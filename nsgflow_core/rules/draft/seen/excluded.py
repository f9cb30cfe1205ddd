"""Traffic that becomes no rule of its own: replies, ephemeral ports, Azure's own addresses, other protocols.

Nothing is dropped silently: each such flow is listed with its reason, for a person to decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nsgflow_core.rules.decide.match_tables import RULE_PROTOCOL_NUMBERS
from nsgflow_core.rules.draft.asking import reasons
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST, FLOW_KEY, families
from nsgflow_core.words.prefixes import PLATFORM_ADDRESSES
from nsgflow_core.words.sets.group_numbers import total_of_each
from nsgflow_core.words.vocabulary import WITH_PORTS, protocol_name

PROBE_SOURCE = "168.63.129.16"
"""Where Azure's load balancer probes come from (Microsoft Learn, "What is IP address 168.63.129.16?")."""

RULE_PROTOCOLS = {protocol_name(number): word for word, number in RULE_PROTOCOL_NUMBERS.items()}
"""The protocols that a rule can name, and how it spells them; the others are reached by `*` alone."""

SERVICE_PORTS = frozenset(
    {1433, 1521, 1883, 2049, 3260, 3306, 3389, 5061, 5432, 5671, 5672, 5985, 5986, 6379, 6443, 8000, 8080, 8081, 8443}
    | {8883, 9000, 9090, 9092, 9093, 9200, 9300, 11211, 27017}
)
"""Ports from 1024 up that servers listen on by custom: a flow *from* one of them to a high port is an answer."""

PLATFORM, PROBE, UNNAMED_PROTOCOL = reasons.PLATFORM.words, reasons.PROBE.words, reasons.UNNAMED_PROTOCOL.words
MIXED_FAMILIES = reasons.MIXED_FAMILIES.words
REPLY, EPHEMERAL, DYNAMIC = reasons.REPLY.words, reasons.EPHEMERAL.words, reasons.DYNAMIC.words
HIGH_PORT_REASONS = (REPLY, EPHEMERAL, DYNAMIC)
"""The reasons that the user may overrule (DraftOptions.keep_ephemeral)."""


@dataclass(frozen=True, slots=True)
class EphemeralLimits:
    """When a port of 32768 and up counts as a service: a pair met on it on two days, or enough clients or flows did.

    A server with more than `ports` distinct high ports that none met again is taken to hand them out itself; one of
    them is then a service only with enough clients on enough days.
    """

    clients: int = 3
    days: int = 3
    flows: int = 20
    ports: int = 10


def reason_each(observed: pd.DataFrame, low_sources: pd.DataFrame | None, limits: EphemeralLimits) -> pd.Series[str]:
    """Why each observed flow becomes no rule; "" for those that do. Same index as `observed`.

    Ports that are new every day (column `range` from 0 on) are not judged one by one.
    """
    found = reasons.no_reasons(observed.index)
    high = observed["protocol"].isin(WITH_PORTS) & (observed["port"] >= EPHEMERAL_FIRST) & (observed["range"] < 0)
    if high.any():
        found[high] = _high_port_reasons(observed[high], low_sources, limits)
    found[~observed["protocol"].isin(list(RULE_PROTOCOLS))] = UNNAMED_PROTOCOL
    found[families(observed["src_ip"]) != families(observed["dst_ip"])] = MIXED_FAMILIES
    ends = observed["src_ip"].isin(PLATFORM_ADDRESSES) | observed["dst_ip"].isin(PLATFORM_ADDRESSES)
    found[ends] = PLATFORM
    found[observed["src_ip"] == PROBE_SOURCE] = PROBE
    return found


def _high_port_reasons(high: pd.DataFrame, low_sources: pd.DataFrame | None, limits: EphemeralLimits) -> pd.Series[str]:
    """The verdict on flows to a port of 32768 and up, from how that server's port and its other ports were used."""
    port = high.groupby(["dst_ip", "protocol", "port"], observed=True)
    clients, days = port["src_ip"].transform("nunique"), port["days"].transform("max")
    flows = port["flows"].transform("sum")
    again = high["first_seen"].dt.floor("D") < high["last_seen"].dt.floor("D")
    met_again = again.groupby([high["dst_ip"], high["protocol"], high["port"]], observed=True).transform("any")
    once = high["port"].where(~met_again)
    ports = once.groupby([high["dst_ip"], high["protocol"]], observed=True).transform("nunique")
    many_clients, many_days = clients >= limits.clients, days >= limits.days
    verdicts = reasons.no_reasons(high.index)
    verdicts[~(many_clients | met_again | (flows >= limits.flows))] = EPHEMERAL
    verdicts[(ports > limits.ports) & ~met_again & ~(many_clients & many_days)] = DYNAMIC
    if low_sources is not None and len(low_sources):
        verdicts[_mostly_replies(high, low_sources)] = REPLY
    return verdicts


def _mostly_replies(high: pd.DataFrame, low_sources: pd.DataFrame) -> pd.Series[bool]:
    """True where at least half of a flow's connections came from a service's own port."""
    from_service = low_sources[(low_sources["src_port"] < 1024) | low_sources["src_port"].isin(SERVICE_PORTS)]
    counts = total_of_each(high[list(FLOW_KEY)], from_service[list(FLOW_KEY)], from_service["flows"])
    return pd.Series(counts * 2 >= high["flows"].to_numpy(), index=high.index) & (counts > 0)
