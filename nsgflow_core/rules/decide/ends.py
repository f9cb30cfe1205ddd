"""Which NSGs and security admin rules stand at each end of a packet: those of its subnet, of its NIC, of its VNet.

Sources: Microsoft Learn, "How network security groups filter network traffic" (subnet and NIC, in and out) and
"Security admin rules in Azure Virtual Network Manager" (they come first; which VNets they apply to).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.prefix_table import PrefixTable
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.things.admin_rules import AdminRule
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.rules.decide.admin_lists import AdminLists, may_be_wrong
from nsgflow_core.rules.decide.unapplied import lost, passed_by, unapplied
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.sets.spans import NOTHING, Spans, holds, intersect, of_prefixes, union


@dataclass(frozen=True, slots=True)
class End:
    """One end of a packet: its VNet, subnet and NIC by name, and what stands there; None where no NSG is set.

    `said`: the NSGs that are set there and are in no file, why no admin rule is applied there, and `admin_doubt`: why
    the admin rules may decide otherwise, of which not all could be used; a sentence each.
    """

    vnet: str
    subnet: str = ""
    nic: str = ""
    subnet_nsg: RuleSet | None = None
    nic_nsg: RuleSet | None = None
    admin_rules: tuple[AdminRule, ...] = ()
    admin_doubt: str = ""
    said: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Where it is, for people."""
        where = f"subnet {self.subnet} of {self.vnet}" if self.subnet else self.vnet
        return f"NIC {self.nic} in {where}" if self.nic else where

    @property
    def is_bare(self) -> bool:
        """True when surely nothing stands there."""
        return not (self.subnet_nsg or self.nic_nsg or self.admin_rules or self.admin_doubt or self.said)

    def is_guarded_by(self, rule_set: RuleSet) -> bool:
        """True when this NSG is set on its subnet or its NIC."""
        return any(held is not None and is_same(held, rule_set) for held in (self.subnet_nsg, self.nic_nsg))


@dataclass(frozen=True, slots=True)
class SubnetEnds:
    """A subnet by its prefixes: the end that its addresses are, but for those of NICs that have an NSG of their own."""

    rest: End
    prefixes: tuple[str, ...]
    nics: tuple[tuple[End, tuple[str, ...]], ...]
    """Those, each an end of its own, with the addresses of the NIC."""
    ids: frozenset[str]
    """The keys of the subnet's id and of those of the NICs."""

    @property
    def ends(self) -> tuple[End, ...]:
        """All of them."""
        return (self.rest, *(end for end, _ in self.nics))


