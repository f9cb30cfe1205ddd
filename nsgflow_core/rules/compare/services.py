"""Protocols and ports as classes that several lists of rules tell apart, and which rules are met by each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nsgflow_core.inventory.rule import ANY, PortRange, Rule
from nsgflow_core.rules.compare.axis import Bools, Ints, distinct_columns
from nsgflow_core.rules.decide.match_tables import ICMP_V6, RULE_PROTOCOL_NUMBERS
from nsgflow_core.words.sets.spans import Spans, union
from nsgflow_core.words.vocabulary import MAX_PORT, protocol_name

_OTHER = 47
_PROTOCOLS = (*RULE_PROTOCOL_NUMBERS.values(), _OTHER, ICMP_V6, ICMP_V6)
"""What rules tell apart; any protocol without a name of its own is one, and ICMPv6 is two: `Icmp` may cover it."""
_WITH_PORTS = (6, 17)
OTHER_PORTS = "others"
_CLIENTS = 1024
"""Clients' source ports are from here on."""
_ONE_SOURCE_PORT = 1 / (2 * (MAX_PORT + 1))
"""Less than one source port's share of a port."""


@dataclass(frozen=True, slots=True)
class PacketService:
    """Packets of one protocol that the rules tell apart by port alone: `ports`, a source port, and how many there are.

    `size` counts destination ports, each by the share of source ports that is meant; a protocol without ports counts 1.
    `source_port` is None where any will do.
    """

    protocol: int
    ports: Spans
    source_port: int | None
    size: float

    @property
    def name(self) -> str:
        """The protocol's name; one stands for all that have none of their own in rules."""
        return OTHER_PORTS if self.protocol == _OTHER else protocol_name(self.protocol)

    @property
    def port(self) -> int | None:
        """A port out of it; None for a protocol that has none."""
        return self.ports[0][0] if self.protocol in _WITH_PORTS else None


def packet_services(rules: Sequence[Rule]) -> list[tuple[Bools, list[PacketService]]]:
    """The services that some same rules match, and which rules those are; together they are all packets."""
    ports, source_ports = (
        _PortClasses([r.destination_ports for r in rules]),
        _PortClasses([r.source_ports for r in rules]),
    )
    found: dict[bytes, tuple[Bools, list[PacketService]]] = {}
    for place, protocol in enumerate(_PROTOCOLS):
        named = np.array([_names(rule.protocol, place) for rule in rules], dtype=np.bool_)
        has_ports = protocol in _WITH_PORTS
        is_double = place == len(_PROTOCOLS) - 1
        for source in range(len(source_ports)) if has_ports else [source_ports.zero]:
            by_source = named & source_ports.member[:, source]
            share = source_ports.sizes[source] / (MAX_PORT + 1)
            for port in range(len(ports)) if has_ports else [ports.zero]:
                met = by_source & ports.member[:, port]
                size = ports.sizes[port] * share if has_ports else 0.0 if is_double else 1.0
                _, group = found.setdefault(met.tobytes(), (met, []))
                group.append(PacketService(protocol, ports.spans[port], _a_port_of(source_ports.spans[source]), size))
    return list(found.values())


def first_service(services: Sequence[PacketService]) -> PacketService:
    """TCP reads best in an example, from a source port that a client has, or from any where all of them do alike."""

    def order(service: PacketService) -> tuple[bool, bool, int, bool]:
        is_low = service.source_port is not None and service.source_port < _CLIENTS
        return service.protocol != 6, service.protocol != 17, service.protocol, is_low

    chosen = min(services, key=order)
    alike = sum(each.size for each in services if (each.protocol, each.ports) == (chosen.protocol, chosen.ports))
    is_any = chosen.port is None or alike > sum(last - first + 1 for first, last in chosen.ports) - _ONE_SOURCE_PORT
    return replace(chosen, source_port=None) if is_any else chosen


def _a_port_of(spans: Spans) -> int:
    """A source port out of some: one that a client has, or else not 0, from which nothing is sent, if it can be."""
    first, last = spans[0]
    return next((max(low, _CLIENTS) for low, high in spans if high >= _CLIENTS), min(max(first, 1), last))


def _names(rule_protocol: str, place: int) -> bool:
    if rule_protocol == ANY:
        return True
    number = RULE_PROTOCOL_NUMBERS[rule_protocol]
    return number == _PROTOCOLS[place] or (rule_protocol == "Icmp" and place == len(_PROTOCOLS) - 1)


class _PortClasses:
    """Ports that some rules' ranges tell apart."""

    def __init__(self, ranges: Sequence[tuple[PortRange, ...]]) -> None:
        edges = {0, *(edge for items in ranges for item in items for edge in (item.first, item.last + 1))}
        starts = np.array(sorted(edge for edge in edges if edge <= MAX_PORT), dtype=np.int64)
        ends = np.append(starts[1:], MAX_PORT + 1) - 1
        rows = {items: self._row(items, starts) for items in dict.fromkeys(ranges)}
        member = np.array([rows[items] for items in ranges], dtype=np.bool_).reshape(len(ranges), len(starts))
        first, group_of = distinct_columns(member)
        self.member = member[:, first]
        self.zero = int(group_of[0])
        self.spans: list[Spans] = []
        for group in range(len(first)):
            inside = np.flatnonzero(group_of == group)
            self.spans.append(union(zip(starts[inside].tolist(), ends[inside].tolist(), strict=True)))
        self.sizes = [float(sum(last - first + 1 for first, last in spans)) for spans in self.spans]

    def __len__(self) -> int:
        return len(self.spans)

    @staticmethod
    def _row(items: tuple[PortRange, ...], starts: Ints) -> Bools:
        row = np.zeros(len(starts), dtype=np.bool_)
        for item in items:
            low, high = np.searchsorted(starts, [item.first, item.last + 1])
            row[low:high] = True
        return row
