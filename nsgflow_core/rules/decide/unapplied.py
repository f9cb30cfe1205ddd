"""Where Azure applies no security admin rules, although their network groups hold the VNet; and which NSG is not asked.

Source: Microsoft Learn, "Security admin rules in Azure Virtual Network Manager", nonapplication of security admin rules
(of whole VNets, and of subnets). What files do not tell: a configuration that applies its Allow rules in such a VNet
all the same (`applyOnNetworkIntentPolicyBasedServices`), and application gateways with network isolation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.words import arm_id


@dataclass(frozen=True, slots=True)
class Skipping:
    """One service: it is known by the names of its subnets, by their delegations, or by what stands in them.

    Names and types in lower case; `in_whole_vnet`: all subnets of its VNet are passed over, not its own alone.
    """

    service: str
    names: frozenset[str]
    types: frozenset[str]
    in_whole_vnet: bool = False

    def is_in(self, subnet: VnetSubnet) -> bool:
        """True when a subnet is of this service."""
        return subnet.is_of(self.names, self.types, self.types)


SKIPPING: tuple[Skipping, ...] = (
    Skipping("Azure SQL Managed Instance", frozenset(), frozenset({"microsoft.sql/managedinstances"}), True),
    Skipping("Azure Databricks", frozenset(), frozenset({"microsoft.databricks/workspaces"}), True),
    Skipping("Azure Application Gateway", frozenset(), frozenset({"microsoft.network/applicationgateways"})),
    Skipping("Azure Bastion", frozenset({"azurebastionsubnet"}), frozenset({"microsoft.network/bastionhosts"})),
    Skipping(
        "Azure Firewall",
        frozenset({"azurefirewallsubnet", "azurefirewallmanagementsubnet"}),
        frozenset({"microsoft.network/azurefirewalls"}),
    ),
    Skipping("Azure Route Server", frozenset({"routeserversubnet"}), frozenset({"microsoft.network/virtualhubs"})),
    Skipping(
        "a VPN or ExpressRoute gateway",
        frozenset({"gatewaysubnet"}),
        frozenset({"microsoft.network/virtualnetworkgateways"}),
    ),
)


def unapplied(vnet: Vnet, subnet: VnetSubnet) -> str:
    """Why no admin rule is applied in a subnet of a VNet, in a sentence; "" where they are."""
    for service in SKIPPING:
        where: Iterable[VnetSubnet] = vnet.subnets if service.in_whole_vnet else (subnet,)
        if any(service.is_in(each) for each in where):
            place = f"the VNet {vnet.name}" if service.in_whole_vnet else f"the subnet {subnet.name} of {vnet.name}"
            return f"Azure applies no security admin rules in {place}, which has {service.service}, unless told to."
    return ""


def lost(reference: str, where: str) -> str:
    """That an NSG is set there, of which no file tells the rules."""
    return f"The NSG {arm_id.last(reference)} of the {where} is in no file: its rules are not known."


def passed_by(reference: str, where: str) -> str:
    """That an NSG does not act on private endpoints there."""
    return (
        f"The NSG {arm_id.last(reference)} is not asked about private endpoints in the {where}: their network policies "
        "are not enabled for NSGs there (Microsoft Learn, Manage network policies for private endpoints)."
    )
