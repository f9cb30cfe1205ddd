"""What Terraform writes of gateways, admin rules and lookups is what `az` prints of them; what is not read is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from tests.inventory import network

MANAGER = f"{network.NETWORK}/networkManagers/nm"
GROUP = f"{MANAGER}/networkGroups/prod"
COLLECTION = f"{MANAGER}/securityAdminConfigurations/c/ruleCollections/rc"
RULE = {"name": "no-rdp", "id": f"{COLLECTION}/rules/no-rdp", "priority": 10, "direction": "Inbound", "protocol": "Tcp"}
GATEWAYS = f"{network.NETWORK}/virtualNetworkGateways/vpn", f"{network.NETWORK}/localNetworkGateways/site"
POOL, SITE = ["172.16.0.0/24"], ["192.168.0.0/16", "fd01::/48"]
LOOKED_UP = {"id": f"{network.VNET_ID}/subnets/web", "name": "web"}
AS_AZ: dict[str, dict[str, Any]] = {
    "azurerm_network_manager_admin_rule": {
        **RULE, "access": "AlwaysAllow", "sources": [{"addressPrefix": "10.0.0.0/8", "addressPrefixType": "IPPrefix"}],
        "destinations": [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}],
        "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["3389", "5985-5986"],
    },
    "azurerm_network_manager_admin_rule_collection": {
        "id": COLLECTION, "name": "rc", "appliesToGroups": [{"networkGroupId": GROUP}],
    },
    "azurerm_network_manager_static_member": {
        "id": f"{GROUP}/staticMembers/hub", "name": "hub", "resourceId": network.VNET_ID,
    },
    "azurerm_virtual_network_gateway": {
        "id": GATEWAYS[0], "name": "vpn", "vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": POOL}},
        "ipConfigurations": [{"publicIPAddress": {"id": "/public"}}],
        "bgpSettings": {"bgpPeeringAddresses": [{"defaultBgpIpAddresses": ["10.0.255.30"], "tunnelIpAddresses": []}]},
    },
    "azurerm_local_network_gateway": {
        "id": GATEWAYS[1], "name": "site", "gatewayIpAddress": "203.0.113.9",
        "localNetworkAddressSpace": {"addressPrefixes": SITE},
    },
    "azurerm_subnet": {
        **LOOKED_UP, "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": network.NSG_ID},
        "routeTable": {"id": "/routeTables/rt"},
    },
}  # fmt: skip
AS_TERRAFORM: dict[str, dict[str, Any]] = {
    "azurerm_network_manager_admin_rule": {
        **RULE, "action": "AlwaysAllow", "admin_rule_collection_id": COLLECTION, "description": "",
        "source": [{"address_prefix": "10.0.0.0/8", "address_prefix_type": "IPPrefix"}],
        "destination": [{"address_prefix": "Internet", "address_prefix_type": "ServiceTag"}],
        "source_port_ranges": ["0-65535"], "destination_port_ranges": ["3389", "5985-5986"],
    },
    "azurerm_network_manager_admin_rule_collection": {
        "id": COLLECTION, "name": "rc", "network_group_ids": [GROUP],
        "security_admin_configuration_id": COLLECTION.rpartition("/ruleCollections")[0],
    },
    "azurerm_network_manager_static_member": {
        "id": f"{GROUP}/staticMembers/hub", "name": "hub", "network_group_id": GROUP,
        "target_virtual_network_id": network.VNET_ID,
    },
    "azurerm_virtual_network_gateway": {
        "id": GATEWAYS[0], "name": "vpn", "type": "Vpn", "vpn_client_configuration": [{"address_space": POOL}],
        "ip_configuration": [{"name": "default", "public_ip_address_id": "/public", "subnet_id": "/gatewaysubnet"}],
        "bgp_settings": [{"asn": 65515, "peering_addresses": [{"default_addresses": ["10.0.255.30"]}]}],
    },
    "azurerm_local_network_gateway": {
        "id": GATEWAYS[1], "name": "site", "gateway_address": "203.0.113.9", "address_space": SITE,
    },
    "azurerm_subnet": {
        **LOOKED_UP, "virtual_network_name": "hub", "address_prefixes": ["10.0.1.0/24"],
        "network_security_group_id": network.NSG_ID, "route_table_id": "/routeTables/rt",
    },
}  # fmt: skip


def state(*resources: tuple[str, dict[str, Any]], key: str = "values") -> Inventory:
    """The inventory of a state that holds these."""
    listed = [{"type": kind, "mode": "managed", "name": "this", "values": values} for kind, values in resources]
    return read(
        [("state.json", json.dumps({"terraform_version": "1.9.0", key: {"root_module": {"resources": listed}}}))]
    )


@pytest.mark.parametrize("kind", AS_AZ)
def test_a_resource_is_what_az_prints_of_it(kind: str) -> None:
    printed, written = read([("az.json", json.dumps([AS_AZ[kind]]))]), state((kind, AS_TERRAFORM[kind]))
    assert printed.findings == written.findings == ()
    assert [entry.item for entry in written.entries] == [entry.item for entry in printed.entries]
    assert len(written.entries) == 1


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (
            ("azapi_update_resource", {"type": "Microsoft.Network/virtualNetworks/subnets@2024-05-01",
                                       "resource_id": LOOKED_UP["id"], "body": {"properties": {}}}),
            "What azapi_update_resource sets on 'web' is not read.",
        ),
        (("azurerm_subnet_network_security_group_association", {}), "A plan does not know yet what is set on what"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_said(resource: tuple[str, dict[str, Any]], words: str) -> None:
    vnet = ("azurerm_virtual_network", {"name": "hub", "address_space": ["10.0.0.0/16"]})
    (finding,) = state(vnet, resource, key="planned_values").findings
    assert finding.sentence.startswith(words)


def test_what_azapi_makes_beside_a_network_is_passed_over() -> None:
    other = ("azapi_resource", {"type": "Microsoft.App/jobs@2024-03-01", "name": "x", "body": "{no json"})
    action = ("azapi_update_resource", {"type": "Microsoft.App/jobs@2024-03-01", "name": "x"})
    found = state(("azurerm_virtual_network", {"name": "hub", "address_space": ["10.0.0.0/16"]}), other, action)
    assert ([vnet.name for vnet in found.vnets], found.findings) == (["hub"], ())
