"""What the packets of an intent pass at one end: admin rules and NSGs, in each part of the end's addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY, VIRTUAL_NETWORK, RuleSet
from nsgflow_core.inventory.scope import Scope, guards
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.admin_rules import AdminRule
from nsgflow_core.rules.compare.intents import IntentEnd as IntentEnd
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.ends import End, Ends, is_same
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import PATH_SIDES
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.sets.spans import Spans, intersect, of_prefixes, subtract, union
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class PassedNsg:
    """An NSG on the path, the direction in which a packet passes it, and where it stands, as a replay says it.

    `space`: what names stand for in its rules there.
    """

    rule_set: RuleSet
    direction: Direction
    where: str
    space: AddressSpace


@dataclass(frozen=True, slots=True)
class EndPart:
    """Some addresses of an end, and what stands there in the order in which a packet passes it.

    `addresses`: only these, where it is not empty; `without`: none of these. `admin_doubt`: why the admin rules may do
    otherwise, of which not all could be used.
    """

    direction: Direction
    admin_rules: tuple[AdminRule, ...] = ()
    guards: tuple[PassedNsg, ...] = ()
    addresses: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    admin_doubt: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why what stands there may do otherwise than its rules that could be read, a sentence without its end each."""
        return tuple(filter(None, (self.admin_doubt, *(each.rule_set.doubt for each in self.guards))))

    @property
    def is_free(self) -> bool:
        """True when nothing is known to stand there."""
        return not self.admin_rules and not self.guards


@dataclass(frozen=True)
class Passed:
    """The ends of intents in a network, with rule sets in it in place of those of the same identity."""

    network: Network
    rule_sets: Sequence[RuleSet]
    ends: Ends
    _met: dict[str, None] = field(default_factory=dict, compare=False)
    _spaces: dict[int, AddressSpace] = field(default_factory=dict, compare=False)

    @property
    def said(self) -> tuple[str, ...]:
        """What is not known where the intents' packets pass, and what was taken for granted of it."""
        return tuple(self._met)

    @classmethod
    def of(cls, network: Network, rule_sets: Sequence[RuleSet]) -> Passed:
        """Rule sets that the network does not know are set where they, or the subnets and NICs, say."""
        known = network.known
        new = [each for each in rule_sets if not any(is_same(each, one) for one in known.rule_sets)]
        more = Inventory(tuple(Entry(kinds.NSG, each, "", None) for each in new))
        return cls(network, rule_sets, Ends(known.merged(more) if new else known))

    def ways(self, end: IntentEnd, direction: Direction) -> list[list[EndPart]]:
        """What stands at an end of an intent, by parts; several ways where it is not known which NSG guards it."""
        parts = self._by_addresses(end, direction)
        if not all(part.is_free for part in parts):
            return [parts]
        here = EndPart(direction, admin_doubt=next((part.admin_doubt for part in parts if part.admin_doubt), ""))
        if end.terms == (ANY,) or not end.name.strip():
            return [[here]]
        found = guards(Scope(subnet=end.name), self.rule_sets, self.network.surroundings.vnets)
        named = [each for each in found if direction in each.speaks_for]
        return [[replace(here, guards=(self.alone(each, direction),))] for each in named] or [[here]]

    def alone(self, rule_set: RuleSet, direction: Direction) -> PassedNsg:
        """An NSG at one end, of which it is not known whether it is on the subnet or the NIC."""
        where = f"{PATH_SIDES[direction]} {rule_set.called}"
        return PassedNsg(rule_set, direction, where, self._space_of(rule_set))

    def _by_addresses(self, end: IntentEnd, direction: Direction) -> list[EndPart]:
        """The parts of an end, those where the same things stand as one; the last is what lies in no known subnet."""
        wanted = self._spans(end)
        parts: dict[tuple[object, ...], EndPart] = {}
        met: list[str] = []
        for number, subnet in enumerate(self.ends.subnets):
            if not intersect(wanted, _spans_of(subnet.prefixes)):
                continue
            met += subnet.prefixes
            own = [address for _, held in subnet.nics for address in held]
            for at, addresses, without in (
                (subnet.rest, subnet.prefixes, tuple(own)),
                *((nic, held, ()) for nic, held in subnet.nics if intersect(wanted, _spans_of(held))),
            ):
                first = next((first for first, _ in _spans_of(addresses[:1])), None)
                part = replace(self._part(at, direction, first), addresses=addresses, without=without)
                # Another VNet may have the same addresses: what is left out of one subnet is not left out of another.
                key = (
                    part.admin_rules,
                    part.admin_doubt,
                    *((id(each.rule_set), id(each.space)) for each in part.guards),
                    number if without else None,
                )
                before = parts.get(key)
                parts[key] = replace(before, addresses=(*before.addresses, *addresses)) if before else part
        outside = [EndPart(direction, without=tuple(met))] if subtract(wanted, _spans_of(met)) else []
        found = [*parts.values(), *outside]
        return [replace(found[0], addresses=())] if len(found) == 1 and not found[0].without else found

    def _part(self, at: End, direction: Direction, address: int | None) -> EndPart:
        levels = [("subnet", at.subnet_nsg), ("NIC", at.nic_nsg)]
        if direction is Direction.OUTBOUND:
            levels.reverse()
        set_there = ((level, self._as_given(each, direction)) for level, each in levels if each is not None)
        held = (
            PassedNsg(
                rule_set,
                direction,
                f"{PATH_SIDES[direction]} {level} {rule_set.called}",
                self._space_of(rule_set).at(address),
            )
            for level, rule_set in set_there
        )
        admin = tuple(each for each in at.admin_rules if each.rule.direction is direction)
        self._met.update(dict.fromkeys((*(self.ends.admin.assumed if admin or at.admin_doubt else ()), *at.said)))
        guards = tuple(each for each in held if direction in each.rule_set.speaks_for)
        return EndPart(direction, admin, guards, admin_doubt=at.admin_doubt)

    def _as_given(self, rule_set: RuleSet, direction: Direction) -> RuleSet:
        given = (each for each in self.rule_sets if is_same(each, rule_set) and direction in each.speaks_for)
        return next(given, rule_set)

    def _spans(self, end: IntentEnd) -> Spans:
        """The addresses that an end surely is of, and all that VirtualNetwork may hold."""
        reach = self.space.side(end.terms)
        is_vnet = any(term.casefold() == VIRTUAL_NETWORK.casefold() for term in end.terms)
        return reach.possible if is_vnet else reach.sure

    def _space_of(self, rule_set: RuleSet) -> AddressSpace:
        """What names stand for in its rules wherever it stands, made once."""
        if id(rule_set) not in self._spaces:
            self._spaces[id(rule_set)] = self.network.space(rule_set)
        return self._spaces[id(rule_set)]

    @cached_property
    def space(self) -> AddressSpace:
        """What names stand for where no NSG is known."""
        return self.network.space()


def _spans_of(terms: Iterable[str]) -> Spans:
    return union(of_prefixes(parse_prefix(term) for term in terms))
