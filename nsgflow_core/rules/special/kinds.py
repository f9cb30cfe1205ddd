"""The table of special subnets: what Azure's documentation says of each, and the rules that it asks for."""

from __future__ import annotations

from nsgflow_core.inventory.rule import ANY, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK
from nsgflow_core.rules.special.base import Required, SpecialKind
from nsgflow_core.rules.special.unsupported import UNSUPPORTED
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.vocabulary import Direction

_IN, _OUT = Direction.INBOUND, Direction.OUTBOUND
_NONE: frozenset[str] = frozenset()
_MANAGER = "GatewayManager"


def _bastion(
    name: str, direction: Direction, source: str, destination: str, *ports: int, protocol: str = "Tcp"
) -> Required:
    why = "Azure Bastion needs it (Microsoft Learn, Working with NSG access and Azure Bastion)."
    return Required(f"required-bastion-{name}", direction, protocol, source, destination, ports, why)


def _management(name: str, direction: Direction, source: str, destination: str, *ports: int) -> Required:
    why = "API Management in a VNet needs it (Microsoft Learn, API Management VNet reference)."
    return Required(f"required-apim-{name}", direction, "Tcp", source, destination, ports, why)


def _gateway(name: str, protocol: str, source: str, *ports: tuple[int, int]) -> Required:
    why = "Application Gateway v2 needs it (Microsoft Learn, Application Gateway infrastructure configuration)."
    return Required(f"required-appgw-{name}", _IN, protocol, source, ANY, ports, why)


