"""Decides packets by a rule set: one at a time, or all packets of a DataFrame at once.

Rules are looked at by priority, lowest number first; the first match decides. A match is yes, no or unknown: unknown
where it turns on a name whose addresses are not known (see `AddressSpace`), or on a field that the packet does not
have. An unknown match never decides: the walk goes on to the first rule that surely matches. When every rule met on
the way has that rule's access, the access is certain whatever the unknown turns out to be, and the sure rule is named;
otherwise the answer is indeterminate, and the first rule that it turns on is named.

An address of which it is open whether `VirtualNetwork` holds it is either in that tag or outside it; what is outside
and public is `Internet`, and what is outside and private may be. Where the answer turns on that, it is looked at each
way, and an access that is the same in all is certain. What a name stands for is asked at the packet's own end
(`AddressSpace.at`), for an NSG may guard places where it stands for something else.

The rules are taken as written. Azure itself does not filter its host addresses 168.63.129.16 and 169.254.169.254
unless a rule names AzurePlatformDNS, AzurePlatformIMDS or AzurePlatformLKM (Microsoft Learn, "Network security groups",
considerations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace, Reach
from nsgflow_core.rules.decide.match_tables import MAYBE, NO, YES, PortAxis, protocol_match
from nsgflow_core.rules.decide.matching import Matching
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.spans import EVERYTHING, Spans, holds
from nsgflow_core.words.vocabulary import Direction, protocol_number

INDETERMINATE = "indeterminate"

Decided = tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]
"""For each packet the position of the rule named (-1: none), and whether its access is certain."""


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
    rules = rule_set.with_defaults().towards(packet.direction)
    own = packet.dst_ip if packet.direction is Direction.INBOUND else packet.src_ip
    here = space.at(_number(own))
    verdict = _first(rules, packet, here, here)
    if verdict.access is None:
        sides = [_ways(here, address) for address in (packet.src_ip, packet.dst_ip)]
        verdicts = [_first(rules, packet, source, destination) for source in sides[0] for destination in sides[1]]
        if len({each.access for each in verdicts}) == 1 and verdicts[0].access is not None:
            return verdicts[0]
    return verdict


def _ways(space: AddressSpace, address: str) -> tuple[AddressSpace, ...]:
    """The space as it is if VirtualNetwork holds this address, if Internet does and if neither, where that is open."""
    number = _number(address)
    is_open = number is not None and holds(space.turns_on_tags, number)
    return space.ways if is_open else (space,)


def _first(
    rules: Sequence[Rule], packet: Packet, source_space: AddressSpace, destination_space: AddressSpace
) -> Verdict:
    """The first match, three-valued, with names of each side as its space has them."""
    met: list[Rule] = []
    for rule in rules:
        match = matches(rule, packet, source_space, destination_space)
        if match == MAYBE:
            met.append(rule)
        elif match == YES:
            if all(earlier.access is rule.access for earlier in met):
                return Verdict(rule.access, rule)
            break
    return Verdict(None, met[0] if met else None)


@lru_cache(maxsize=4096)
def _number(address: str) -> int | None:
    packed = pack(address)
    return None if packed is None else int.from_bytes(packed, "big")


def matches(
    rule: Rule, packet: Packet, source_space: AddressSpace, destination_space: AddressSpace | None = None
) -> int:
    """NO, MAYBE or YES: whether one rule of the packet's direction matches it."""
    least = min(
        protocol_match(rule.protocol, protocol_number(packet.protocol)),
        _port_match(rule.destination_ports, packet.port),
        _port_match(rule.source_ports, packet.src_port),
    )
    if least != NO:
        least = min(least, _address_match(source_space.side(rule.sources, rule.source_asgs), packet.src_ip))
    if least != NO:
        space = destination_space or source_space
        least = min(least, _address_match(space.side(rule.destinations, rule.destination_asgs), packet.dst_ip))
    return least


def _port_match(ranges: Sequence[PortRange], port: int | None) -> int:
    if port is None:
        return int(PortAxis(ranges).table(ranges)[0])
    return YES if any(item.holds(port) for item in ranges) else NO


def _address_match(reach: Reach, address: str) -> int:
    number = _number(address)
    if number is None:
        return YES if reach.sure == EVERYTHING else MAYBE if reach.possible else NO
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
            index, certain[rows] = _decide_towards(rules, packets.iloc[rows], space, direction)
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


def _decide_towards(rules: Sequence[Rule], packets: pd.DataFrame, space: AddressSpace, direction: Direction) -> Decided:
    """Each packet of one direction where its own end is."""
    if not space.homes:
        return _decide_here(rules, packets, space)
    named, certain = np.full(len(packets), -1, dtype=np.int64), np.zeros(len(packets), dtype=np.bool_)
    codes, ends = pd.factorize(packets["dst_ip" if direction is Direction.INBOUND else "src_ip"])
    places = [space.places_at(_number(str(end))) for end in ends]
    distinct = list(dict.fromkeys(places))
    place_of = np.array([distinct.index(each) for each in places], dtype=np.int64)[codes]
    for number, place in enumerate(distinct):
        rows = np.flatnonzero(place_of == number)
        named[rows], certain[rows] = _decide_here(rules, packets.iloc[rows], space.at_places(place))
    return named, certain


def _decide_here(rules: Sequence[Rule], packets: pd.DataFrame, space: AddressSpace) -> Decided:
    """In one place: three-valued, and then each way what turns on whether VirtualNetwork or Internet holds an end."""
    named, certain = _decide_rows(rules, packets, space)
    undecided = np.flatnonzero(~certain)
    if not undecided.size or not space.turns_on_tags:
        return named, certain
    is_open = [_holds_each(space.turns_on_tags, packets[side].iloc[undecided]) for side in ("src_ip", "dst_ip")]
    for source_open, destination_open in ((True, True), (True, False), (False, True)):
        rows = undecided[(is_open[0] == source_open) & (is_open[1] == destination_open)]
        if rows.size:
            sources, destinations = (space.ways if each else (space,) for each in (source_open, destination_open))
            tried = [_decide_rows(rules, packets.iloc[rows], s, d) for s in sources for d in destinations]
            same = _same_access(rules, tried)
            named[rows] = np.where(same, tried[0][0], named[rows])
            certain[rows] = same
    return named, certain


def _same_access(rules: Sequence[Rule], tried: Sequence[Decided]) -> npt.NDArray[np.bool_]:
    """Where every try is certain, and of one access."""
    allows = np.array([rule.access is Access.ALLOW for rule in rules], dtype=np.bool_)
    same = np.ones(len(tried[0][0]), dtype=np.bool_)
    for named, certain in tried:
        same &= certain & (allows[named] == allows[tried[0][0]])
    return same


def _holds_each(spans: Spans, addresses: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether each address in text lies in the spans; one that is none does not."""
    codes, distinct = pd.factorize(addresses)
    numbers = [_number(str(each)) for each in distinct]
    return np.array([number is not None and holds(spans, number) for number in numbers], dtype=np.bool_)[codes]


def _decide_rows(
    rules: Sequence[Rule],
    packets: pd.DataFrame,
    space: AddressSpace,
    destination_space: AddressSpace | None = None,
) -> Decided:
    """For each packet of one direction, the position of the rule named (-1: none) and whether its access is certain.

    A walk down the rules with the combinations that no rule has surely taken yet.
    """
    matching = Matching(rules, packets, space, destination_space)
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
