"""What stands at an address, as Traffic Analytics tells it: its subnet, VNet, machine and site, its tag and region.

Azure knows the network; here it is what the inventory tells, and what the log itself shows: an address that a NIC sends
from (Outbound) or receives at (Inbound) is of the estate, unless so many stand behind its MAC that the NIC forwards.
Source of the flow types: Microsoft Learn, "Traffic analytics schema", Notes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

import pyarrow as pa

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.prefix_table import PrefixTable
from nsgflow_core.inventory.own_space import MOST_ADDRESSES
from nsgflow_core.inventory.things.gateways import ClientGateway, SiteGateway
from nsgflow_core.inventory.things.nics import Nic, Vm
from nsgflow_core.inventory.things.route_tables import RouteTable
from nsgflow_core.inventory.things.service_tags import ServiceTag, telling
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.stores.kql_on_local.tables.spelling import path_in_group, resource_path
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import any_of
from nsgflow_core.words.prefixes import Prefix, block_of, is_inside_by_range, is_prefix, is_private, parse_prefix

VIRTUAL_PUBLIC_IP = "Microsoft Virtual Public IP"
"""What NTAIpDetails calls Azure's host address."""
_HOST = parse_prefix("168.63.129.16").first


class AddressKind(StrEnum):
    """Whose address it is, as flow types tell them apart."""

    VNET = "vnet"
    SITE = "site"
    CLIENT = "client"
    AZURE = "azure"
    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class AddressPlace:
    """One address. `home` is the key of its VNet; all are "" where nothing tells."""

    kind: str
    home: str = ""
    subnet: str = ""
    subscription: str = ""
    region: str = ""
    nic: str = ""
    vm: str = ""
    gateway: str = ""
    tag: str = ""
    tag_region: str = ""


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """That a NIC had this address at its own end, and what its flow log was set on."""

    packed: bytes
    mac: str
    target: str


class Places:
    """The inventory as tables of prefixes and addresses."""

    def __init__(self, network: Inventory, seen: Iterable[SeenAddress], own_space: Iterable[Prefix]) -> None:
        """`own_space` is the public space in which the log shows the estate's own addresses."""
        self._own_space = frozenset(own_space)
        self._subnets: PrefixTable[tuple[Vnet, VnetSubnet]] = PrefixTable()
        self._spaces: PrefixTable[str] = PrefixTable()
        self._sites: PrefixTable[str] = PrefixTable()
        self._clients: PrefixTable[str] = PrefixTable()
        self._tags: PrefixTable[ServiceTag] = PrefixTable()
        self._vnets = {_key(vnet): vnet for vnet in network.vnets}
        self._nics = _nics_by_address(network)
        self._own = _own_targets(seen)
        self._knows_vnets = any(vnet.name for vnet in network.vnets)
        self._read_vnets(network.vnets)
        self._read_sites(network)
        for tag in network.of(ServiceTag):
            for prefix in tag.prefixes:
                self._tags.add(prefix, tag)

    def of(self, packed: bytes) -> AddressPlace:
        """What stands at a packed address."""
        targets = self._own.get(packed)
        if not is_inside_by_range(packed) and block_of(packed) not in self._own_space:
            targets = None  # it passes a NIC, as a balanced address or one that is forwarded for does
        if place := self._in_vnet(packed, targets):
            return place
        if clients := self._clients.find(packed):
            return AddressPlace(AddressKind.CLIENT, gateway=clients[0])
        if sites := self._sites.find(packed):
            return AddressPlace(AddressKind.SITE, gateway=sites[0])
        if targets is not None:
            home, (nic, vm) = min(targets, default=""), self._nics.get(packed, ("", ""))
            return AddressPlace(AddressKind.VNET, home, subscription=arm_id.part(home, "subscriptions"), nic=nic, vm=vm)
        if packed == _HOST:
            return AddressPlace(AddressKind.AZURE, tag=VIRTUAL_PUBLIC_IP, tag_region="Global")
        if is_private(packed):
            return AddressPlace(AddressKind.PRIVATE)
        if tag := self._tag(packed):
            return AddressPlace(AddressKind.AZURE, tag=tag, tag_region=tag.partition(".")[2].casefold())
        return AddressPlace(AddressKind.PUBLIC)

    def _in_vnet(self, packed: bytes, targets: frozenset[str] | None) -> AddressPlace | None:
        found = self._subnets.find(packed)
        of_target = [each for each in found if targets and _key(each[0]) in targets]
        found = of_target or found
        if found and targets is None and self._knows_vnets and all(not vnet.name for vnet, _ in found):
            # A prefix that someone named, in no VNet, and no NIC is there.
            return AddressPlace(AddressKind.SITE, gateway="")
        if found:
            vnet, _ = found[0]
            nic, vm = self._nics.get(packed, ("", ""))
            paths = any_of(dict.fromkeys(subnet_path(*each) for each in found))
            subscription = arm_id.part(vnet.vnet_id, "subscriptions").casefold()
            return AddressPlace(AddressKind.VNET, _key(vnet), paths, subscription, vnet.location.casefold(), nic, vm)
        spaces = self._spaces.find(packed)
        if not spaces:
            return None
        home = next((each for each in spaces if targets and each in targets), spaces[0])
        known = self._vnets.get(home)
        region = known.location.casefold() if known else ""
        return AddressPlace(AddressKind.VNET, home, subscription=arm_id.part(home, "subscriptions"), region=region)

    def _tag(self, packed: bytes) -> str:
        """The most telling tag: a service rather than the whole cloud, with its region."""
        tags = self._tags.find(packed)
        best = min(tags, key=lambda tag: telling(tag.name), default=None)
        return best.name if best else ""

    def _read_vnets(self, vnets: Iterable[Vnet]) -> None:
        for vnet in vnets:
            for subnet in vnet.subnets:
                for prefix in subnet.prefixes:
                    self._subnets.add(prefix, (vnet, subnet))
            for prefix in vnet.address_space if vnet.name else ():
                self._spaces.add(prefix, _key(vnet))
        for vnet in vnets:
            for peering in vnet.peerings:
                for prefix in peering.remote_space:
                    self._spaces.add(prefix, arm_id.key(peering.remote_id))

    def _read_sites(self, network: Inventory) -> None:
        for site in network.of(SiteGateway):
            for prefix in site.prefixes:
                self._sites.add(prefix, resource_path(site.gateway_id or site.name))
        for gateway in network.of(ClientGateway):
            for prefix in gateway.client_pool:
                self._clients.add(prefix, resource_path(gateway.gateway_id or gateway.name))
        for table in network.of(RouteTable):
            for route in table.routes:
                if route.next_hop.casefold() == "virtualnetworkgateway" and is_prefix(route.prefix):
                    prefix = parse_prefix(route.prefix)
                    if is_private(prefix.first) and is_private(prefix.last):  # a default route is no site
                        self._sites.add(prefix, "")


