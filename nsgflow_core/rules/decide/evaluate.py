"""Decides packets by a rule set: one at a time, or all packets of a DataFrame at once.

Rules are looked at by priority, lowest number first; the first match decides. A match is yes, no or unknown: unknown
where it turns on a name whose addresses are not known (see `AddressSpace`), or on a field that the packet does not
have. An unknown match never decides: the walk goes on to the first rule that surely matches. When every rule met on
the way has that rule's access, the access is certain whatever the unknown turns out to be, and the sure rule is named;
otherwise the answer is indeterminate, and the first rule that it turns on is named.

The rules are taken as written. Azure itself does not filter its host addresses 168.63.129.16 and 169.254.169.254
unless a rule names AzurePlatformDNS, AzurePlatformIMDS or AzurePlatformLKM (Microsoft Learn, "Network security groups",
considerations); see `is_unfiltered`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace, Reach
from nsgflow_core.rules.decide.match_tables import (
    MAYBE,
    NO,
    YES,
    AddressAxis,
    Classes,
    PortAxis,
    ProtocolAxis,
    Table,
    protocol_match,
)
from nsgflow_core.words.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.prefixes import is_platform, pack
from nsgflow_core.words.spans import EVERYTHING, holds
from nsgflow_core.words.vocabulary import Direction, protocol_number

INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Packet:
    """The five-tuple of a new connection, and the direction in which it passes the NSG; None: not known."""

    src_ip: str
    dst_ip: str
    protocol: str
    port: int | None
    direction: Direction
    src_port: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule set does with a packet: the access (None: indeterminate) and the rule that is named for it."""

    access: Access | None
    rule: Rule | None

    @property
    def decided_by(self) -> str:
        """The rule's name, "" when there is none."""
        return self.rule.name if self.rule else ""

    @property
    def priority(self) -> int | None:
        """The rule's priority."""
        return self.rule.priority if self.rule else None


def decide(rule_set: RuleSet, packet: Packet, space: AddressSpace) -> Verdict:
    """The verdict on one packet; default rules that the set lacks are there all the same."""
    met: list[Rule] = []
    for rule in rule_set.with_defaults().towards(packet.direction):
        match = matches(rule, packet, space)
        if match == MAYBE:
            met.append(rule)
        elif match == YES:
            if all(earlier.access is rule.access for earlier in met):
                return Verdict(rule.access, rule)
            break
    return Verdict(None, met[0] if met else None)


def decide_path(rule_sets: Sequence[RuleSet], packet: Packet, space: AddressSpace) -> Verdict:
    """The verdict of several NSGs that a packet passes in that order: all must allow. No NSG allows everything.

    A sure Deny of any of them is certain, even behind one that is indeterminate.
    """
    verdicts = [decide(rule_set, packet, space) for rule_set in rule_sets]
    for access in (Access.DENY, None):
        for verdict in verdicts:
            if verdict.access is access:
                return verdict
    return verdicts[-1] if verdicts else Verdict(Access.ALLOW, None)


def in_order(direction: Direction, *, subnet: RuleSet | None, nic: RuleSet | None) -> tuple[RuleSet, ...]:
    """The NSGs in the order a packet passes them: inbound the subnet's first, outbound the NIC's first."""
    passed = (subnet, nic) if direction is Direction.INBOUND else (nic, subnet)
    return tuple(rule_set for rule_set in passed if rule_set is not None)


def is_unfiltered(packet: Packet) -> bool:
    """True for traffic to Azure's host addresses, which NSGs let through whatever the ordinary rules say."""
    packed = pack(packet.dst_ip)
    return packet.direction is Direction.OUTBOUND and packed is not None and is_platform(packed)


def matches(rule: Rule, packet: Packet, space: AddressSpace) -> int:
    """NO, MAYBE or YES: whether one rule of the packet's direction matches it."""
    return min(
        protocol_match(rule.protocol, protocol_number(packet.protocol)),
        _port_match(rule.destination_ports, packet.port),
        _port_match(rule.source_ports, packet.src_port),
        _address_match(space.side(rule.sources, rule.source_asgs), packet.src_ip),
        _address_match(space.side(rule.destinations, rule.destination_asgs), packet.dst_ip),
    )


def _port_match(ranges: Sequence[PortRange], port: int | None) -> int:
    if port is None:
        return int(PortAxis(ranges).table(ranges)[0])
    return YES if any(item.holds(port) for item in ranges) else NO


def _address_match(reach: Reach, address: str) -> int:
    packed = pack(address)
    if packed is None:
        return YES if reach.sure == EVERYTHING else MAYBE if reach.possible else NO
    number = int.from_bytes(packed, "big")
    return YES if holds(reach.sure, number) else MAYBE if holds(reach.possible, number) else NO


