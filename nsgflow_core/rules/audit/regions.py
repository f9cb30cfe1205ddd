"""Rules as regions: what one matches is source x destination x protocol x port x source port, each a set of atoms.

An atom is a class of values that all rules treat alike, so a set of atoms is a bit pattern and every rule is exactly
one region, however many prefixes it has. Cutting one out of another leaves at most five, so what a rule still takes
after others is exact. Where a tag or group possibly holds an address, there are several atoms for it, one for each way
things may be: in none of the open names, in one, in two (more than two never change which rule is met first and which
rule would be met instead). Proofs therefore hold whatever the open names turn out to be.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations, pairwise
from operator import or_

from nsgflow_core.inventory.rule import ANY, VIRTUAL_NETWORK, PortRange, Rule
from nsgflow_core.rules.audit.neighbours import neighbours
from nsgflow_core.rules.decide.address_space import AZURE_HOST, PRIVATE, AddressSpace, OpenName, Reach
from nsgflow_core.rules.decide.match_tables import ICMP_V6, RULE_PROTOCOL_NUMBERS
from nsgflow_core.words.prefixes import INTERNET, unpack
from nsgflow_core.words.sets.bit_sets import members_of
from nsgflow_core.words.sets.example_address import Usual, example_address
from nsgflow_core.words.sets.spans import EVERYTHING, IPV4, LAST_ADDRESS, Spans, holds, intersect, subtract, union
from nsgflow_core.words.vocabulary import MAX_PORT, WITH_PORTS, Direction, protocol_name

Region = tuple[int, int, int, int, int]
"""Bit patterns over the atoms of source, destination, protocol, destination port and source port."""

MAX_ATOMS = 200_000
_OTHER_PROTOCOL = 47
_APART = {OpenName.tag(VIRTUAL_NETWORK), OpenName.tag(INTERNET)}


class TooManyAtomsError(Exception):
    """The rules name so much that an exact answer would take too long."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """Addresses from `first` to `last` that are alike, and the open names that hold them in this way things may be."""

    first: int
    last: int
    inside: frozenset[OpenName]


class AddressAtoms:
    """The atoms of one side of all rules."""

    def __init__(self, space: AddressSpace, sides: Iterable[tuple[Sequence[str], Sequence[str]]]) -> None:
        self._reaches: dict[OpenName, Reach] = {}
        for terms, asgs in sides:
            self._reaches |= {OpenName.tag(term): space.term(term) for term in terms}
            self._reaches |= {OpenName.asg(asg): space.asg(asg) for asg in asgs}
        edges = {0, *(edge for first, last in IPV4 for edge in (first, last + 1))}
        for reach in self._reaches.values():
            for spans in (reach.sure, reach.possible):
                edges.update(edge for first, last in spans for edge in (first, last + 1) if edge <= LAST_ADDRESS)
        self._open = [(name, reach) for name, reach in self._reaches.items() if reach.sure != reach.possible]
        self.atoms: list[_Atom] = []
        self._starts = sorted(edges)
        self._places: list[int] = []
        for edge, after in pairwise([*self._starts, LAST_ADDRESS + 1]):
            self._places.append(len(self.atoms))
            self.atoms += [_Atom(edge, after - 1, inside) for inside in self._worlds(edge)]
            if len(self.atoms) > MAX_ATOMS:
                raise TooManyAtomsError
        self._places.append(len(self.atoms))
        self._masks: dict[OpenName, int] = {}

    def _worlds(self, address: int) -> list[frozenset[OpenName]]:
        """The ways things may be for an address: VirtualNetwork and Internet exclude each other."""
        unsure = [
            name for name, reach in self._open if holds(reach.possible, address) and not holds(reach.sure, address)
        ]
        if not unsure:
            return [frozenset()]
        pairs = (frozenset(pair) for pair in combinations(unsure, 2))
        return [frozenset(), *(frozenset({name}) for name in unsure), *(pair for pair in pairs if pair != _APART)]

    def mask(self, terms: Sequence[str], asgs: Sequence[str]) -> int:
        """The atoms that a side holds."""
        mask = 0
        for name in OpenName.of_side(terms, asgs):
            if name not in self._masks:
                self._masks[name] = self._mask_of(name)
            mask |= self._masks[name]
        return mask

    def _mask_of(self, name: OpenName) -> int:
        reach, mask = self._reaches[name], 0
        for first, last in reach.sure:
            mask |= self._run(first, last)
        if reach.sure != reach.possible:
            for place, atom in enumerate(self.atoms):
                mask |= (name in atom.inside) << place
        return mask

    def _run(self, first: int, last: int) -> int:
        low = self._places[bisect_right(self._starts, first) - 1]
        high = self._places[bisect_left(self._starts, last + 1)]
        return (1 << high) - (1 << low)

    def sure_mask(self, terms: Sequence[str], asgs: Sequence[str]) -> int:
        """The atoms of the addresses that a side surely holds, whatever the open names stand for."""
        names = OpenName.of_side(terms, asgs)
        return reduce(or_, (self._run(*ends) for name in names for ends in self._reaches[name].sure), 0)

    def spans_of(self, mask: int) -> Spans:
        """The addresses of a set of atoms."""
        return union((self.atoms[place].first, self.atoms[place].last) for place in members_of(mask))

    def meeting(self, addresses: Spans) -> int:
        """The atoms that hold some of these addresses."""
        return reduce(or_, (self._run(*ends) for ends in addresses), 0)

    def left_out(self, atom: int, terms: Sequence[str], asgs: Sequence[str]) -> frozenset[OpenName]:
        """The open names of a side that possibly hold an atom's addresses, and do not in this way things may be."""
        names = set(OpenName.of_side(terms, asgs))
        first, inside = self.atoms[atom].first, self.atoms[atom].inside
        unsure = {name for name, reach in self._open if holds(reach.possible, first) and not holds(reach.sure, first)}
        return frozenset(names & unsure) - inside

    def describe(self, mask: int, preferred: Sequence[Spans] = ()) -> tuple[str, frozenset[OpenName]]:
        """An address out of a set of atoms, and the open names that must hold it; the fewest conditions there are.

        It is of the first of the `preferred` addresses that the set holds some of, or else one of a far end.
        """
        atoms = [self.atoms[place] for place in members_of(mask)]
        examples = [_example(atom, preferred) for atom in atoms]
        chosen, (*_, address) = min(zip(atoms, examples, strict=True), key=lambda pair: (len(pair[0].inside), *pair[1]))
        return unpack(address.to_bytes(16, "big")), chosen.inside