def subnet_path(vnet: Vnet, subnet: VnetSubnet) -> str:
    """`rg/vnet/subnet` in lower case, as far as the file tells."""
    if subnet.subnet_id:
        return path_in_group(subnet.subnet_id)
    group = arm_id.part(vnet.vnet_id, "resourceGroups")
    return "/".join(part for part in (group, vnet.name, subnet.name) if part).casefold()


def places_table(
    addresses: pa.Table, network: Inventory, seen: Mapping[int, list[tuple[str, str]]], own_space: Iterable[Prefix]
) -> pa.Table:
    """One row per address (id, packed, text): id, text, is_public and the fields of its place.

    `seen` holds, by address id, the (MAC, target) pairs of the NICs that had it at their own end.
    """
    rows = addresses.to_pylist()
    own = [SeenAddress(bytes(row["packed"]), mac, target) for row in rows for mac, target in seen.get(row["id"], ())]
    places = Places(network, own, own_space)
    found = [places.of(bytes(row["packed"])) for row in rows]
    return pa.table(
        {
            "id": pa.array([row["id"] for row in rows], pa.int64()),
            "text": pa.array([row["text"] for row in rows], pa.string()),
            **{
                each.name: pa.array([getattr(place, each.name) for place in found], pa.string())
                for each in fields(AddressPlace)
            },
        }
    )


def _key(vnet: Vnet) -> str:
    return arm_id.key(vnet.vnet_id) or vnet.name.casefold()


def _own_targets(seen: Iterable[SeenAddress]) -> dict[bytes, frozenset[str]]:
    """The VNets that own ends were logged for, by address; NICs that forward tell nothing."""
    seen = list(seen)
    of_mac: dict[str, set[bytes]] = defaultdict(set)
    for each in seen:
        of_mac[each.mac].add(each.packed)
    targets: dict[bytes, set[str]] = defaultdict(set)
    for each in seen:
        if len(of_mac[each.mac]) <= MOST_ADDRESSES:
            targets[each.packed] |= {_vnet_of(each.target)} - {""}
    return {packed: frozenset(vnets) for packed, vnets in targets.items()}


def _vnet_of(target: str) -> str:
    """The VNet that a flow log was set on, or on a subnet of; "" for an NSG or NIC."""
    head, found, tail = arm_id.key(target).partition("/virtualnetworks/")
    return f"{head}{found}{tail.partition('/')[0]}" if found else ""


def _nics_by_address(network: Inventory) -> dict[bytes, tuple[str, str]]:
    """(`rg/nic`, `rg/vm`) by packed address."""
    machines = {arm_id.key(nic_id): vm.vm_id for vm in network.of(Vm) for nic_id in vm.nic_ids}
    found = {}
    for nic in network.of(Nic):
        vm_id = nic.vm_id or machines.get(arm_id.key(nic.nic_id), "")
        for each in nic.addresses:
            if is_prefix(each.address):
                found[parse_prefix(each.address).first] = (path_in_group(nic.nic_id or nic.name), path_in_group(vm_id))
    return found