def decide_all(rule_set: RuleSet, packets: pd.DataFrame, space: AddressSpace) -> pd.DataFrame:
    """The verdict on each row of `src_ip, dst_ip, protocol, port, direction` (and `src_port`, where it is known).

    One row per packet, with its index: `decided_by` (rule name), `priority` (nullable) and `access`, which is Allow,
    Deny or `indeterminate`. Equal to `decide` row by row; rules meet each distinct combination of classes once.
    """
    named, certain = np.full(len(packets), -1, dtype=np.int64), np.zeros(len(packets), dtype=np.bool_)
    every: list[Rule] = []
    for direction in Direction:
        rules = rule_set.with_defaults().towards(direction)
        rows = np.flatnonzero(packets["direction"] == str(direction))
        if rows.size:
            index, certain[rows] = _decide_rows(rules, packets.iloc[rows], space)
            named[rows] = np.where(index < 0, -1, index + len(every))
        every += rules
    accesses = pd.array([*(str(rule.access) for rule in every), INDETERMINATE], dtype="str")
    priorities = np.array([*(rule.priority for rule in every), 0], dtype=np.int64)
    return pd.DataFrame(
        {
            "decided_by": pd.array([*(rule.name for rule in every), ""], dtype="str").take(named),
            "priority": pd.arrays.IntegerArray(priorities[named], named < 0),
            "access": accesses.take(np.where(certain, named, -1)),
        },
        index=packets.index,
    )


@dataclass(frozen=True, slots=True)
class _Matcher:
    """A rule as its tables, destination port first; None stands for a field in which every class matches."""

    bit: int
    tables: tuple[Table | None, ...]


def _decide_rows(
    rules: Sequence[Rule], packets: pd.DataFrame, space: AddressSpace
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """For each packet of one direction, the position of the rule named (-1: none) and whether its access is certain."""
    sources = [space.side(rule.sources, rule.source_asgs) for rule in rules]
    destinations = [space.side(rule.destinations, rule.destination_asgs) for rule in rules]
    port = PortAxis(item for rule in rules for item in rule.destination_ports)
    src_port = PortAxis(item for rule in rules for item in rule.source_ports)
    protocol, source, destination = ProtocolAxis(), AddressAxis(sources), AddressAxis(destinations)
    origin = packets["src_port"] if "src_port" in packets.columns else pd.Series(-1, index=packets.index)
    columns = (
        port.classes(packets["port"]),
        protocol.classes(packets["protocol"]),
        source.classes(packets["src_ip"]),
        destination.classes(packets["dst_ip"]),
        src_port.classes(origin),
    )
    distinct, inverse = _compress(columns)
    port_tables = _remembered(port.table)
    src_port_tables, protocol_tables = _remembered(src_port.table), _remembered(protocol.table)
    matchers = [
        _Matcher(
            1 if rule.access is Access.ALLOW else 2,
            tuple(
                None if table.all() and table.min() == YES else table
                for table in (
                    port_tables(rule.destination_ports),
                    protocol_tables(rule.protocol),
                    source.table(sources[at]),
                    destination.table(destinations[at]),
                    src_port_tables(rule.source_ports),
                )
            ),
        )
        for at, rule in enumerate(rules)
    ]
    index, certain = _first_match(matchers, distinct)
    return index[inverse], certain[inverse]


def _remembered(make: Any) -> Any:
    """Rules share few different port lists and protocols, so each table is made once."""
    made: dict[Any, Table] = {}

    def table(key: Any) -> Table:
        if key not in made:
            made[key] = make(key)
        return made[key]

    return table


def _compress(columns: Sequence[Classes]) -> tuple[tuple[npt.NDArray[np.int64], ...], npt.NDArray[np.int64]]:
    """The distinct combinations, sorted by the first column, and for each row the place of its combination."""
    inverse = group_numbers(*columns)
    examples = first_of_each(inverse)
    return tuple(column[examples].astype(np.int64) for column in columns), inverse


def _first_match(
    matchers: Sequence[_Matcher], columns: Sequence[npt.NDArray[np.int64]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Walk down the rules with the combinations that no rule has surely taken yet."""
    size = len(columns[0])
    index, first_maybe = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    met, waiting = np.zeros(size, dtype=np.uint8), np.ones(size, dtype=np.bool_)
    certain = np.zeros(size, dtype=np.bool_)
    for number, matcher in enumerate(matchers):
        rows = _candidates(matcher.tables[0], columns[0], waiting)
        if not rows.size:
            continue
        rows, match = _match(matcher.tables, columns, rows)
        maybe, sure = rows[match == MAYBE], rows[match == YES]
        first_maybe[maybe] = np.where(first_maybe[maybe] < 0, number, first_maybe[maybe])
        met[maybe] |= matcher.bit
        index[sure], waiting[sure] = number, False
        certain[sure] = (met[sure] & ~np.uint8(matcher.bit)) == 0
    return np.where(certain, index, first_maybe), certain


def _candidates(
    table: Table | None, ports: npt.NDArray[np.int64], waiting: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """The rows still waiting whose port the rule may match: the rows are sorted by port, so these are a few slices."""
    if table is None:
        return np.flatnonzero(waiting)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (table > NO).astype(np.int8), [0]))))
    slices = np.searchsorted(ports, edges).reshape(-1, 2)
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *(first + np.flatnonzero(waiting[first:last]) for first, last in slices)])


def _match(
    tables: Sequence[Table | None], columns: Sequence[npt.NDArray[np.int64]], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Table]:
    """The rows that the rule may match, and how: the least of its fields."""
    match = np.full(rows.size, YES, dtype=np.uint8)
    for table, column in zip(tables, columns, strict=True):
        if table is None:
            continue
        match = np.minimum(match, table[column[rows]])
        kept = match > NO
        rows, match = rows[kept], match[kept]
    return rows, match
