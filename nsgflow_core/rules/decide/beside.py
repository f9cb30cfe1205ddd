"""What stands beside an NSG where it is asked: the admin rules ahead of it, and the other NSG at the same end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.things.admin_rules import AdminRule
from nsgflow_core.rules.decide.ends import End, Ends, is_same
from nsgflow_core.words import arm_id
from nsgflow_core.words.vocabulary import Direction

MOST_PLACES = 500
"""Of an NSG with more prefixes and addresses nothing is asked of others there."""


@dataclass(frozen=True, slots=True)
class GuardedPlace:
    """Addresses that an NSG guards, where the same things stand beside it.

    `addresses` are prefixes and addresses of the packets' own end, `without` those out of them that are of other
    places. `admin_rules` are in the order in which they are looked at; `other` is the NSG that must let a packet too,
    on the NIC where `other_at` is "NIC" and on the subnet where it is "subnet". `said`: what is not known there.
    """

    addresses: tuple[str, ...]
    without: tuple[str, ...] = ()
    admin_rules: tuple[AdminRule, ...] = ()
    other: RuleSet | None = None
    other_at: str = ""
    said: tuple[str, ...] = ()

    @property
    def is_alone(self) -> bool:
        """True when the NSG decides alone here."""
        return not self.admin_rules and self.other is None

    def admin_rules_of(self, direction: Direction) -> tuple[AdminRule, ...]:
        """The admin rules of one direction."""
        return tuple(each for each in self.admin_rules if each.rule.direction is direction)

    def other_rules(self, direction: Direction) -> tuple[Rule, ...]:
        """The rules of the other NSG in the order in which they are looked at; none where there is no other."""
        return () if self.other is None else self.other.with_defaults().towards(direction)

    def is_other_ahead(self, direction: Direction) -> bool:
        """True when packets meet the other NSG first: inbound the subnet's is first, outbound the NIC's."""
        return self.other_at == ("subnet" if direction is Direction.INBOUND else "NIC")


def places_of(ends: Ends, rule_set: RuleSet) -> tuple[GuardedPlace, ...]:
    """The places that an NSG guards, those of one kind as one; none where no file tells where it is set.

    Where there is no other NSG comes first. What the NSG says that it is set on and no file tells is a place of any
    address, where nothing is known to stand beside it.
    """
    found: dict[tuple[object, ...], GuardedPlace] = {}
    for number, place in enumerate(_each_place(ends, rule_set)):
        # Another VNet may have the same addresses: what is left out of one subnet is not left out of another.
        key = (id(place.other), place.other_at, place.admin_rules, number if place.without else None)
        before = found.get(key)
        if before is not None:
            said = tuple(dict.fromkeys((*before.said, *place.said)))
            place = replace(place, addresses=(*before.addresses, *place.addresses), said=said)
        found[key] = place
    named = {arm_id.key(each) for each in (*rule_set.subnets, *rule_set.network_interfaces)}
    untold = [GuardedPlace((ANY,))] if found and named - ends.ids else []
    return (*untold, *sorted(found.values(), key=lambda place: place.other is not None))


def others_at(ends: Ends, rule_set: RuleSet) -> list[tuple[RuleSet, tuple[str, ...]]]:
    """The other NSGs that stand where this one does, each with the addresses of those places.

    An end has one or two NSGs, and one of them alone logs what both let pass, so the other's log is this one's too.
    Source: Microsoft Learn, "Flow logging for network security groups", considerations: read the logs of both.
    """
    return [(each.other, each.addresses) for each in places_of(ends, rule_set) if each.other is not None]


def with_others(scope: Scope, rule_set: RuleSet | None, known: Inventory) -> Scope:
    """The scope of an NSG with what others log where it stands; as it is where that cannot be told by its addresses."""
    ends = Ends(known)
    others = others_at(ends, rule_set) if rule_set is not None and scope.nsg and not ends.is_empty else []
    if rule_set is None or not others:
        return scope
    is_everywhere = all(
        place.other is not None and is_same(place.other, rule_set)
        for other, _ in others
        for place in places_of(ends, other)
    )
    places = () if is_everywhere else tuple(a for place in places_of(ends, rule_set) for a in place.addresses)
    if ANY in places or len(places) > MOST_PLACES:
        return scope
    called = [(other.nsg_id, other.resource_guid) if scope.is_by_id else (other.called,) for other, _ in others]
    return replace(scope, beside=tuple(each for names in called for each in names if each), places=places)


def not_placed(ends: Ends, rule_set: RuleSet) -> tuple[str, ...]:
    """That admin rules are known and not where an NSG is set, in a sentence; nothing where one of them is not so."""
    if ends.admin.is_empty or places_of(ends, rule_set):
        return ()
    return (
        f"No file tells where {rule_set.called} is set, so the security admin rules are not looked at: give the VNets "
        "and NICs (az network vnet list, az network nic list).",
    )


def _each_place(ends: Ends, rule_set: RuleSet) -> Iterator[GuardedPlace]:
    for subnet in ends.where_set(rule_set):
        without = tuple(address for _, held in subnet.nics for address in held)
        if subnet.rest.is_guarded_by(rule_set):
            yield GuardedPlace(subnet.prefixes, without, subnet.rest.admin_rules, said=subnet.rest.said)
        for end, addresses in subnet.nics:
            if end.is_guarded_by(rule_set):
                yield GuardedPlace(addresses, (), end.admin_rules, *_other(end, rule_set), end.said)


def _other(end: End, rule_set: RuleSet) -> tuple[RuleSet | None, str]:
    """The other NSG of an end and where it is set; none where this one is on both."""
    held = (("subnet", end.subnet_nsg), ("NIC", end.nic_nsg))
    other = [(each, where) for where, each in held if each is not None and not is_same(each, rule_set)]
    return other[0] if other else (None, "")
