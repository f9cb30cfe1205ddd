"""What rules are for: one NSG or one subnet; which NSG of the inventory guards it, and which places an NSG guards,
answered here alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.listed_subnets import ListedSubnets
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet, subnet_labels
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import names_in
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules are for: one NSG (name, resource id or aclID) or one named subnet (or CIDR).

    `other_ids` are further ids of an NSG that is named by one: NSG logs write its resource id, VNet logs its guid.
    `beside` are other NSGs (ids of an NSG that is named by one, else names) that stand where it stands, and log what
    both let pass; `places`, where they stand elsewhere too, are the addresses and prefixes that it guards.
    """

    nsg: str = ""
    subnet: str = ""
    other_ids: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.nsg.strip()) == bool(self.subnet.strip()):
            raise BadFilter("A draft is for one NSG or for one subnet.", "Name either the NSG or the subnet.")

    @property
    def name(self) -> str:
        """The NSG's or subnet's name, without the path of a resource id."""
        if self.is_by_id:
            return arm_id.last(self.nsg)
        return (self.nsg or self.subnet).strip()

    @property
    def is_by_id(self) -> bool:
        """True when the NSG is named by its resource id or guid, which only one NSG has."""
        return self.nsg.strip().startswith("/") or arm_id.is_guid(self.nsg)

    def narrow(self, flow_filter: FlowFilter, direction: Direction) -> FlowFilter:
        """The filter's traffic that this NSG logged, or that this subnet received or sent, in that direction.

        A subnet's inbound traffic is what was logged Inbound with a destination in it; outbound mirrors that. What
        NSGs `beside` this one logged counts as well.
        """
        towards = flow_filter.where("direction", direction)
        if self.subnet:
            return towards.where("destination" if direction is Direction.INBOUND else "source", self.subnet)
        there = towards.where("dst_ip" if direction is Direction.INBOUND else "src_ip", *self.places)
        if self.is_by_id:
            return there.where("nsg_id", self.nsg, *self.other_ids, *self.beside).without("nsg")
        return there.where("nsg", self.nsg, *self.beside).without("nsg_id")

    @property
    def alone(self) -> Scope:
        """The same, without what others logged beside its NSG."""
        return replace(self, beside=(), places=())

    def identified(self, rule_set: RuleSet) -> RuleSet:
        """The rules of this scope's NSG with the id or guid that names it, where no file tells one: its name alone may
        be another's too."""
        if not self.is_by_id or rule_set.nsg_id or rule_set.resource_guid:
            return rule_set
        own_id = self.nsg.strip()
        return replace(rule_set, resource_guid=own_id) if arm_id.is_guid(own_id) else replace(rule_set, nsg_id=own_id)

    def with_ids_of(self, rule_set: RuleSet | None) -> Scope:
        """This scope with all ids of its NSG, where it is named by one."""
        if rule_set is None or not self.is_by_id:
            return self
        ids = (rule_set.nsg_id, rule_set.resource_guid)
        return replace(self, other_ids=tuple(each for each in ids if each and arm_id.key(each) != arm_id.key(self.nsg)))


def guards(scope: Scope, rule_sets: Sequence[RuleSet], vnets: Iterable[Vnet]) -> tuple[RuleSet, ...]:
    """The NSGs that may be the one of this scope; several where its name does not tell them apart.

    An NSG is found by id or guid, or else by its name, alone or with its group; a subnet's by what the subnet names,
    and by what the NSGs say they are set on.
    """
    if scope.nsg:
        return tuple(_named(scope.nsg.strip(), rule_sets))
    held = list(subnets_of(scope.subnet.strip(), vnets))
    references = [subnet.nsg_id for _, subnet in held]
    subnet_ids = {arm_id.key(subnet.subnet_id) for _, subnet in held if subnet.subnet_id}
    wanted = arm_id.last(scope.subnet).casefold()
    return tuple(
        each
        for each in rule_sets
        if any(arm_id.means(reference, each.nsg_id, each.name) for reference in references)
        or any(arm_id.key(subnet) in subnet_ids for subnet in each.subnets)
        or (not subnet_ids and any(arm_id.last(subnet).casefold() == wanted for subnet in each.subnets))
    )


