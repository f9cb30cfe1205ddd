"""What `VirtualNetwork` stands for, place by place: the tag has other contents in another VNet or behind another route.

It is the VNet's space, its usable peerings, what gateways and user-defined routes add, and possibly a default route.
Azure writes it out itself in `az network nic list-effective-nsg`: where that is known, it is taken.
Source: Microsoft Learn, "Virtual network service tags", "Virtual network peering", "Virtual network traffic routing".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.listed_subnets import ListedSubnets
from nsgflow_core.inventory.rule import VIRTUAL_NETWORK, RuleSet
from nsgflow_core.inventory.things.nics import EffectiveNsg, Nic
from nsgflow_core.inventory.things.route_tables import RouteTable
from nsgflow_core.inventory.things.vnet import Peering, Vnet, VnetSubnet
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import PRIVATE_RANGES, parse_prefix
from nsgflow_core.words.sets.spans import EVERYTHING, NOTHING, Spans, of_prefixes, subtract, union

PRIVATE = of_prefixes(parse_prefix(text) for text in PRIVATE_RANGES)
PUBLIC_SPACE = subtract(EVERYTHING, PRIVATE)
_GATEWAYS = frozenset({"gatewaysubnet", "routeserversubnet"})


@dataclass(frozen=True, slots=True)
class Contents:
    """The addresses that the tag surely holds, and those of which it is open.

    `unseen` are the open ones that no log can close: a route table that nobody gave may name any of them.
    `said` are sentences for people: what was taken for granted, and what would have to be known.
    """

    sure: Spans = NOTHING
    open: Spans = NOTHING
    unseen: Spans = NOTHING
    said: tuple[str, ...] = ()

    def and_(self, other: Contents) -> Contents:
        """Both added up."""
        return Contents(
            union(self.sure, other.sure),
            union(self.open, other.open),
            union(self.unseen, other.unseen),
            tuple(dict.fromkeys((*self.said, *other.said))),
        )


UNTOLD = Contents(open=PRIVATE)
"""Where no file tells a VNet's peerings and gateways: any private address may be in it. A default route is rare, and
the log shows it (`rules/decide/evidence.py`)."""


@dataclass(frozen=True, slots=True)
class VNetPlace:
    """Some subnets of a VNet where the tag means the same: their addresses, the VNet's, and what the tag holds.

    `inside`: the VNet's addresses and those of its usable peers, without what routes and gateways add; nothing where a
    list of names stands for the VNet, for people name partners' networks too.
    """

    vnet: str
    own: Spans
    home: Spans
    contents: Contents
    inside: Spans


@dataclass(frozen=True)
class Surroundings:
    """Everything of an inventory that has a say in what `VirtualNetwork` holds."""

    vnets: tuple[Vnet, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    nics: tuple[Nic, ...] = ()
    effective: tuple[EffectiveNsg, ...] = ()

    def places_of(self, rule_set: RuleSet) -> tuple[tuple[VNetPlace, ...], tuple[str, ...]]:
        """Where an NSG is set, as far as the files say, and a sentence on what they do not say.

        Where they say nothing, each subnet of every VNet is such a place: the address of a flow's own end tells which.
        No place at all: the NSG is in no VNet of the files.
        """
        listed, ids = self._listed, self._subnet_ids(rule_set)
        guarded = {*listed.of_nsg.to(*_of(rule_set)), *listed.named(ids)}
        if guarded:
            return self._places_of(sorted(guarded), rule_set), ()
        maybe = listed.near(ids)
        if not maybe:
            words = f"The VNet of {rule_set.called} is in no file, so what VirtualNetwork holds there is open."
            return (), (words,) if listed.held else ()
        vnets = (listed.held[at][0] for at in maybe)
        names = list(dict.fromkeys(vnet.name for vnet in vnets if vnet.name))
        said = (
            f"No file says where {rule_set.called} is set: a flow is taken to be in the VNet that holds its own end "
            f"({', '.join(names[:5])}{', …' if len(names) > 5 else ''})."
        )
        return self._places_of(maybe, rule_set), (said,) if names else ()

    def places_in(self, subnets: Iterable[tuple[Vnet, VnetSubnet]]) -> tuple[VNetPlace, ...]:
        """The places of some subnets, whatever NSG is set on them."""
        return self._places((vnet, subnet, None) for vnet, subnet in subnets)

    @cached_property
    def _listed(self) -> ListedSubnets:
        """The subnets of VNets that have a name; a CSV's nameless one only renames prefixes where there are others."""
        named = tuple(vnet for vnet in self.vnets if vnet.name and (vnet.address_space or vnet.subnets))
        return ListedSubnets(named or self.vnets)

    def _subnet_ids(self, rule_set: RuleSet) -> list[str]:
        """The ids of the subnets that an NSG is set on, or in which a NIC is that it is set on."""
        of_nics = (address.subnet_id for nic in self._nics_of_nsg.to(*_of(rule_set)) for address in nic.addresses)
        named = (self._subnets_of_nics.get(arm_id.key(nic), ()) for nic in rule_set.network_interfaces)
        return _each_once([*rule_set.subnets, *of_nics, *chain.from_iterable(named)])

    def _places_of(self, subnets: Iterable[int], rule_set: RuleSet) -> tuple[VNetPlace, ...]:
        """The places of some subnets, by what Azure wrote out for this NSG where it did."""
        written = self._written_out(rule_set)
        return self._places((*self._listed.held[at], written.get(at)) for at in subnets)

    def _places(self, subnets: Iterable[tuple[Vnet, VnetSubnet, Spans | None]]) -> tuple[VNetPlace, ...]:
        """One place for the subnets that share VNet, route table and what Azure wrote out."""
        found: dict[tuple[int, str, int], VNetPlace] = {}
        for vnet, subnet, written in subnets:
            key = (id(vnet), arm_id.key(subnet.route_table_id), hash(written))
            own = of_prefixes(subnet.prefixes)
            if key in found:
                before = found[key]
                found[key] = replace(before, own=union(before.own, own))
                continue
            peered = self._with_peers(vnet, subnet)
            contents = Contents(written) if written is not None else self._contents(vnet, subnet, peered)
            home = union(of_prefixes(vnet.address_space), own)
            inside = union(home, peered.sure) if vnet.name else NOTHING
            found[key] = VNetPlace(vnet.name, own, home, contents, inside)
        return tuple(found.values())

    def _written_out(self, rule_set: RuleSet) -> dict[int, Spans]:
        """What Azure wrote out for this NSG on NICs, by the place of each subnet of the NIC."""
        found: dict[int, Spans] = {}
        for each in self._effective_of_nsg.to(*_of(rule_set)):
            if (spans := written_out(each, rule_set)) is not None:
                of_nic = self._subnets_of_nics.get(arm_id.key(each.nic_id), ())
                for at in self._listed.named(_each_once([each.subnet_id, *of_nic])):
                    found.setdefault(at, spans)
        return found

    @cached_property
    def _nics_of_nsg(self) -> arm_id.References[Nic]:
        return arm_id.References((nic.nsg_id, nic) for nic in self.nics)

    @cached_property
    def _effective_of_nsg(self) -> arm_id.References[EffectiveNsg]:
        return arm_id.References((each.nsg_id, each) for each in self.effective)

    @cached_property
    def _subnets_of_nics(self) -> dict[str, list[str]]:
        """The ids of the subnets in which each NIC that has an id has an address."""
        found: dict[str, list[str]] = {}
        for nic in self.nics:
            if key := arm_id.key(nic.nic_id):
                found.setdefault(key, []).extend(address.subnet_id for address in nic.addresses)
        return found

    def _with_peers(self, vnet: Vnet, subnet: VnetSubnet) -> Contents:
        """What the VNet itself and its usable peerings bring into the tag."""
        found = Contents(of_prefixes(vnet.address_space or subnet.prefixes))
        if not vnet.tells_peerings:
            found = found.and_(UNTOLD)
        for peering in vnet.peerings:
            found = found.and_(self._peered(vnet, peering))
        return found

    def _contents(self, vnet: Vnet, subnet: VnetSubnet, found: Contents) -> Contents:
        """What the tag holds for the NICs of a subnet, from the files that describe the network: what its VNet and the
        peers bring, and what routes and gateways add."""
        table, has_table = self._table(subnet), bool(subnet.route_table_id)
        takes_gateway_routes = table is None or table.takes_gateway_routes is not False
        if takes_gateway_routes and _has_gateway(vnet):
            words = f"The VNet {vnet.name} has a gateway, whose routes no file tells."
            found = found.and_(Contents(open=EVERYTHING, said=(words,)))
        if has_table and table is None:
            name = arm_id.last(subnet.route_table_id)
            words = f"The route table {name} of the subnet {subnet.name} is in no file: VirtualNetwork may be anything."
            found = found.and_(Contents(open=EVERYTHING, unseen=EVERYTHING, said=(words,)))
        return found.and_(_routed(table, subnet)) if table else found

    def _table(self, subnet: VnetSubnet) -> RouteTable | None:
        means = (t for t in self.route_tables if arm_id.means(subnet.route_table_id, t.route_table_id, t.name))
        return next(means, None)

    def _peered(self, vnet: Vnet, peering: Peering) -> Contents:
        """What one peering adds."""
        other = next((v for v in self.vnets if arm_id.means(peering.remote_id, v.vnet_id, v.name)), None)
        name = arm_id.last(peering.remote_id) or "another VNet"
        back = [p for p in other.peerings if arm_id.means(p.remote_id, vnet.vnet_id, vnet.name)] if other else []
        if not peering.is_usable or any(p.state and p.state.casefold() != "connected" for p in back):
            return Contents()
        told = of_prefixes(peering.remote_space)
        held = of_prefixes(other.address_space) if other else NOTHING
        said = []
        if not peering.state:
            said.append(f"No file says whether the peering of {vnet.name} with {name} is connected: it is taken to be.")
        if not told and not held:
            said.append(f"No file tells the address space of {name}, with which {vnet.name} is peered.")
            return Contents(open=PRIVATE, said=tuple(said))
        sure, more = (NOTHING, union(told, held)) if peering.is_whole is False else (told or held, held)
        return Contents(sure, subtract(more, sure), said=tuple(said))


