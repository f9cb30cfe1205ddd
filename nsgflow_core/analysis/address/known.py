"""Who a subject is, by the inventory: its names, subnet and VNet, its NICs and machines, and the NSGs that guard it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nsgflow_core.analysis.address.subject import Subject, SubjectKind
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.address_names import Named
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, guards, is_set_on, set_on, subnets_of
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.things.nics import Nic, Vm
from nsgflow_core.inventory.things.vnet import subnet_labels
from nsgflow_core.words import arm_id
from nsgflow_core.words.apart import any_of, names_in
from nsgflow_core.words.prefixes import pack, parse_prefix, unpack

_MOST_TOLD = 20
"""Things of one kind; a name or a prefix can stand for thousands."""


@dataclass(frozen=True, slots=True)
class Guard:
    """An NSG, and what it is set on: "subnet web" or "NIC web-01-nic"."""

    nsg: str
    on: str


@dataclass(frozen=True, slots=True)
class Known:
    """What files tell of a subject; empty where they tell nothing."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """All of them, of a name; an address is its own."""
    subnet: str = ""
    """Its endpoint label; "" of a name or prefix in several."""
    vnet: str = ""
    nics: tuple[Nic, ...] = ()
    machines: tuple[Vm, ...] = ()
    guards: tuple[Guard, ...] = ()
    told: Named = field(default_factory=Named)
    """Service tag, country and network of a public address."""


def known_of(subject: Subject, inventory: Inventory, subnets: SubnetMap) -> Known:
    """What an inventory and the subnet map in use tell of a subject."""
    packed = tuple(_packed(subject, inventory))
    addresses = tuple(map(unpack, packed))
    nics = tuple(nic for nic in inventory.of(Nic) if any(pack(each.address) in packed for each in nic.addresses))
    machines = tuple(_machines(nics, inventory.of(Vm)))
    labels = dict.fromkeys(subnets.label(each) for each in packed)
    if subject.kind is SubjectKind.SUBNET:
        labels = {subject.text: None}
    named = [inventory.address_names.of(each) for each in packed]
    names = tuple(dict.fromkeys(each.name for each in named if each.name))
    return Known(
        names=names or ((subject.text,) if subject.kind is SubjectKind.NAME and addresses else ()),
        addresses=addresses[:_MOST_TOLD],
        subnet=next(iter(labels)) if len(labels) == 1 else "",
        vnet=_vnet(labels, inventory, subnets),
        nics=nics[:_MOST_TOLD],
        machines=machines[:_MOST_TOLD],
        guards=tuple(dict.fromkeys(_guards(subject, labels, nics, inventory)))[:_MOST_TOLD],
        told=named[0] if len(named) == 1 else Named(),
    )


def _packed(subject: Subject, inventory: Inventory) -> Iterator[bytes]:
    """The single addresses that a subject stands for; none of a prefix or subnet."""
    if subject.kind is SubjectKind.ADDRESS:
        yield parse_prefix(subject.text).first
    elif subject.kind is SubjectKind.NAME:
        wanted = subject.text.casefold()
        for packed, name in inventory.address_names.behind.hosts.items():
            if wanted in (name.casefold(), *(each.casefold() for each in names_in(name))):
                yield packed


def _machines(nics: Iterable[Nic], machines: Iterable[Vm]) -> Iterator[Vm]:
    of_nics = {arm_id.key(nic.vm_id) for nic in nics if nic.vm_id}
    nic_ids = {arm_id.key(nic.nic_id) for nic in nics if nic.nic_id}
    for vm in machines:
        if arm_id.key(vm.vm_id) in of_nics or nic_ids.intersection(map(arm_id.key, vm.nic_ids)):
            yield vm


def _vnet(labels: Iterable[str], inventory: Inventory, subnets: SubnetMap) -> str:
    told = {vnet.name for label in labels for vnet, _ in subnets_of(label, inventory.vnets)}
    told = told or {each.vnet for label in labels for each in subnets.subnets if each.name == label}
    return any_of(sorted(filter(None, told)))


def _guards(subject: Subject, labels: Iterable[str], nics: Iterable[Nic], inventory: Inventory) -> Iterator[Guard]:
    """Of its subnets, then of its NICs: a packet on its way in meets them in this order (Microsoft Learn, "How network
    security groups filter network traffic")."""
    wanted = [subject.text] if subject.kind is SubjectKind.PREFIX else list(labels)
    for label in wanted:
        found = guards(Scope(subnet=label), inventory.rule_sets, inventory.vnets)
        yield from (Guard(each.called, f"subnet {_which(label, each, inventory)}") for each in found)
        if not found:
            yield from (Guard(_name(nsg_id, inventory), f"subnet {on}") for on, nsg_id in _guarded(label, inventory))
    for nic in nics:
        found = tuple(each for each in inventory.rule_sets if is_set_on(each, nic))
        yield from (Guard(each.called, f"NIC {nic.name}") for each in found)
        if nic.nsg_id and not found:
            yield Guard(_name(nic.nsg_id, inventory), f"NIC {nic.name}")


def _which(label: str, rule_set: RuleSet, inventory: Inventory) -> str:
    """Of the subnets that an address may be of, "a or b", those that this NSG is set on; all where no file tells."""
    several = names_in(label)
    places = set_on(rule_set, inventory.vnets, ()) if len(several) > 1 else ()
    return any_of(each for each in several if each in places) or label


def _guarded(label: str, inventory: Inventory) -> Iterator[tuple[str, str]]:
    """The subnets that a label stands for and the ids of their NSGs, which no file describes."""
    several = names_in(label)
    called = {id(subnet): name for name, _, subnet in subnet_labels(inventory.vnets) if name in several}
    found = (subnet for _, subnet in subnets_of(label, inventory.vnets) if subnet.nsg_id)
    return ((called.get(id(subnet), label), subnet.nsg_id) for subnet in found)


def _name(nsg_id: str, inventory: Inventory) -> str:
    """Of an NSG that no file describes."""
    return inventory.nsg_names.get(nsg_id.lower(), arm_id.last(nsg_id))
