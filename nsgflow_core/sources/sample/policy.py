"""What the sample estate's rules decide: so that its logs cannot disagree with the rules it exports.

Azure's order (Microsoft Learn, "How network security groups filter network traffic"): security admin rules, then
inbound the subnet's NSG and the NIC's, outbound the NIC's and the subnet's; the last to allow, or the first to deny,
writes the log. Traffic to Azure's host addresses is not filtered and is logged as platform traffic.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample import nsgs as rule_tables
from nsgflow_core.sources.sample.estate import SampleVm
from nsgflow_core.sources.sample.nsgs import SampleNsg, SampleRule
from nsgflow_core.words.prefixes import PLATFORM_ADDRESSES, is_private, pack, parse_prefix
from nsgflow_core.words.vocabulary import ZERO_GUID

PROTOCOL_OF_RULES = {6: "Tcp", 17: "Udp"}
_NSGS = {nsg.name: nsg for nsg in rule_tables.NSGS}
_SUBNETS = {subnet.name: subnet for subnet in estate.SUBNETS}
VM_AT: dict[str, SampleVm] = {vm.address: vm for vm in estate.VMS} | {
    vm.address6: vm for vm in estate.VMS if vm.address6
}
_CHANGES = sorted({estate.moment(rule.since) for nsg in rule_tables.NSGS for rule in nsg.rules if rule.since})
_PLATFORM_RULE = "PlatformRule"


class FirstPacket(NamedTuple):
    """The first packet of a connection."""

    source: str
    destination: str
    protocol: int
    port: int


class Ruling(NamedTuple):
    """What was decided at one NIC, as its flow log will say it."""

    vm: SampleVm
    direction: str
    allowed: bool
    acl_id: str
    rule: str
    """With its prefix, as logged."""
    nsg: SampleNsg | None


def lies_in(vm: SampleVm) -> str:
    """The name of the VNet that the VM lies in."""
    return _SUBNETS[vm.subnet].vnet


@cache
def rule_at(vm: SampleVm, direction: str, packet: FirstPacket, minute: int) -> Ruling:
    """The decision at a VM's NIC; `minute` since the start of the week matters to rules added in it.

    Pass `era(minute)` rather than the minute itself, so that the answer is remembered.
    """
    if direction == "Outbound" and packet.destination in PLATFORM_ADDRESSES:
        return Ruling(vm, direction, True, ZERO_GUID, _PLATFORM_RULE, None)
    if lies_in(vm) in rule_tables.ADMIN_VNETS and _matches(rule_tables.ADMIN_RULE, direction, packet, minute):
        return Ruling(vm, direction, False, rule_tables.ADMIN_CONFIGURATION, rule_tables.ADMIN_RULE.name, None)
    names = [_SUBNETS[vm.subnet].nsg, vm.nic_nsg]
    ruling: Ruling | None = None
    for name in names if direction == "Inbound" else reversed(names):
        if name:
            ruling = _first_match(_NSGS[name], vm, direction, packet, minute)
            if not ruling.allowed:
                break
    assert ruling is not None, f"{vm.name} has no NSG"
    return ruling


def era(minute: int) -> int:
    """The last rule change at or before this minute (0: none)."""
    return max((change for change in _CHANGES if change <= minute), default=0)


def _first_match(nsg: SampleNsg, vm: SampleVm, direction: str, packet: FirstPacket, minute: int) -> Ruling:
    for kind, rules in (("UserRule_", nsg.rules), ("DefaultRule_", rule_tables.DEFAULTS)):
        for rule in sorted(rules, key=lambda rule: rule.priority):
            if _matches(rule, direction, packet, minute):
                return Ruling(vm, direction, rule.access == "Allow", nsg.guid, kind + rule.name, nsg)
    raise AssertionError("the default rules match every packet")


def _matches(rule: SampleRule, direction: str, packet: FirstPacket, minute: int) -> bool:
    return (
        rule.direction == direction
        and (not rule.since or estate.moment(rule.since) <= minute)
        and rule.protocol in ("*", PROTOCOL_OF_RULES[packet.protocol])
        and any(_port_in(text, packet.port) for text in rule.ports)
        and _address_in(rule.source, packet.source)
        and _address_in(rule.destination, packet.destination)
    )


def _port_in(text: str, port: int) -> bool:
    first, _, last = text.partition("-")
    return text == "*" or int(first) <= port <= int(last or first)


@cache
def _address_in(words: str | tuple[str, ...], address: str) -> bool:
    packed = pack(address)
    assert packed is not None, f"{address} is no address"
    for word in (words,) if isinstance(words, str) else words:
        if word == "*":
            return True
        if word == "AzureLoadBalancer":
            hit = address == PLATFORM_ADDRESSES[0]
        elif word == "VirtualNetwork":
            hit = _in_vnets(packed) or address == PLATFORM_ADDRESSES[0]
        elif word == "Internet":
            hit = not is_private(packed) and not _in_vnets(packed) and address not in PLATFORM_ADDRESSES
        else:
            hit = parse_prefix(word).holds(packed)
        if hit:
            return True
    return False


def _in_vnets(packed: bytes) -> bool:
    return any(parse_prefix(text).holds(packed) for vnet in estate.VNETS for text in vnet.space)
