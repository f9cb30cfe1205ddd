"""What the flow logs' own settings leave out: filters, record types, switched off, set on a part of the network alone.

Source: Microsoft Learn, "Virtual network flow logs" (filtering, preview: `enabledFilteringCriteria` and `recordTypes`
of B, C, E and D; of several logs on one NIC the closest wins: NIC, subnet, virtual network).
"""

from __future__ import annotations

from collections.abc import Iterator

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet, subnet_labels
from nsgflow_core.words import arm_id
from nsgflow_core.words.visible import in_short

ALL_RECORDS = frozenset("BCED")


def lacks(inventory: Inventory, scope: Scope | None) -> list[str]:
    """What the scope's flow logs leave out, a sentence each; nothing where no flow log is known."""
    logs = inventory.of(FlowLog)
    if not logs:
        return []
    subnets = [(label, vnet, subnet) for label, vnet, subnet in subnet_labels(inventory.vnets)]
    guards = inventory.guards(scope) if scope is not None and scope.nsg else ()
    inside = [each for each in subnets if scope is None or _is_in(scope, each, guards)]
    chosen = {log for each in inside for log in _closest(logs, each, inventory)}
    chosen |= {log for log in logs if scope is None or _is_on_nsg(log, scope, guards)}
    said = [sentence for log in logs if log in chosen for sentence in _of_log(log)]
    return said + list(_uncovered(logs, inside))


def _of_log(log: FlowLog) -> Iterator[str]:
    name = f"The flow log {log.name}"
    if log.is_enabled is False:
        yield f"{name} is switched off."
        return
    if log.filters:
        yield f"{name} logs only what its filter lets through ({in_short(log.filters)})."
    missing = ALL_RECORDS - set(log.record_types.upper().replace(" ", "").split(",")) if log.record_types else set()
    if missing >= set("BCE"):
        yield f"{name} logs denials alone (record types {log.record_types})."
    elif missing:
        words = {"B": "beginnings", "C": "continuations", "E": "ends", "D": "denials"}
        yield f"{name} leaves out {' and '.join(words[each] for each in 'BCED' if each in missing)} of flows."


def _is_in(scope: Scope, each: tuple[str, Vnet, VnetSubnet], guards: tuple[RuleSet, ...]) -> bool:
    label, _, subnet = each
    if scope.subnet:
        return scope.subnet.strip().casefold() in (label.casefold(), subnet.name.casefold())
    return any(_guards(rule_set, subnet) for rule_set in guards)


def _guards(rule_set: RuleSet, subnet: VnetSubnet) -> bool:
    named = any(subnet.subnet_id and arm_id.key(each) == arm_id.key(subnet.subnet_id) for each in rule_set.subnets)
    return named or bool(subnet.nsg_id and arm_id.means(subnet.nsg_id, rule_set.nsg_id, rule_set.name))


def _closest(logs: tuple[FlowLog, ...], each: tuple[str, Vnet, VnetSubnet], inventory: Inventory) -> Iterator[FlowLog]:
    """The logs that a subnet's NICs write: of the NICs in it, and the subnet's own or else its virtual network's."""
    _, vnet, subnet = each
    nics = {
        arm_id.key(nic.nic_id)
        for nic in inventory.of(Nic)
        if any(subnet.subnet_id and arm_id.key(a.subnet_id) == arm_id.key(subnet.subnet_id) for a in nic.addresses)
    }
    yield from (log for log in logs if arm_id.key(log.target_id) in nics)
    own = [log for log in logs if subnet.subnet_id and arm_id.key(log.target_id) == arm_id.key(subnet.subnet_id)]
    wider = [log for log in logs if vnet.vnet_id and arm_id.key(log.target_id) == arm_id.key(vnet.vnet_id)]
    live = [log for log in (*own, *wider) if log.is_enabled is not False]
    yield from own or wider if not live else [live[0]]


def _is_on_nsg(log: FlowLog, scope: Scope, guards: tuple[RuleSet, ...]) -> bool:
    """True for an NSG flow log of the scope's NSG; by its name where the inventory does not hold that NSG."""
    if not scope.nsg or "/networksecuritygroups/" not in log.target_id.casefold():
        return False
    by_name = arm_id.last(log.target_id).casefold() == scope.name.casefold()
    return any(arm_id.means(log.target_id, each.nsg_id, each.name) for each in guards) if guards else by_name


def _uncovered(logs: tuple[FlowLog, ...], inside: list[tuple[str, Vnet, VnetSubnet]]) -> Iterator[str]:
    """Subnets beside logged ones: logs are set on some subnets of their virtual network, and not on the whole of it."""
    for label, vnet, subnet in inside:
        if not (vnet.vnet_id and subnet.subnet_id):
            continue
        targets = {arm_id.key(log.target_id) for log in logs if log.is_enabled is not False}
        siblings = {arm_id.key(each.subnet_id) for each in vnet.subnets}
        if arm_id.key(vnet.vnet_id) in targets or arm_id.key(subnet.subnet_id) in targets:
            continue
        if siblings & targets:
            yield f"No flow log is set on the subnet {label}: those of {vnet.name} are set on other subnets of it."
