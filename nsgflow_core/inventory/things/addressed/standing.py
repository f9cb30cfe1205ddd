"""What stands in which subnet, where it says so itself: `az network vnet list` tells it of some kinds alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.addressed.fronts import Front
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.words import arm_id


def with_what_stands(vnets: tuple[Vnet, ...], fronts: Iterable[tuple[str, Front]]) -> tuple[Vnet, ...]:
    """The VNets, whose subnets name what stands in them, by its kind; a template names a subnet without its group."""
    standing: dict[str, list[str]] = {}
    for kind, front in fronts:
        for each in front.subnets:
            own_id = front.front_id or f"/providers/{kind}/{front.name}"
            standing.setdefault(arm_id.key(each), []).append(own_id)
    if not standing:
        return vnets
    return tuple(
        replace(vnet, subnets=tuple(_told(vnet, subnet, standing) for subnet in vnet.subnets)) for vnet in vnets
    )


def _told(vnet: Vnet, subnet: VnetSubnet, standing: dict[str, list[str]]) -> VnetSubnet:
    whole = subnet.subnet_id or (f"{vnet.vnet_id}/subnets/{subnet.name}" if vnet.vnet_id else "")
    relative = f"/providers/{kinds.VNET}/{vnet.name}/subnets/{subnet.name}"
    found = [held for each in (whole, relative) for held in standing.get(arm_id.key(each), ())]
    return replace(subnet, resources=tuple(dict.fromkeys((*subnet.resources, *found)))) if found else subnet