def _example(atom: _Atom, preferred: Sequence[Spans]) -> tuple[int, int, int]:
    """How far from what is preferred, and from usual, an address of an atom is, and the address; 0 is best."""
    for rank, spans in enumerate(preferred):
        if shared := intersect(((atom.first, atom.last),), spans):
            return rank, *example_address(*shared[0], Usual.NEAR)
    return len(preferred), *example_address(atom.first, atom.last, Usual.FAR)


class PortAtoms:
    """The atoms of destination or source ports."""

    def __init__(self, ranges: Iterable[PortRange]) -> None:
        edges = {0} | {edge for item in ranges for edge in (item.first, item.last + 1)}
        self._starts = sorted(edge for edge in edges if edge <= MAX_PORT)
        self._masks: dict[tuple[PortRange, ...], int] = {}

    def mask(self, ranges: tuple[PortRange, ...]) -> int:
        """The atoms of some ranges."""
        if ranges not in self._masks:
            mask = 0
            for item in ranges:
                low = bisect_left(self._starts, item.first)
                mask |= (1 << bisect_left(self._starts, item.last + 1)) - (1 << low)
            self._masks[ranges] = mask
        return self._masks[ranges]

    @property
    def every(self) -> int:
        """All atoms."""
        return (1 << len(self._starts)) - 1

    def atom(self, port: int) -> int:
        """The one atom that holds a port."""
        return 1 << (bisect_right(self._starts, port) - 1)

    def describe(self, mask: int) -> int:
        """A port out of a set of atoms."""
        return self._starts[_lowest(mask)]


_PROTOCOL_ATOMS = (*RULE_PROTOCOL_NUMBERS.values(), _OTHER_PROTOCOL, ICMP_V6, ICMP_V6)
"""ICMPv6 twice: as a rule for Icmp may or may not cover it."""


def protocol_mask(rule_protocol: str) -> int:
    """The atoms of a rule's protocol."""
    if rule_protocol == ANY:
        return (1 << len(_PROTOCOL_ATOMS)) - 1
    mask = 1 << _PROTOCOL_ATOMS.index(RULE_PROTOCOL_NUMBERS[rule_protocol])
    return mask | 1 << (len(_PROTOCOL_ATOMS) - 1) if rule_protocol == "Icmp" else mask


def describe_protocol(mask: int) -> str:
    """A protocol out of a set of atoms."""
    return protocol_name(_PROTOCOL_ATOMS[_lowest(mask)])


def _lowest(mask: int) -> int:
    """The place of the lowest bit that is set."""
    return (mask & -mask).bit_length() - 1


