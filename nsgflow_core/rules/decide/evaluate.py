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

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace, Reach
from nsgflow_core.rules.decide.match_tables import MAYBE, NO, YES, PortAxis, protocol_match
from nsgflow_core.rules.decide.matching import Matching
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


def _decide_rows(
    rules: Sequence[Rule], packets: pd.DataFrame, space: AddressSpace
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """For each packet of one direction, the position of the rule named (-1: none) and whether its access is certain.

    A walk down the rules with the combinations that no rule has surely taken yet.
    """
    matching = Matching(rules, packets, space)
    index, first_maybe = np.full(matching.size, -1, dtype=np.int64), np.full(matching.size, -1, dtype=np.int64)
    met, waiting = np.zeros(matching.size, dtype=np.uint8), np.ones(matching.size, dtype=np.bool_)
    certain = np.zeros(matching.size, dtype=np.bool_)
    for number, rule in enumerate(rules):
        maybe, sure = matching.meet(number, waiting)
        bit = np.uint8(1 if rule.access is Access.ALLOW else 2)
        first_maybe[maybe] = np.where(first_maybe[maybe] < 0, number, first_maybe[maybe])
        met[maybe] |= bit
        index[sure], waiting[sure] = number, False
        certain[sure] = (met[sure] & ~bit) == 0
    index = np.where(certain, index, first_maybe)
    return index[matching.combination], certain[matching.combination]
