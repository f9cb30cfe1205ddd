"""The subnets that files list, looked up by the NSG that they name and by the ids that others name them by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.words import arm_id


class ListedSubnets:
    """The subnets of an estate; each is told by its place among them."""

    def __init__(self, vnets: Sequence[Vnet]) -> None:
        self.vnets = vnets
        self.held = [(vnet, subnet) for vnet in vnets for subnet in _subnets_of(vnet)]
        self.of_nsg = arm_id.References((subnet.nsg_id, at) for at, (_, subnet) in enumerate(self.held))
        self._by_id: dict[str, list[int]] = defaultdict(list)
        self._by_names: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, (vnet, subnet) in enumerate(self.held):
            if subnet.subnet_id:
                self._by_id[arm_id.key(subnet.subnet_id)].append(at)
                continue
            for called in {vnet.name.casefold(), arm_id.last(vnet.vnet_id).casefold()} if vnet.name else {""}:
                self._by_names[called, subnet.name.casefold()].append(at)

    def named(self, subnet_ids: Collection[str]) -> Iterator[int]:
        """Those that some ids name: by their own id, or by VNet and name where the file has no id."""
        for each in subnet_ids:
            yield from self._by_id.get(arm_id.key(each), ())
            name = arm_id.last(each).casefold()
            for called in {arm_id.part(each, "virtualNetworks").casefold(), ""}:
                yield from (at for at in self._by_names.get((called, name), ()) if _may_be(each, self.held[at][0]))

    def near(self, subnet_ids: Collection[str]) -> list[int]:
        """Those of the VNets in which some of these ids may lie; all where there are no ids."""
        vnets = {id(vnet) for vnet in self.vnets if not subnet_ids or any(_may_be(each, vnet) for each in subnet_ids)}
        return [at for at, (vnet, _) in enumerate(self.held) if id(vnet) in vnets]


def _subnets_of(vnet: Vnet) -> tuple[VnetSubnet, ...]:
    """Its subnets; one of no addresses for a VNet of which only the space is known."""
    return vnet.subnets or ((VnetSubnet("", ()),) if vnet.address_space else ())


def _may_be(subnet_id: str, vnet: Vnet) -> bool:
    """True when a subnet's id may lie in this VNet: by the VNet's id, or its name where the file has no id."""
    if not vnet.name:
        return True
    if vnet.vnet_id and arm_id.part(subnet_id, "subscriptions"):
        return arm_id.key(subnet_id).startswith(arm_id.key(vnet.vnet_id) + "/")
    return arm_id.part(subnet_id, "virtualNetworks").casefold() == vnet.name.casefold()
