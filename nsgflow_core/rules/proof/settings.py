"""What the flow logs' own settings leave out: filters, record types, switched off, set on a part of the network alone.

Source: Microsoft Learn, "Virtual network flow logs" (filtering, preview: `enabledFilteringCriteria` and `recordTypes`
of B, C, E and D; of several logs on one NIC the closest wins: NIC, subnet, virtual network).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

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
    targets, nics = _by_target(logs), _nics_of_subnets(inventory)
    chosen = {log for _, vnet, subnet in inside for log in _closest(targets, nics, vnet, subnet)}
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


def _by_target(logs: Iterable[FlowLog]) -> Mapping[str, list[FlowLog]]:
    found = defaultdict[str, list[FlowLog]](list)
    for log in logs:
        if log.target_id:
            found[arm_id.key(log.target_id)].append(log)
    return found


def _nics_of_subnets(inventory: Inventory) -> Mapping[str, set[str]]:
    """The keys of the NICs that have an address in each subnet."""
    found = defaultdict[str, set[str]](set)
    for nic in inventory.of(Nic):
        for address in nic.addresses:
            if nic.nic_id and address.subnet_id:
                found[arm_id.key(address.subnet_id)].add(arm_id.key(nic.nic_id))
    return found


def _closest(
    targets: Mapping[str, list[FlowLog]], nics: Mapping[str, set[str]], vnet: Vnet, subnet: VnetSubnet
) -> Iterator[FlowLog]:
    """The logs that a subnet's NICs write: of the NICs in it, and the subnet's own or else its virtual network's."""
    own, wider = (targets.get(arm_id.key(each), []) if each else [] for each in (subnet.subnet_id, vnet.vnet_id))
    inside = nics.get(arm_id.key(subnet.subnet_id), ()) if subnet.subnet_id else ()
    yield from (log for nic in inside for log in targets.get(nic, ()))
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
    targets = {arm_id.key(log.target_id) for log in logs if log.is_enabled is not False}
    siblings: dict[str, bool] = {}
    for label, vnet, subnet in inside:
        if not (vnet.vnet_id and subnet.subnet_id):
            continue
        whole = arm_id.key(vnet.vnet_id)
        if whole in targets or arm_id.key(subnet.subnet_id) in targets:
            continue
        if whole not in siblings:
            siblings[whole] = any(arm_id.key(each.subnet_id) in targets for each in vnet.subnets)
        if siblings[whole]:
            yield f"No flow log is set on the subnet {label}: those of {vnet.name} are set on other subnets of it."