@dataclass(frozen=True)
class Ends:
    """The ends that an inventory knows, by address; several where VNets without a peering share it."""

    known: Inventory
    _found: dict[str, tuple[End, ...]] = field(default_factory=dict, compare=False)
    _nowhere: dict[str, None] = field(default_factory=dict, compare=False)

    def of(self, address: str) -> tuple[End, ...]:
        """The ends that an address may be: none when it lies in no subnet or NIC of the files."""
        if address not in self._found:
            packed = pack(address)
            self._found[address] = () if packed is None else self._of(packed)
        return self._found[address]

    def _of(self, packed: bytes) -> tuple[End, ...]:
        nics = self._nics.get(packed, ())
        found = []
        for vnet, subnet in (self._listed(*at) for at in self._subnets_at(packed)):
            nic = next((each for each, subnet_id in nics if self._is_in(subnet_id, vnet, subnet)), None)
            found.append(self._end(vnet, subnet, nic))
        return tuple(found)

    def _subnets_at(self, packed: bytes) -> list[tuple[int, int]]:
        """The subnets that hold an address, by the longest prefix in each VNet: the place of the VNet, and in it."""
        found: dict[int, int] = {}
        for held in self._prefixes.holding(packed):
            for vnet, subnet in held:
                found.setdefault(vnet, subnet)
        return sorted(found.items())

    @cached_property
    def _prefixes(self) -> PrefixTable[tuple[int, int]]:
        """The subnets by their prefixes: each VNet asked in turn for each address was 3,000 prefixes to try."""
        table = PrefixTable[tuple[int, int]]()
        for place, vnet in enumerate(self._vnets):
            for at, subnet in enumerate(vnet.subnets):
                for prefix in subnet.prefixes:
                    table.add(prefix, (place, at))
        return table

    def _listed(self, place: int, at: int) -> tuple[Vnet, VnetSubnet]:
        vnet = self._vnets[place]
        return vnet, vnet.subnets[at]

    def is_shared(self, address: str) -> bool:
        """True for an address that subnets of several VNets have."""
        packed = pack(address) if self._shared else None
        return packed is not None and holds(self._shared, int.from_bytes(packed, "big"))

    @cached_property
    def _shared(self) -> Spans:
        seen, found = NOTHING, NOTHING
        for vnet in self._vnets:
            own = of_prefixes(prefix for subnet in vnet.subnets for prefix in subnet.prefixes)
            found, seen = union(found, intersect(seen, own)), union(seen, own)
        return found

    @cached_property
    def is_empty(self) -> bool:
        """True when no file tells an NSG on any subnet or NIC, nor an admin rule."""
        return self.admin.is_empty and not any(self.guard_ids())

    def guard_ids(self) -> Iterator[str]:
        """The NSGs that subnets and NICs name, and those that name where they are set."""
        yield from (subnet.nsg_id for vnet in self._vnets for subnet in vnet.subnets if subnet.nsg_id)
        yield from (nic.nsg_id for nic in self.known.of(Nic) if nic.nsg_id)
        yield from (each.name for each in self.known.rule_sets if each.subnets or each.network_interfaces)

    @cached_property
    def subnets(self) -> tuple[SubnetEnds, ...]:
        """The ends of each subnet that the files know."""
        guarded: dict[tuple[int, int], dict[str, tuple[Nic, list[str]]]] = {}
        for packed, nic, subnet_id in self._guarded_nics():
            for at in self._subnets_at(packed):
                if self._is_in(subnet_id, *self._listed(*at)):
                    held = guarded.setdefault(at, {})
                    held.setdefault(nic.nic_id or nic.name, (nic, []))[1].append(unpack(packed))
        return tuple(
            self._subnet_ends(vnet, subnet, guarded.get((place, at), {}))
            for place, vnet in enumerate(self._vnets)
            for at, subnet in enumerate(vnet.subnets)
        )

    @cached_property
    def ids(self) -> frozenset[str]:
        """The keys of the ids of all subnets, and of their NICs that have an NSG of their own."""
        return frozenset[str]().union(*(subnet.ids for subnet in self.subnets))

    def where_set(self, rule_set: RuleSet) -> list[SubnetEnds]:
        """The subnets where an NSG is set, on them or on a NIC in them."""
        ways = {rule_set.name.casefold(), arm_id.key(rule_set.nsg_id) or rule_set.name.casefold()}
        places = sorted({at for way in ways for at in self._guarded.get(way, ())})
        return [self.subnets[at] for at in places if any(end.is_guarded_by(rule_set) for end in self.subnets[at].ends)]

    @cached_property
    def _guarded(self) -> dict[str, list[int]]:
        """The places of the subnets where an NSG is set, by its id and by its name."""
        found: dict[str, list[int]] = {}
        for at, subnet in enumerate(self.subnets):
            for end in subnet.ends:
                for held in filter(None, (end.subnet_nsg, end.nic_nsg)):
                    for way in (arm_id.key(held.nsg_id), held.name.casefold()):
                        found.setdefault(way, []).append(at)
        return found

    def _subnet_ends(self, vnet: Vnet, subnet: VnetSubnet, guarded: dict[str, tuple[Nic, list[str]]]) -> SubnetEnds:
        nics = tuple((self._end(vnet, subnet, nic), tuple(held)) for nic, held in guarded.values())
        own_id = subnet.subnet_id or f"{vnet.vnet_id}/subnets/{subnet.name}"
        ids = frozenset(map(arm_id.key, (own_id, *(nic.nic_id for nic, _ in guarded.values()))))
        return SubnetEnds(self._end(vnet, subnet, None), tuple(each.text for each in subnet.prefixes), nics, ids)

    def _guarded_nics(self) -> Iterator[tuple[bytes, Nic, str]]:
        """The addresses of the NICs that have an NSG of their own, with the id of the subnet that each is in."""
        named = {arm_id.key(each) for held in self.known.rule_sets for each in held.network_interfaces}
        for packed, found in self._nics.items():
            for nic, subnet_id in found:
                if nic.nsg_id or (nic.nic_id and arm_id.key(nic.nic_id) in named):
                    yield packed, nic, subnet_id

    @property
    def said(self) -> tuple[str, ...]:
        """What was taken for granted of admin rules, and what is not known of the ends that were met."""
        return (*self.admin.assumed, *self._nowhere)

    def admin_doubts(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """Why the admin rules at these addresses may decide otherwise."""
        met = (end for address in addresses for end in self.of(str(address))) if self.admin.doubts else ()
        return tuple(dict.fromkeys(end.admin_doubt for end in met if end.admin_doubt))

    @cached_property
    def admin(self) -> AdminLists:
        """The admin rules, as its VNets meet them."""
        return AdminLists(self.known)

    @cached_property
    def _vnets(self) -> tuple[Vnet, ...]:
        return tuple(vnet for vnet in self.known.vnets if vnet.name and vnet.subnets)

    @cached_property
    def _called(self) -> dict[tuple[str, str], str]:
        """The name of each VNet, by its id and name: lengthened where two have the same."""
        ids = [(vnet.vnet_id, vnet.name) for vnet in self._vnets]
        return dict(zip(ids, arm_id.labels([arm_id.path(*each) for each in ids]), strict=True))

    @cached_property
    def _nics(self) -> dict[bytes, list[tuple[Nic, str]]]:
        found: dict[bytes, list[tuple[Nic, str]]] = {}
        for nic in self.known.of(Nic):
            for each in nic.addresses:
                if packed := pack(each.address):
                    found.setdefault(packed, []).append((nic, each.subnet_id))
        return found

    @staticmethod
    def _is_in(subnet_id: str, vnet: Vnet, subnet: VnetSubnet) -> bool:
        """True when a NIC's subnet is this one; a NIC of which no file says it is taken to be."""
        if not subnet_id:
            return True
        if subnet.subnet_id:
            return arm_id.key(subnet_id) == arm_id.key(subnet.subnet_id)
        if vnet.vnet_id and arm_id.part(subnet_id, "subscriptions"):
            return arm_id.key(subnet_id) == arm_id.key(f"{vnet.vnet_id}/subnets/{subnet.name}")
        return arm_id.last(subnet_id).casefold() == subnet.name.casefold()

    def _end(self, vnet: Vnet, subnet: VnetSubnet, nic: Nic | None) -> End:
        key = (vnet.vnet_id, vnet.name, subnet.name, nic.nic_id if nic else "", nic.name if nic else "")
        found = self._made.get(key)
        if found is None:
            subnet_ids = (subnet.subnet_id, f"{vnet.vnet_id}/subnets/{subnet.name}" if vnet.vnet_id else "")
            passes_by = bool(nic and nic.private_endpoint_id) and subnet.filters_endpoints is False
            on_subnet = None if passes_by else self._guard(subnet.nsg_id, subnet_ids, "subnets")
            on_nic = self._guard(nic.nsg_id, (nic.nic_id,), "network_interfaces") if nic else None
            why_not = passed_by if passes_by else lost
            said = [why_not(subnet.nsg_id, f"subnet {subnet.name}")] if subnet.nsg_id and on_subnet is None else []
            said += [lost(nic.nsg_id, f"NIC {nic.name}")] if nic and nic.nsg_id and on_nic is None else []
            admin_rules, doubt, untold = self.admin.of(vnet), self.admin.doubt(vnet), self.admin.untold(vnet)
            if (admin_rules or doubt or untold) and (why := unapplied(vnet, subnet)):
                admin_rules, doubt, untold = (), "", (why,)
            said += [*([may_be_wrong(doubt)] if doubt else []), *untold]
            self._nowhere.update(dict.fromkeys(said))
            called, name = self._called[vnet.vnet_id, vnet.name], nic.name if nic else ""
            found = End(called, subnet.name, name, on_subnet, on_nic, admin_rules, doubt, tuple(said))
            self._made[key] = found
        return found

    def _guard(self, reference: str, own_ids: Iterable[str], field_name: str) -> RuleSet | None:
        """The NSG that a subnet or NIC names, or that names it; None where there is none, or it is in no file."""
        found = [self._setters.get((field_name, arm_id.key(each))) for each in own_ids if each]
        if reference.strip():
            names = "name" if arm_id.is_relative(reference) else "name without id"
            found.append(self._setters.get(("id", arm_id.key(reference))))
            found.append(self._setters.get((names, arm_id.last(reference).casefold())))
        first = min((place for place in found if place is not None), default=None)
        return None if first is None else self.known.rule_sets[first]

    @cached_property
    def _setters(self) -> dict[tuple[str, str], int]:
        """The first NSG that is meant by an id or name, or that says where it is set: (what tells it, text) -> place.

        A look-up of `arm_id.means`: 3,000 subnets that each went through 3,000 NSGs were 15 s of a draft.
        """
        found: dict[tuple[str, str], int] = {}
        for place, each in enumerate(self.known.rule_sets):
            told = [("subnets", arm_id.key(held)) for held in each.subnets]
            told += [("network_interfaces", arm_id.key(held)) for held in each.network_interfaces]
            told += [("id", arm_id.key(each.nsg_id))] if each.nsg_id else []
            if each.name:
                told += [("name", each.name.casefold())]
                told += [] if each.nsg_id else [("name without id", each.name.casefold())]
            for way in told:
                found.setdefault(way, place)
        return found

    @cached_property
    def _made(self) -> dict[tuple[str, ...], End]:
        return {}


def is_same(one: RuleSet, other: RuleSet) -> bool:
    """True for two states of one NSG: by id, or by name where one has none."""
    if one.nsg_id and other.nsg_id:
        return arm_id.key(one.nsg_id) == arm_id.key(other.nsg_id)
    return one.name.casefold() == other.name.casefold()
