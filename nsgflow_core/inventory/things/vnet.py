"""A virtual network: its subnets, its peerings and its address space.

A subnet has `addressPrefix` or `addressPrefixes`: both are read. A peering tells the other VNet's address space as
`remoteAddressSpace`, which is what is peered, and `remoteVirtualNetworkAddressSpace`, which is what the other VNet has
by now (they differ until the peering is synced).
Source: Microsoft Learn, REST reference "Virtual Networks - List All"; azure-cli issue 32005 for the two spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import (
    Fields,
    Note,
    flag,
    ids,
    inner,
    items,
    name_of,
    prefixes_of,
    reference,
    text,
    texts,
)
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import and_more
from nsgflow_core.words.prefixes import NOT_INSIDE, Prefix

_STANDING_IN = ("privateendpoints", "ipconfigurations", "ipconfigurationprofiles", "applicationgatewayipconfigurations")
_FILTERING = {"enabled": True, "networksecuritygroupenabled": True, "disabled": False, "routetableenabled": False}
_MACHINES = re.compile(r"/(networkInterfaces|virtualMachineScaleSets)/", re.IGNORECASE)


_NAMED = 3
"""So many VNets of one space are named, of any number."""


@dataclass(frozen=True, slots=True)
class VnetSubnet:
    """One subnet as Azure has it; `nsg_id` is "" where no NSG is set on it, or the file does not say."""

    name: str
    prefixes: tuple[Prefix, ...]
    subnet_id: str = ""
    nsg_id: str = ""
    route_table_id: str = ""
    delegations: tuple[str, ...] = ()
    """The services that it is delegated to, like Microsoft.Sql/managedInstances."""
    resources: tuple[str, ...] = ()
    """Ids of what stands in it beside the NICs of machines: private endpoints, gateways, a Bastion host."""
    endpoint_policies: str = ""
    """`privateEndpointNetworkPolicies`: Disabled, Enabled, or enabled for NSGs or route tables alone."""

    @property
    def filters_endpoints(self) -> bool | None:
        """Whether its NSG acts on its private endpoints; None where no file says.

        Source: Microsoft Learn, "Manage network policies for private endpoints".
        """
        return _FILTERING.get(self.endpoint_policies.casefold())

    def is_of(self, names: Set[str], delegations: Set[str], resources: Set[str]) -> bool:
        """True for a subnet of a service, known by its name, a delegation, or the type of a resource that stands in it.

        All of these in lower case.
        """
        if self.name.casefold() in names or any(each.casefold() in delegations for each in self.delegations):
            return True
        return any(f"/{kind}/" in f"/{each.casefold()}" for each in self.resources for kind in resources)


@dataclass(frozen=True, slots=True)
class Peering:
    """What a VNet is peered with: the other VNet's id and address space, each "" or empty where not said.

    `state` is Connected once both sides are there; `allows_access` False takes the other VNet out of this VNet's
    `VirtualNetwork`; `uses_remote_gateway` brings what the other VNet's gateway knows; `is_whole` is False where only
    some subnets are peered. "" and None where the file does not say.
    Source: Microsoft Learn, "Create, change, or delete a virtual network peering", "Configure subnet peering".
    """

    remote_id: str
    remote_space: tuple[Prefix, ...] = ()
    state: str = ""
    allows_access: bool | None = None
    uses_remote_gateway: bool | None = None
    is_whole: bool | None = None

    @property
    def is_usable(self) -> bool:
        """False when the file says that nothing passes by this peering's own word."""
        return self.state.casefold() in ("", "connected") and self.allows_access is not False


@dataclass(frozen=True, slots=True)
class Vnet:
    """One virtual network; `vnet_id` is its ARM resource id, "" where the file does not say."""

    name: str
    vnet_id: str = ""
    address_space: tuple[Prefix, ...] = ()
    subnets: tuple[VnetSubnet, ...] = ()
    peerings: tuple[Peering, ...] = ()
    location: str = ""
    """Its Azure region, like `westeurope`; "" where the file does not say."""

    def is_peered_with(self, other: Vnet) -> bool:
        """True when this side of a peering names the other VNet."""
        return any(arm_id.means(peering.remote_id, other.vnet_id, other.name) for peering in self.peerings)

    @property
    def tells_peerings(self) -> bool:
        """True when the file would have told peerings: a CSV has only prefixes, which are its address space."""
        prefixes = {prefix for subnet in self.subnets for prefix in subnet.prefixes}
        has_own_space = bool(self.vnet_id or self.peerings) or prefixes != set(self.address_space)
        return bool(self.name and self.address_space) and has_own_space


