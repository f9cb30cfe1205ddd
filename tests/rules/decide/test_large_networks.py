"""What an estate costs to ask about each of its NSGs: in step with their number, not with its square.

Counted in calls of functions, which no load of the machine changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.beside import not_placed, places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.proof.settings import lacks
from tests.inventory.described import arm_id, inventory_of, nsg

SUBNETS, FEW, MANY = 10, 4, 16
"""Subnets of a VNet, and VNets of the two estates that are compared."""


def estate(vnets: int, with_ids: bool) -> Inventory:
    """VNets whose subnets each have an NSG and two NICs, of which one names that of the next subnet."""
    documents: list[dict[str, Any]] = []
    numbers = [(vnet, at) for vnet in range(vnets) for at in range(SUBNETS)]
    for vnet in range(vnets):
        own = arm_id("virtualNetworks", f"v{vnet}")
        subnets = [
            {"name": f"s{at}", "addressPrefix": f"10.{vnet}.{at}.0/24", "networkSecurityGroup": {"id": guard(vnet, at)}}
            | ({"id": f"{own}/subnets/s{at}"} if with_ids else {})
            for at in range(SUBNETS)
        ]
        space = {"addressPrefixes": [f"10.{vnet}.0.0/16"]}
        kind = "Microsoft.Network/virtualNetworks"
        documents.append({"id": own, "name": f"v{vnet}", "type": kind, "addressSpace": space, "subnets": subnets})
        log = arm_id("networkWatchers", f"w/flowLogs/fl-{vnet}")
        kind = "Microsoft.Network/networkWatchers/flowLogs"
        documents.append({"id": log, "name": f"fl-{vnet}", "type": kind, "targetResourceId": own, "enabled": vnet != 1})
    for vnet, at in numbers:
        documents.append(nsg(f"nsg-{vnet}-{at}", 0))
        subnet = {"id": f"{arm_id('virtualNetworks', f'v{vnet}')}/subnets/s{at}"}
        for host in (4, 5):
            held = {"privateIPAddress": f"10.{vnet}.{at}.{host}", "subnet": subnet}
            documents.append({
                "id": arm_id("networkInterfaces", f"nic-{vnet}-{at}-{host}"),
                "type": "Microsoft.Network/networkInterfaces", "ipConfigurations": [held],
            } | ({"networkSecurityGroup": {"id": guard(vnet, (at + 1) % SUBNETS)}} if host == 5 else {}))  # fmt: skip
    return inventory_of(*documents)


def guard(vnet: int, at: int) -> str:
    """The id of a subnet's NSG."""
    return str(nsg(f"nsg-{vnet}-{at}", 0)["id"])


def spaces(inventory: Inventory) -> None:
    """What names stand for in the rules of each NSG."""
    network = Network(inventory)
    for rule_set in inventory.rule_sets:
        assert network.space(rule_set).homes


def beside(inventory: Inventory) -> None:
    """What stands beside each NSG."""
    ends = Ends(inventory)
    for rule_set in inventory.rule_sets:
        assert places_of(ends, rule_set)
        assert not not_placed(ends, rule_set)


def nowhere(inventory: Inventory) -> None:
    """NSGs of which no file says where they are set."""
    ends = Ends(inventory)
    for at in range(len(inventory.rule_sets)):
        assert not places_of(ends, RuleSet(f"lost-{at}", ()))


def at_addresses(inventory: Inventory) -> None:
    """The ends that addresses are."""
    ends = Ends(inventory)
    for vnet in range(len(inventory.vnets)):
        assert all(ends.of(f"10.{vnet}.{at}.5")[0].nic_nsg for at in range(SUBNETS))


def settings_of_one(inventory: Inventory) -> None:
    """What the flow logs of one NSG leave out."""
    assert lacks(inventory, Scope(nsg="nsg-1-1")) == ["The flow log fl-1 is switched off."]


def settings_of_all(inventory: Inventory) -> None:
    """What the flow logs of all NSGs leave out."""
    assert lacks(inventory, None) == ["The flow log fl-1 is switched off."]


def calls(asked: Callable[[Inventory], None], inventory: Inventory) -> int:
    """How many functions are called, those of the interpreter too."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        asked(inventory)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("with_ids", [True, False])
@pytest.mark.parametrize("asked", [spaces, beside, nowhere, at_addresses, settings_of_one, settings_of_all])
def test_a_larger_estate_costs_each_nsg_no_more(asked: Callable[[Inventory], None], with_ids: bool) -> None:
    few, many = (calls(asked, estate(size, with_ids)) for size in (FEW, MANY))
    assert many / few < 1.3 * MANY / FEW