class RuleRegions:
    """The rules of one direction, in the order they are looked at, each as its region.

    A region's two sides may be of both families, a packet's never: `parts` of a region are of one family each.
    `beside` are rules of other lists: they are told apart too, and `region` is asked for theirs.
    A packet that is told has an own end in what the NSG guards, where that is known, or else in the network.
    """

    def __init__(self, rules: Sequence[Rule], space: AddressSpace, beside: Sequence[Rule] = ()) -> None:
        self.rules, self.beside, every = list(rules), list(beside), [*rules, *beside]
        self.is_inbound = not rules or rules[0].direction is Direction.INBOUND
        self.network = (union(*(home.own for home in space.homes)), subtract(space.space, AZURE_HOST), PRIVATE)
        self.inside = space.inside
        self.sources = AddressAtoms(space, ((rule.sources, rule.source_asgs) for rule in every))
        self.destinations = AddressAtoms(space, ((rule.destinations, rule.destination_asgs) for rule in every))
        self.ports = PortAtoms(item for rule in every for item in rule.destination_ports)
        self.source_ports = PortAtoms(item for rule in every for item in rule.source_ports)
        self.of_rule: list[Region] = [self.region(rule) for rule in rules]
        families = (IPV4, subtract(EVERYTHING, IPV4))
        self._families = [(self.sources.meeting(each), self.destinations.meeting(each)) for each in families]

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """For each rule the places of those that may share packets with it, ascending; all others share none."""
        return neighbours([[region[field] for region in self.of_rule] for field in (0, 1, 3)])

    def region(self, rule: Rule) -> Region:
        """What a rule of any of the lists matches."""
        return (
            self.sources.mask(rule.sources, rule.source_asgs),
            self.destinations.mask(rule.destinations, rule.destination_asgs),
            protocol_mask(rule.protocol),
            self.ports.mask(rule.destination_ports),
            self.source_ports.mask(rule.source_ports),
        )

    def parts(self, region: Region) -> list[Region]:
        """The packets of a region: its IPv4 part and its IPv6 part, where there are such."""
        source, destination, *rest = region
        sides = ((source & sources, destination & destinations) for sources, destinations in self._families)
        return [(*both, rest[0], rest[1], rest[2]) for both in sides if all(both)]

    def shared(self, place: int, other: int) -> Region | None:
        """Packets that two rules match; None when there are none."""
        both = meet(self.of_rule[place], self.of_rule[other])
        return next(iter(self.parts(both)), None) if both else None

    def example(self, region: Region) -> tuple[str, str, str, int]:
        """The packet that `describe` has in words: its addresses, protocol and port."""
        (source, _), (destination, _) = self._ends(region)
        return source, destination, describe_protocol(region[2]), self.ports.describe(region[3])

    def describe(self, region: Region) -> str:
        """One packet out of a region, in words."""
        (source, source_names), (destination, destination_names) = self._ends(region)
        protocol = describe_protocol(region[2])
        words = f"{source} -> {destination} {protocol}"
        if protocol in WITH_PORTS:
            any_source = region[4] == self.source_ports.every
            narrow = "" if any_source else f" from port {self.source_ports.describe(region[4])}"
            words += f"/{self.ports.describe(region[3])}{narrow}"
        return words + conditions_in_words((source, source_names), (destination, destination_names))

    def _ends(self, region: Region) -> tuple[tuple[str, frozenset[OpenName]], tuple[str, frozenset[OpenName]]]:
        """An address of each side, both of one family, the NSG's own one of its network, and the open names that must
        hold them."""
        region = next(iter(self.parts(region)), region)
        sides = ((), self.network) if self.is_inbound else (self.network, ())
        return self.sources.describe(region[0], sides[0]), self.destinations.describe(region[1], sides[1])


def conditions_in_words(
    *held: tuple[str, Iterable[OpenName]], outside: tuple[str, Iterable[OpenName]] = ("", ())
) -> str:
    """Which open names must hold which addresses (or must not), as " if 8.8.8.8 is in Storage"; "" where none must."""
    conditions = [name.condition(address) for address, names in held for name in sorted(names)]
    conditions += [name.condition(outside[0], holds_it=False) for name in sorted(outside[1])]
    return f" if {' and '.join(dict.fromkeys(conditions))}" if conditions else ""


def meet(left: Region, right: Region) -> Region | None:
    """What lies in both; None when nothing does."""
    if not (left[0] & right[0] and left[1] & right[1] and left[3] & right[3]):
        return None
    shared = (left[0] & right[0], left[1] & right[1], left[2] & right[2], left[3] & right[3], left[4] & right[4])
    return shared if shared[2] and shared[4] else None


def cut(region: Region, away: Region) -> list[Region]:
    """What of a region lies outside another, as disjoint regions."""
    pieces, rest = [], list(region)
    for field in range(5):
        outside = rest[field] & ~away[field]
        if outside:
            piece = list(rest)
            piece[field] = outside
            pieces.append((piece[0], piece[1], piece[2], piece[3], piece[4]))
        rest[field] &= away[field]
        if not rest[field]:
            break
    return pieces
