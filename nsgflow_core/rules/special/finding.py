"""Which special subnets a scope meets: by what the inventory tells of them, or by their names alone."""

from __future__ import annotations

from collections.abc import Iterator

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, subnets_of
from nsgflow_core.inventory.things.vnet import VnetSubnet
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.rules.special.unsupported import unlogged_service_in
from nsgflow_core.words import arm_id


def specials_of(scope: Scope, existing: RuleSet | None, known: Inventory) -> tuple[Special, ...]:
    """The special subnets that rules for this scope are for: the subnet itself, or those that its NSG is set on."""
    if scope.subnet:
        subnets = [subnet for _, subnet in subnets_of(scope.subnet, known.vnets)] or [
            VnetSubnet(arm_id.last(scope.subnet), ())
        ]
    else:
        subnets = list(_guarded(existing, known)) if existing else []
    found = [
        Special(kind, subnet.name, *_policies(subnet), unlogged_service_in(subnet))
        for subnet in subnets
        for kind in SUBNET_KINDS.values()
        if subnet.is_of(kind.names, kind.delegations, kind.resources)
    ]
    return tuple(dict.fromkeys(found))


def _policies(subnet: VnetSubnet) -> tuple[str, bool]:
    """How its private endpoint network policies are set, where a file says, and whether an NSG acts with that."""
    acts = subnet.filters_endpoints
    return ("", True) if acts is None else (subnet.endpoint_policies, acts)


def _guarded(rule_set: RuleSet, known: Inventory) -> Iterator[VnetSubnet]:
    """The subnets that an NSG is set on, as the VNets and the NSG itself tell."""
    ids = {arm_id.key(each) for each in rule_set.subnets}
    told: set[str] = set()
    for vnet in known.vnets:
        for subnet in vnet.subnets:
            if arm_id.means(subnet.nsg_id, rule_set.nsg_id, rule_set.name) or arm_id.key(subnet.subnet_id) in ids:
                told.add(arm_id.key(subnet.subnet_id))
                yield subnet
    for each in rule_set.subnets:
        if arm_id.key(each) not in told:
            yield VnetSubnet(arm_id.last(each), (), each)