_ROWS: tuple[SpecialKind, ...] = (
    SpecialKind(
        key="gateway",
        names=frozenset({"gatewaysubnet"}),
        delegations=_NONE,
        resources=frozenset({"microsoft.network/virtualnetworkgateways"}),
        says="{subnet} takes no NSG: Azure refuses one on the subnet of a VPN or ExpressRoute gateway",
        takes_no_nsg=True,
        code="NetworkSecurityGroupCannotBeAttachedToGatewaySubnet",
        source='Microsoft Learn, "About VPN Gateway configuration settings", gateway subnet',
    ),
    SpecialKind(
        key="firewall",
        names=frozenset({"azurefirewallsubnet", "azurefirewallmanagementsubnet"}),
        delegations=_NONE,
        resources=frozenset({"microsoft.network/azurefirewalls"}),
        says="{subnet} takes no NSG that helps: Azure Firewall is managed by the platform, which protects its subnet "
        "and disables NSGs there; filter with the firewall's own rules",
        takes_no_nsg=True,
        code="",
        source='Microsoft Learn, "Azure Firewall FAQ", NSGs on AzureFirewallSubnet; Azure publishes no error code',
    ),
    SpecialKind(
        key="route-server",
        names=frozenset({"routeserversubnet"}),
        delegations=_NONE,
        resources=_NONE,
        says="{subnet} takes no NSG: Azure Route Server does not support one",
        takes_no_nsg=True,
        code="",
        source='Microsoft Learn, "Azure Route Server FAQ"; Azure publishes no error code',
    ),
    SpecialKind(
        key="bastion",
        names=frozenset({"azurebastionsubnet"}),
        delegations=_NONE,
        resources=frozenset({"microsoft.network/bastionhosts"}),
        says="{subnet} needs rules of Azure Bastion's own, or Azure refuses the NSG; a draft that closes has them, and "
        "leaves them open whatever the logs show",
        takes_no_nsg=False,
        code="NetworkSecurityGroupNotCompliantForAzureBastionSubnet",
        source='Microsoft Learn, "Working with NSG access and Azure Bastion"',
        required=(
            _bastion("https-in", _IN, INTERNET, ANY, 443),
            _bastion("gateway-manager-in", _IN, _MANAGER, ANY, 443),
            _bastion("load-balancer-in", _IN, AZURE_LOAD_BALANCER, ANY, 443),
            _bastion("data-plane-in", _IN, VIRTUAL_NETWORK, VIRTUAL_NETWORK, 5701, 8080, protocol="*"),
            _bastion("ssh-rdp-out", _OUT, ANY, VIRTUAL_NETWORK, 22, 3389, protocol="*"),
            _bastion("azure-cloud-out", _OUT, ANY, "AzureCloud", 443),
            _bastion("data-plane-out", _OUT, VIRTUAL_NETWORK, VIRTUAL_NETWORK, 5701, 8080, protocol="*"),
            _bastion("session-out", _OUT, ANY, INTERNET, 80, protocol="*"),
        ),
    ),
    SpecialKind(
        key="application-gateway",
        names=_NONE,
        delegations=frozenset({"microsoft.network/applicationgateways"}),
        resources=frozenset({"microsoft.network/applicationgateways"}),
        says="{subnet} holds an Application Gateway: version 2 needs rules of its own, or Azure refuses the NSG; a "
        "draft that closes has them. Its way out to the Internet must stay open",
        takes_no_nsg=False,
        code="ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
        source='Microsoft Learn, "Application Gateway infrastructure configuration", network security groups',
        required=(
            _gateway("manager-in", "Tcp", _MANAGER, (65_200, 65_535)),
            _gateway("load-balancer-in", "*", AZURE_LOAD_BALANCER),
        ),
        keeps_way_out=True,
    ),
    SpecialKind(
        key="api-management",
        names=_NONE,
        delegations=_NONE,
        resources=frozenset({"microsoft.apimanagement/service"}),
        says="{subnet} holds API Management, which needs rules of its own; a draft that closes has them. Clients from "
        "the Internet (external mode) are drafted as they were seen",
        takes_no_nsg=False,
        code="",
        source='Microsoft Learn, "Virtual network configuration reference: Azure API Management"; no code is published',
        required=(
            _management("management-in", _IN, "ApiManagement", VIRTUAL_NETWORK, 3443),
            _management("load-balancer-in", _IN, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK, 6390),
            _management("storage-out", _OUT, VIRTUAL_NETWORK, "Storage", 443),
            _management("sql-out", _OUT, VIRTUAL_NETWORK, "Sql", 1433),
            _management("key-vault-out", _OUT, VIRTUAL_NETWORK, "AzureKeyVault", 443),
            _management("monitor-out", _OUT, VIRTUAL_NETWORK, "AzureMonitor", 443, 1886),
        ),
    ),
    SpecialKind(
        key="managed-instance",
        names=_NONE,
        delegations=frozenset({"microsoft.sql/managedinstances"}),
        resources=_NONE,
        says="{subnet} is delegated to SQL Managed Instance: Azure keeps rules of its own in its NSG (their names "
        "begin with Microsoft.Sql-managedInstances_UseOnly), which must stay as they are",
        takes_no_nsg=False,
        code="ConflictWithNetworkIntentPolicy",
        source='Microsoft Learn, "Connectivity architecture for Azure SQL Managed Instance", service-aided rules',
    ),
    SpecialKind(
        key="databricks",
        names=_NONE,
        delegations=frozenset({"microsoft.databricks/workspaces"}),
        resources=_NONE,
        says="{subnet} is delegated to Azure Databricks, which keeps rules of its own in its NSG (their names begin "
        "with Microsoft.Databricks-workspaces_UseOnly) and needs all of its machines to reach each other",
        takes_no_nsg=False,
        code="",
        source='Microsoft Learn, "Deploy Azure Databricks in your Azure virtual network", network security group rules',
    ),
    SpecialKind(
        key="private-endpoints",
        names=_NONE,
        delegations=_NONE,
        resources=frozenset({"microsoft.network/privateendpoints", "privateendpoints"}),
        says="{subnet} holds private endpoints: flow logs do not show what arrives at them, so only its sources' logs "
        "tell who uses them, and a deny here cuts what those logs do not cover; their NSG acts only where the subnet's "
        "private endpoint network policies are enabled{policies}",
        takes_no_nsg=False,
        code="",
        source='Microsoft Learn, "Virtual network flow logs" and "Manage network policies for private endpoints"',
    ),
    SpecialKind(
        key="unlogged",
        names=_NONE,
        delegations=frozenset(UNSUPPORTED),
        resources=_NONE,
        says="{subnet} is delegated to {service}, whose traffic VNet flow logs do not hold: only the logs of others "
        "tell who uses it and whom it uses, and a deny here cuts what those do not cover",
        takes_no_nsg=False,
        code="",
        source='Microsoft Learn, "Virtual network flow logs", incompatible services',
    ),
)
SUBNET_KINDS: dict[str, SpecialKind] = {row.key: row for row in _ROWS}
"""Every kind, by its key."""
