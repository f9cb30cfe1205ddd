"""Services whose traffic no VNet flow log holds, known by what their subnets are delegated to."""

from __future__ import annotations

from nsgflow_core.inventory.things.vnet import VnetSubnet

UNSUPPORTED = {
    "microsoft.containerinstance/containergroups": "Container Instances",
    "microsoft.app/environments": "Container Apps",
    "microsoft.web/serverfarms": "App Service, Functions and Logic Apps",
    "microsoft.web/hostingenvironments": "App Service",
    "microsoft.logic/integrationserviceenvironments": "Logic Apps",
    "microsoft.network/dnsresolvers": "DNS Private Resolver",
    "microsoft.dbformysql/flexibleservers": "Azure Database for MySQL",
    "microsoft.dbformysql/servers": "Azure Database for MySQL",
    "microsoft.dbforpostgresql/flexibleservers": "Azure Database for PostgreSQL",
    "microsoft.dbforpostgresql/singleservers": "Azure Database for PostgreSQL",
    "microsoft.dbformariadb/servers": "Azure Database for MariaDB",
    "microsoft.sql/managedinstances": "SQL Managed Instance",
    "microsoft.netapp/volumes": "NetApp Files",
    "microsoft.powerplatform/vnetaccesslinks": "Power Platform",
    "microsoft.powerplatform/enterprisepolicies": "Power Platform",
}
"""Delegations to services that VNet flow logs do not support (Microsoft Learn, "Virtual network flow logs")."""


def unlogged_service_in(subnet: VnetSubnet) -> str:
    """The service without flow logs that a subnet is delegated to; "" for any other subnet."""
    services = (UNSUPPORTED.get(each.casefold(), "") for each in subnet.delegations)
    return next(filter(None, services), "")