def vnet_of(fields: Fields, note: Note) -> Vnet:
    """The VNet of a resource; a subnet or prefix that cannot be used is noted and left out."""
    vnet_id = text(fields, "id")
    name = name_of(fields)
    called = f"VNet '{name}'" if name else ""
    subnets: dict[str, VnetSubnet] = {}
    for each in items(fields, "subnets"):
        if subnet := _subnet(each, called, note):
            before = subnets.get(subnet.name.casefold())
            prefixes = (*before.prefixes, *subnet.prefixes) if before else subnet.prefixes
            subnets[subnet.name.casefold()] = VnetSubnet(
                before.name if before else subnet.name,
                tuple(dict.fromkeys(prefixes)),
                *(subnet.subnet_id, subnet.nsg_id, subnet.route_table_id),
                *(subnet.delegations, subnet.resources, subnet.endpoint_policies),
            )
    space = _prefixes(texts(inner(fields, "addressspace"), "addressprefixes"), called or "The address space", note)
    if fields.get("spaceofsubnets"):
        space = tuple(prefix for subnet in subnets.values() for prefix in subnet.prefixes)
    peerings = tuple(_peerings(fields, called, note))
    return Vnet(name, vnet_id, space, tuple(subnets.values()), peerings, text(fields, "location"))


def vnet_fields(vnet: Vnet) -> dict[str, Any]:
    """The VNet in the shape of `az network vnet show`; `vnet_of` reads it back equal."""
    return {
        "type": kinds.VNET,
        "id": vnet.vnet_id,
        "name": vnet.name,
        "location": vnet.location,
        "addressSpace": _space_fields(vnet.address_space),
        "subnets": [
            {
                "id": subnet.subnet_id,
                "name": subnet.name,
                "addressPrefixes": [prefix.text for prefix in subnet.prefixes],
                "networkSecurityGroup": {"id": subnet.nsg_id},
                "routeTable": {"id": subnet.route_table_id},
                "delegations": [{"serviceName": each} for each in subnet.delegations],
                "ipConfigurations": [{"id": each} for each in subnet.resources],
                "privateEndpointNetworkPolicies": subnet.endpoint_policies,
            }
            for subnet in vnet.subnets
        ],
        "virtualNetworkPeerings": [
            {
                "remoteVirtualNetwork": {"id": peering.remote_id},
                "remoteAddressSpace": _space_fields(peering.remote_space),
                "peeringState": peering.state,
                "allowVirtualNetworkAccess": peering.allows_access,
                "useRemoteGateways": peering.uses_remote_gateway,
                "peerCompleteVnets": peering.is_whole,
            }
            for peering in vnet.peerings
        ],
    }


def subnet_labels(vnets: Iterable[Vnet]) -> list[tuple[str, Vnet, VnetSubnet]]:
    """Every subnet with its VNet and its label: its name, lengthened by VNet, resource group and subscription.

    What a CSV without VNets calls a prefix takes the place of the name in Azure. A name that stands for other
    addresses (Internet, Multicast) is lengthened too, where it has a VNet: a subnet may be called so.
    """
    vnets = tuple(vnets)
    renamed = {prefix for vnet in vnets if not vnet.name for subnet in vnet.subnets for prefix in subnet.prefixes}
    found = [
        (vnet, subnet)
        for vnet in vnets
        for subnet in vnet.subnets
        if not vnet.name or not renamed.issuperset(subnet.prefixes)
    ]
    reserved = [(word,) for word in NOT_INSIDE]
    paths = [arm_id.path(vnet.vnet_id, vnet.name, subnet.name) for vnet, subnet in found]
    labels = arm_id.labels([*reserved, *paths])[len(reserved) :]
    return [(label, *each) for label, each in zip(labels, found, strict=True)]


