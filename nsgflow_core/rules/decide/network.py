"""What is known of the network as rules meet it: one function makes what names stand for in the rules of an NSG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, subnets_of
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.inventory.virtual_network import UNTOLD, Contents, Surroundings, VNetPlace
from nsgflow_core.rules.decide.address_space import AddressSpace, Home


@dataclass(frozen=True)
class Network:
    """The inventory, and the subnet map of a store, which stands in where the inventory has no VNet."""

    known: Inventory = field(default_factory=Inventory)
    subnets: SubnetMap = field(default_factory=SubnetMap)

    def space(self, rule_set: RuleSet | None = None, scope: Scope | None = None) -> AddressSpace:
        """What names stand for in the rules of this NSG: its own VNets, peerings, routes and gateways.

        Where no NSG is known, in the rules of the scope: its subnet's, or wherever a flow's own end is. What is not
        known is open, and `said` says it. What the NSG logged tells more: `evidence.corrected`.
        """
        places, said = self._places(rule_set, scope)
        if not places:
            return self._alone(UNTOLD, said)
        homes = tuple(
            Home(each.vnet, each.own, each.home, self._alone(each.contents, each.contents.said), each.inside)
            for each in places
        )
        every = tuple(dict.fromkeys((*said, *(sentence for each in places for sentence in each.contents.said))))
        return AddressSpace(service_tags=self.known.service_tags, nics=self.known.asgs, homes=homes, said=every)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What has a say in what `VirtualNetwork` holds."""
        return self.known.surroundings if self.known.vnets else Surroundings(_as_one_vnet(self.subnets))

    def _places(self, rule_set: RuleSet | None, scope: Scope | None) -> tuple[Sequence[VNetPlace], tuple[str, ...]]:
        if scope is not None and scope.subnet and rule_set is None:
            held = list(subnets_of(scope.subnet, self.surroundings.vnets))
            if held:
                return self.surroundings.places_in(held), ()
        name = scope.name if scope is not None else "the NSG"
        return self.surroundings.places_of(rule_set or RuleSet(name, ()))

    def _alone(self, contents: Contents, said: tuple[str, ...]) -> AddressSpace:
        return AddressSpace(
            service_tags=self.known.service_tags,
            nics=self.known.asgs,
            more=contents.sure,
            open=contents.open,
            unseen=contents.unseen,
            said=said,
        )


def _as_one_vnet(subnets: SubnetMap) -> tuple[Vnet, ...]:
    """A subnet map as one VNet without a name: it does not tell VNets and peerings apart."""
    space = subnets.address_space or tuple(each.prefix for each in subnets.subnets)
    held = tuple(VnetSubnet(each.name, (each.prefix,)) for each in subnets.subnets)
    return (Vnet("", "", tuple(dict.fromkeys(space)), held),) if space else ()