def written_out(effective: EffectiveNsg, rule_set: RuleSet) -> Spans | None:
    """What Azure wrote for `VirtualNetwork` in a rule that names nothing else on a side; None for none."""
    rules: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        rule.name.casefold(): (rule.sources, rule.destinations) for rule in rule_set.with_defaults().rules
    }
    for each in effective.rules:
        sources, destinations = rules.get(arm_id.last(each.name).casefold(), ((), ()))
        for terms, prefixes in ((sources, each.sources), (destinations, each.destinations)):
            if terms == (VIRTUAL_NETWORK,) and prefixes:
                return of_prefixes(prefixes)
    return None


def _routed(table: RouteTable, subnet: VnetSubnet) -> Contents:
    """What the routes of a table add; a service tag in place of a prefix may hold any public address."""
    found = Contents()
    for route in table.routes:
        try:
            spans = of_prefixes([parse_prefix(route.prefix)])
        except BadFilter:
            found = found.and_(Contents(open=PUBLIC_SPACE, unseen=PUBLIC_SPACE))
            continue
        is_sure = route.stays_private
        found = found.and_(Contents(spans if is_sure else NOTHING, NOTHING if is_sure else spans))
    return found.and_(Contents(said=tuple(_default_routes(found.sure, table, subnet))))


def _default_routes(sure: Spans, table: RouteTable, subnet: VnetSubnet) -> Iterator[str]:
    """A sentence for each family that the routes send away whole, in one prefix or in two halves."""
    for family in ("0.0.0.0/0", "::/0"):
        if not subtract(of_prefixes([parse_prefix(family)]), sure):
            where = f"The route table {table.name} of the subnet {subnet.name}"
            yield f"{where} has a default route, so VirtualNetwork holds {family}."


def _has_gateway(vnet: Vnet) -> bool:
    has_own = any(subnet.name.casefold() in _GATEWAYS for subnet in vnet.subnets)
    return has_own or any(peering.is_usable and peering.uses_remote_gateway for peering in vnet.peerings)


def _of(rule_set: RuleSet) -> tuple[str, str]:
    """What references to an NSG are compared with."""
    return rule_set.nsg_id, rule_set.name


def _each_once(ids: Iterable[str]) -> list[str]:
    """Ids of subnets, each once: thousands of NICs are in a few hundred of them."""
    return list({arm_id.key(each): each for each in ids if each.strip()}.values())
