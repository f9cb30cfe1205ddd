"""NICs: which address has which NIC, NSG and security groups, whose machine it is, and which rules take effect on it.

Sources: REST reference "Network Interfaces - List All", "- List Effective Network Security Groups", "Virtual Machines".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, flag, ids, inner, items, name_of, reference, text, texts
from nsgflow_core.words.prefixes import Prefix, pack, parse_prefix, unpack

MOST_IN_A_BLOCK = 256
"""Addresses of one IP configuration: Azure gives out /28 of IPv4, to nodes of AKS for their pods."""


@dataclass(frozen=True, slots=True)
class NicAddress:
    """One private address of a NIC, with its subnet's id and the ids of its application security groups."""

    address: str
    subnet_id: str = ""
    asgs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nic:
    """One network interface; ids are "" where nothing is set, or the file does not say."""

    name: str
    nic_id: str = ""
    addresses: tuple[NicAddress, ...] = ()
    nsg_id: str = ""
    vm_id: str = ""
    mac: str = ""
    """12 hex digits in capitals, as the paths of flow logs have it; "" for a NIC that was never started."""
    private_endpoint_id: str = ""
    """Of the private endpoint whose NIC it is: flow logs show nothing that arrives there."""
    forwards: bool = False
    """True where Azure lets it carry what is not its own: `enableIPForwarding`."""


@dataclass(frozen=True, slots=True)
class Vm:
    """One virtual machine."""

    name: str
    vm_id: str = ""
    nic_ids: tuple[str, ...] = ()
    power: str = ""
    """running, stopped or deallocated, from `az vm list -d` or an instance view; "" where the file does not say."""


@dataclass(frozen=True, slots=True)
class EffectiveRule:
    """A rule as it takes effect: what its service tags and security groups stand for, written out by Azure."""

    name: str
    sources: tuple[Prefix, ...]
    destinations: tuple[Prefix, ...]


@dataclass(frozen=True, slots=True)
class EffectiveNsg:
    """The rules of one NSG as they take effect on one NIC, which it reaches through a subnet or directly."""

    nsg_id: str
    nic_id: str = ""
    subnet_id: str = ""
    rules: tuple[EffectiveRule, ...] = ()


def nic_of(fields: Fields, note: Note) -> Nic:
    """The NIC of a resource; an address that is none is noted and left out."""
    nic_id = text(fields, "id")
    name = name_of(fields)
    addresses = []
    for each in items(fields, "ipconfigurations"):
        groups, subnet = ids(each, "applicationsecuritygroups"), reference(each, "subnet")
        addresses += [NicAddress(address, subnet, groups) for address in _addresses(each, name, note)]
    nsg_id, vm_id = (reference(fields, each) for each in ("networksecuritygroup", "virtualmachine"))
    mac, endpoint = mac_digits(text(fields, "macaddress")), reference(fields, "privateendpoint")
    forwards = flag(fields, "enableipforwarding") or False
    return Nic(name, nic_id, tuple(addresses), nsg_id, vm_id, mac, endpoint, forwards)


def _addresses(configuration: Fields, nic: str, note: Note) -> list[str]:
    """The addresses of an IP configuration: one, or those of the block that pods or containers of the NIC share."""
    written, length = text(configuration, "privateipaddress"), text(configuration, "privateipaddressprefixlength")
    if not written or (pack(written) is not None and not length):
        return [written] if written else []
    try:
        block = parse_prefix(written if "/" in written or not length else f"{written}/{length}")
    except BadFilter:
        note(f"NIC '{nic}': '{written}' is not an address; it is left out.")
        return []
    if block.size > MOST_IN_A_BLOCK:
        note(f"NIC '{nic}': {block.text} is a block of more than {MOST_IN_A_BLOCK} addresses; it is left out.")
        return []
    first = int.from_bytes(block.first, "big")
    return [unpack(number.to_bytes(16, "big")) for number in range(first, first + block.size)]


def mac_digits(written: str) -> str:
    """A MAC address as flow logs spell it: 000D3AF87856 for 00-0D-3A-F8-78-56."""
    return re.sub(r"[-:.\s]", "", written).upper()