def overlapping_spaces(vnets: Iterable[Vnet]) -> Iterator[str]:
    """A sentence for each space that VNets without a peering share: an address there may be of any of them."""
    vnets = tuple(vnets)
    names = arm_id.labels([arm_id.path(vnet.vnet_id, vnet.name) for vnet in vnets])
    for space, sharers in _shared_spaces(vnets).items():
        called = [f"'{names[at]}'" for at in sorted(sharers)]
        listed = " and ".join(called) if len(called) == 2 else ", ".join(called[:_NAMED])
        how = "are not peered and both hold" if len(called) == 2 else "are not all peered with each other and hold"
        yield (
            f"The VNets {listed}{and_more(len(called) - _NAMED) if len(called) > 2 else ''} {how} {space.text}: "
            "an address there is labelled by the longest prefix, whichever VNet it is of."
        )


def _shared_spaces(vnets: Sequence[Vnet]) -> dict[Prefix, set[int]]:
    """Of each space that VNets without a peering share, which these are; no two of them are told of two spaces."""
    found: dict[Prefix, set[int]] = {}
    spaces = sorted((prefix, at) for at, vnet in enumerate(vnets) for prefix in vnet.address_space)
    said: set[tuple[int, int]] = set()
    open_spaces: list[tuple[Prefix, int]] = []
    for prefix, at in spaces:
        open_spaces = [(other, its) for other, its in open_spaces if other.last >= prefix.first]
        for other, its in open_spaces:
            pair = (min(at, its), max(at, its))
            is_family = other.is_v4 == prefix.is_v4
            if at != its and pair not in said and is_family and not _are_peered(vnets[at], vnets[its]):
                said.add(pair)
                found.setdefault(min(other, prefix, key=lambda each: each.size), set()).update(pair)
        open_spaces.append((prefix, at))
    return found


def _are_peered(one: Vnet, other: Vnet) -> bool:
    return one.is_peered_with(other) or other.is_peered_with(one)


def _subnet(fields: Fields, vnet: str, note: Note) -> VnetSubnet | None:
    name = text(fields, "name") or arm_id.last(text(fields, "id"))
    if not name:
        note(f"{vnet or 'The file'}: a subnet has no name; it is left out.")
        return None
    line = f" (line {fields['line']})" if "line" in fields else ""
    where = f"{vnet}: subnet '{name}'{line}" if vnet else f"Subnet '{name}'{line}"
    prefixes = _prefixes(texts(fields, "addressprefixes", "addressprefix"), where, note)
    if not prefixes and not texts(fields, "addressprefixes", "addressprefix"):
        note(f"{where} has no prefix; it is left out.")
    if not prefixes:
        return None
    nsg, route_table = (reference(fields, key) for key in ("networksecuritygroup", "routetable"))
    policies = text(fields, "privateendpointnetworkpolicies")
    found = (nsg, route_table, _delegations(fields), _resources(fields), policies)
    return VnetSubnet(name, prefixes, text(fields, "id"), *found)


def _delegations(fields: Fields) -> tuple[str, ...]:
    return tuple(name for each in items(fields, "delegations") if (name := text(each, "servicename")))


def _resources(fields: Fields) -> tuple[str, ...]:
    """What the subnet's links and configurations name, but the NICs of machines, which can be thousands.

    A link tells its resource as `linkedResourceType` and `link` (REST reference "Subnets - Get").
    """
    found = [each for key in _STANDING_IN for each in ids(fields, key)]
    for key in ("resourcenavigationlinks", "serviceassociationlinks"):
        for each in items(fields, key):
            found.append(f"{text(each, 'linkedresourcetype')}/{arm_id.last(text(each, 'link'))}")
    return tuple(dict.fromkeys(each for each in found if not _MACHINES.search(each)))


def _peerings(fields: Fields, vnet: str, note: Note) -> Iterator[Peering]:
    for each in items(fields, "virtualnetworkpeerings"):
        held = inner(each, "remoteaddressspace") or inner(each, "remotevirtualnetworkaddressspace")
        space = _prefixes(texts(held, "addressprefixes"), f"{vnet or 'The VNet'}: a peering", note)
        yield Peering(
            reference(each, "remotevirtualnetwork"),
            space,
            text(each, "peeringstate"),
            *(flag(each, key) for key in ("allowvirtualnetworkaccess", "useremotegateways", "peercompletevnets")),
        )


def _prefixes(written: Iterable[str], where: str, note: Note) -> tuple[Prefix, ...]:
    """Each once: a subnet's one prefix may stand in two fields."""
    return tuple(dict.fromkeys(prefixes_of(written, where, note)))


def _space_fields(space: Iterable[Prefix]) -> dict[str, list[str]]:
    return {"addressPrefixes": [prefix.text for prefix in space]}