def set_on(rule_set: RuleSet, vnets: Sequence[Vnet], nics: Iterable[Nic], but: str = "") -> tuple[str, ...]:
    """The places that an NSG guards, whichever file says so: labels of subnets, then NICs, like "NIC db-1".

    `but`: without this subnet, by its label, name or id.
    """
    listed = ListedSubnets(vnets)
    held = {*listed.of_nsg.to(rule_set.nsg_id, rule_set.name), *listed.named(rule_set.subnets)}
    labels = {id(subnet): label for label, _, subnet in subnet_labels(vnets)}
    own, wanted = {id(subnet) for _, subnet in subnets_of(but, vnets)} if but else set(), arm_id.last(but).casefold()
    subnets = [subnet for _, subnet in (listed.held[at] for at in sorted(held)) if id(subnet) not in own]
    named = [labels.get(id(subnet), subnet.name) for subnet in subnets]
    untold = [arm_id.last(each) for each in rule_set.subnets if not any(listed.named((each,)))]
    found = [nic for nic in nics if is_set_on(rule_set, nic)]
    told = {arm_id.key(nic.nic_id) for nic in found}
    on_nics = [nic.name for nic in found]
    on_nics += [arm_id.last(each) for each in rule_set.network_interfaces if arm_id.key(each) not in told]
    places = (*named, *(name for name in untold if name.casefold() != wanted), *(f"NIC {name}" for name in on_nics))
    return tuple(dict.fromkeys(filter(None, places)))


def is_set_on(rule_set: RuleSet, nic: Nic) -> bool:
    """True where the NSG or the NIC says that the one is set on the other."""
    listed = {arm_id.key(each) for each in rule_set.network_interfaces}
    return bool(nic.nic_id and arm_id.key(nic.nic_id) in listed) or bool(
        nic.nsg_id and arm_id.means(nic.nsg_id, rule_set.nsg_id, rule_set.name)
    )


def is_another(scope: Scope, rule_set: RuleSet) -> bool:
    """True when an NSG that the scope does not name is certainly not its NSG; one told by less may be.

    A guid says nothing of an NSG whose guid no file tells, and neither does an id of one that has none.
    """
    wanted = scope.nsg.strip()
    if not wanted or any(_named(wanted, (rule_set,))):
        return False
    if arm_id.is_guid(wanted):
        return bool(rule_set.resource_guid)
    has_other_name = arm_id.last(wanted).casefold() != rule_set.name.casefold()
    return has_other_name or bool(rule_set.nsg_id)


def nsg_labels(rule_sets: Sequence[RuleSet]) -> list[str]:
    """What each NSG is called: its name, lengthened where another one has it too."""
    return arm_id.labels([arm_id.path(each.nsg_id, each.name) for each in rule_sets])


def _named(wanted: str, rule_sets: Sequence[RuleSet]) -> Iterator[RuleSet]:
    by_id = [
        each for each in rule_sets if arm_id.key(wanted) in (arm_id.key(each.nsg_id), each.resource_guid.casefold())
    ]
    if by_id or arm_id.is_guid(wanted) or wanted.startswith("/"):
        yield from by_id
        return
    yield from (each for each in rule_sets if wanted.casefold() in _ways_to_say(each))


def _ways_to_say(rule_set: RuleSet) -> Iterator[str]:
    """Its name, and with its group and its subscription: whichever labels other NSGs give it, in logs or in files."""
    path = tuple(segment.casefold() for segment in arm_id.path(rule_set.nsg_id, rule_set.name) if segment)
    yield from ("/".join(path[at:]) for at in range(len(path)))
    yield "/".join(arm_id.with_short_guid(path))


def subnets_of(wanted: str, vnets: Iterable[Vnet]) -> Iterator[tuple[Vnet, VnetSubnet]]:
    """The subnets of that label (or of one of its halves, "a or b"), name or id, or that hold that prefix."""
    vnets = tuple(vnets)
    parts = {each.casefold() for each in names_in(wanted)}
    labelled = [(vnet, subnet) for label, vnet, subnet in subnet_labels(vnets) if label.casefold() in parts]
    every = [(vnet, subnet) for vnet in vnets for subnet in vnet.subnets]
    prefixes = {prefix for _, subnet in labelled for prefix in subnet.prefixes}
    found = labelled + [(v, s) for v, s in every if (v, s) not in labelled and prefixes.intersection(s.prefixes)]
    if not found:
        found = [(v, s) for v, s in every if s.name.casefold() in parts or arm_id.key(s.subnet_id) in parts]
    if not found:
        try:
            prefix = parse_prefix(wanted)
        except BadFilter:
            return
        found = [(v, s) for v, s in every if any(held.covers(prefix) for held in s.prefixes)]
    yield from found
