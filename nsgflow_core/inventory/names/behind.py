"""What stands behind an address, by the inventory: each resource with its label, and the addresses that it has.

A NIC is the machine that it is set on, or the private endpoint that it was made for; a public IP is what it is set on.
Two resources of one name are told apart by resource group and subscription, and where even these agree by their kind.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nsgflow_core.inventory.things.addressed.fronts import Front, PublicIp
from nsgflow_core.inventory.things.gateways import ClientGateway, SiteGateway
from nsgflow_core.inventory.things.nics import Nic, Vm
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import any_of
from nsgflow_core.words.prefixes import Prefix, pack

_WORDS: Mapping[str, str] = {
    "virtualmachines": "VM",
    "networkinterfaces": "NIC",
    "loadbalancers": "load balancer",
    "privateendpoints": "private endpoint",
    "privatelinkservices": "private link service",
    "applicationgateways": "application gateway",
    "azurefirewalls": "firewall",
    "bastionhosts": "Bastion host",
    "service": "API Management",
    "publicipaddresses": "public IP",
    "natgateways": "NAT gateway",
    "virtualnetworkgateways": "VNet gateway",
    "localnetworkgateways": "local network gateway",
}
"""The kind of a resource in words, by the type in its id (Microsoft Learn, "Azure resource providers")."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A NIC's MAC: the label of what it is of, the addresses that Azure gave it, and whether it carries others'."""

    label: str
    addresses: frozenset[bytes]
    forwards: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """Who has which address: labels by packed address, by MAC, and of the prefixes behind gateways."""

    hosts: Mapping[bytes, str] = field(default_factory=dict)
    nics: Mapping[str, Owned] = field(default_factory=dict)
    sites: tuple[tuple[Prefix, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Thing:
    """Identity: the id without case, or kind and name where the file has none."""

    key: str
    path: tuple[str, ...]
    kind: str


def _thing(resource_id: str, name: str, kind: str) -> _Thing:
    """By its id, or else its name; an instance of a scale set goes by the name that Azure gives it: `web_3`."""
    scale_set = arm_id.part(resource_id, "virtualMachineScaleSets")
    shown = name or arm_id.last(resource_id)
    if scale_set and (instance := arm_id.part(resource_id, "virtualMachines")):
        shown = f"{scale_set}_{instance}"
    key = arm_id.key(resource_id) or f"{kind}:{shown.casefold()}"
    told = arm_id.last(resource_id.strip("/").rpartition("/")[0]).casefold()
    return _Thing(key, arm_id.path(resource_id, shown), _WORDS.get(told, kind))


class _Owners:
    """Whose each NIC and each public IP is."""

    def __init__(self, nics: Iterable[Nic], vms: Sequence[Vm], fronts: Sequence[Front]) -> None:
        self._machines = {arm_id.key(vm.vm_id): vm for vm in vms if vm.vm_id}
        self._of_machine = {arm_id.key(nic): vm for vm in vms for nic in vm.nic_ids}
        self._fronts = {arm_id.key(front.front_id): front for front in fronts if front.front_id}
        self._made_for = {arm_id.key(nic): front for front in fronts for nic in front.nic_ids}
        self._of_nic = {arm_id.key(nic.nic_id): self.of_nic(nic) for nic in nics if nic.nic_id}

    def of_nic(self, nic: Nic) -> _Thing:
        """The machine or private endpoint of a NIC, or the NIC itself."""
        key = arm_id.key(nic.nic_id)
        if nic.vm_id or key in self._of_machine:
            machine = self._of_machine.get(key) or self._machines.get(arm_id.key(nic.vm_id))
            return _thing(machine.vm_id or nic.vm_id, machine.name, "VM") if machine else _thing(nic.vm_id, "", "VM")
        if nic.private_endpoint_id or key in self._made_for:
            front = self._made_for.get(key) or self._fronts.get(arm_id.key(nic.private_endpoint_id))
            front_id, name = (front.front_id, front.name) if front else ("", "")
            return _thing(front_id or nic.private_endpoint_id, name, "private endpoint")
        return _thing(nic.nic_id, nic.name, "NIC")

    def of_public(self, public: PublicIp) -> _Thing:
        """What a public IP is set on, or itself."""
        if owner := self._of_nic.get(arm_id.key(public.set_on)):
            return owner
        if public.set_on:
            front = self._fronts.get(arm_id.key(public.set_on))
            return _thing(public.set_on, front.name if front else "", "")
        return _thing(public.public_ip_id, public.name, "public IP")


def behind(
    nics: Sequence[Nic],
    vms: Sequence[Vm],
    fronts: Sequence[Front],
    public_ips: Sequence[PublicIp],
    gateways: Sequence[ClientGateway],
    sites: Sequence[SiteGateway],
) -> Behind:
    """Everything that has addresses, under labels that each name one thing; an address of several says "a or b"."""
    owners = _Owners(nics, vms, fronts)
    of_nics = [(nic, owners.of_nic(nic)) for nic in nics]
    of_sites = [(site, _thing(site.gateway_id, site.name, "local network gateway")) for site in sites]
    of_gateways = [(each, _thing(each.gateway_id, each.name, "VNet gateway")) for each in gateways]
    held = [(each.address, thing) for nic, thing in of_nics for each in nic.addresses]
    held += [(each, _thing(front.front_id, front.name, "")) for front in fronts for each in front.addresses]
    held += [(each, thing) for gateway, thing in of_gateways for each in gateway.addresses]
    held += [(site.address, thing) for site, thing in of_sites]
    held += _public(public_ips, fronts, of_gateways, owners)
    labels = _labels([thing for _, thing in (*of_nics, *held, *of_sites, *of_gateways)])
    hosts: dict[bytes, set[str]] = defaultdict(set)
    for address, thing in held:
        if packed := pack(address):
            hosts[packed].add(labels[thing.key])
    prefixes = [(prefix, labels[thing.key]) for site, thing in of_sites for prefix in site.prefixes]
    prefixes += [(prefix, labels[thing.key]) for gateway, thing in of_gateways for prefix in gateway.client_pool]
    return Behind(
        {packed: any_of(sorted(names)) for packed, names in hosts.items()},
        {nic.mac: _owned(nic, labels[thing.key]) for nic, thing in of_nics if nic.mac},
        tuple(sorted(prefixes)),
    )


def _public(
    public_ips: Sequence[PublicIp],
    fronts: Sequence[Front],
    gateways: Sequence[tuple[ClientGateway, _Thing]],
    owners: _Owners,
) -> Iterator[tuple[str, _Thing]]:
    """Public addresses, each of what refers to it, or of what it says that it is set on."""
    users = {arm_id.key(each): _thing(front.front_id, front.name, "") for front in fronts for each in front.public_ips}
    users |= {arm_id.key(each): thing for gateway, thing in gateways for each in gateway.public_ips}
    for public in public_ips:
        yield public.address, users.get(arm_id.key(public.public_ip_id)) or owners.of_public(public)


def _owned(nic: Nic, label: str) -> Owned:
    packed = (pack(each.address) for each in nic.addresses)
    return Owned(label, frozenset(filter(None, packed)), nic.forwards)


def _labels(things: Iterable[_Thing]) -> dict[str, str]:
    """Key -> label, as short as it can be; the kind stands behind it where two share even all of their path."""
    listed = {each.key: each for each in reversed(list(things))}.values()  # of two spellings the first is shown
    shown = arm_id.labels([each.path for each in listed])
    sharers = Counter(map(str.casefold, shown))
    return {
        each.key: f"{label} ({each.kind})" if sharers[label.casefold()] > 1 and each.kind else label
        for each, label in zip(listed, shown, strict=True)
    }