def nic_fields(nic: Nic) -> dict[str, Any]:
    """The NIC in the shape of `az network nic show`; `nic_of` reads it back equal."""
    return {
        "type": kinds.NIC,
        "id": nic.nic_id,
        "name": nic.name,
        "networkSecurityGroup": {"id": nic.nsg_id},
        "virtualMachine": {"id": nic.vm_id},
        "macAddress": nic.mac,
        "privateEndpoint": {"id": nic.private_endpoint_id},
        "enableIPForwarding": nic.forwards,
        "ipConfigurations": [
            {
                "privateIPAddress": each.address,
                "subnet": {"id": each.subnet_id},
                "applicationSecurityGroups": [{"id": group} for group in each.asgs],
            }
            for each in nic.addresses
        ],
    }


def vm_of(fields: Fields, _note: Note) -> Vm:
    """The machine of a resource."""
    vm_id = text(fields, "id")
    name = name_of(fields)
    return Vm(name, vm_id, ids(inner(fields, "networkprofile"), "networkinterfaces"), _power(fields))


def vm_fields(vm: Vm) -> dict[str, Any]:
    """The machine in the shape of `az vm show`; `vm_of` reads it back equal."""
    nics = {"networkInterfaces": [{"id": each} for each in vm.nic_ids]}
    return {"type": kinds.VM, "id": vm.vm_id, "name": vm.name, "networkProfile": nics, "powerState": vm.power}


def _power(fields: Fields) -> str:
    """From "VM deallocated" or "PowerState/deallocated": the last word, in lower case."""
    view = inner(fields, "instanceview")
    codes = [text(each, "code") for each in items(view, "statuses")]
    told = text(fields, "powerstate") or next((code for code in codes if code.casefold().startswith("power")), "")
    return re.split(r"[ /]", told.casefold())[-1]


def effective_nsg_of(fields: Fields, note: Note) -> EffectiveNsg:
    """An entry of `az network nic list-effective-nsg`; a prefix that is none is noted and left out."""
    association = fields.get("association")
    held = association if isinstance(association, dict) else {}
    rules = tuple(
        EffectiveRule(
            text(each, "name"),
            tuple(_sides(each, "source", note)),
            tuple(_sides(each, "destination", note)),
        )
        for each in items(fields, "effectivesecurityrules")
    )
    return EffectiveNsg(
        reference(fields, "networksecuritygroup"),
        reference(held, "networkinterface"),
        reference(held, "subnet"),
        rules,
    )


def effective_nsg_fields(effective: EffectiveNsg) -> dict[str, Any]:
    """The entry in the shape of `az network nic list-effective-nsg`; `effective_nsg_of` reads it back equal."""
    return {
        "type": kinds.EFFECTIVE_NSG,
        "networkSecurityGroup": {"id": effective.nsg_id},
        "association": {"networkInterface": {"id": effective.nic_id}, "subnet": {"id": effective.subnet_id}},
        "effectiveSecurityRules": [
            {
                "name": rule.name,
                "expandedSourceAddressPrefix": [prefix.text for prefix in rule.sources],
                "expandedDestinationAddressPrefix": [prefix.text for prefix in rule.destinations],
            }
            for rule in effective.rules
        ],
    }


def groups_by_address(nics: Iterable[Nic]) -> dict[bytes, frozenset[str]]:
    """Packed private address -> the ids of its application security groups, in lower case."""
    found: dict[bytes, frozenset[str]] = {}
    for nic in nics:
        for each in nic.addresses:
            packed = pack(each.address)
            if packed is not None:
                found[packed] = found.get(packed, frozenset()) | {group.casefold() for group in each.asgs}
    return found


def _sides(rule: Fields, side: str, note: Note) -> Iterator[Prefix]:
    """What a side was expanded to, or its own prefixes where there was nothing to expand."""
    expanded = texts(rule, f"expanded{side}addressprefix", f"expanded{side}addressprefixes")
    for written in expanded or texts(rule, f"{side}addressprefixes", f"{side}addressprefix"):
        try:
            yield parse_prefix(written)
        except BadFilter:
            if "/" in written:
                note(f"Effective rule '{text(rule, 'name')}': '{written}' is not a CIDR prefix; it is left out.")
