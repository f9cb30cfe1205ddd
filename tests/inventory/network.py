"""One small network, written in every shape that the inventory reads."""

from __future__ import annotations

import json
from typing import Any

SUB = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001"
GROUP = f"{SUB}/resourceGroups/rg-net"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET_ID, NSG_ID = f"{NETWORK}/virtualNetworks/hub", f"{NETWORK}/networkSecurityGroups/web_nsg"
NIC_ID, ASG_ID = f"{NETWORK}/networkInterfaces/web-1", f"{NETWORK}/applicationSecurityGroups/web"
VM_ID = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web-1"
SPOKE_ID = f"{NETWORK}/virtualNetworks/spoke"
GUID = "bbbbbbbb-0000-4000-8000-000000000001"
NESTED = ("subnets", "virtualNetworkPeerings", "securityRules", "ipConfigurations")
"""Lists of children, which REST writes with `properties` too."""

RULE: dict[str, Any] = {
    "name": "allow-https", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
    "sourceAddressPrefix": "Internet", "sourceAddressPrefixes": [], "sourcePortRange": "*", "sourcePortRanges": [],
    "destinationAddressPrefix": "", "destinationAddressPrefixes": ["10.0.1.0/24", "10.0.2.0/24"],
    "destinationPortRange": "443", "destinationPortRanges": [], "description": "The shop",
}  # fmt: skip
VNET: dict[str, Any] = {
    "id": VNET_ID,
    "name": "hub",
    "type": "Microsoft.Network/virtualNetworks",
    "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
    "subnets": [
        {
            "id": f"{VNET_ID}/subnets/web",
            "name": "web",
            "addressPrefix": "10.0.1.0/24",
            "networkSecurityGroup": {"id": NSG_ID},
        },
        {"id": f"{VNET_ID}/subnets/db", "name": "db", "addressPrefixes": ["10.0.2.0/24", "fd00:2::/64"]},
    ],
    "virtualNetworkPeerings": [
        {"remoteVirtualNetwork": {"id": SPOKE_ID}, "remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
    ],
}
NSG: dict[str, Any] = {
    "id": NSG_ID,
    "name": "web_nsg",
    "type": "Microsoft.Network/networkSecurityGroups",
    "resourceGuid": GUID,
    "securityRules": [RULE],
    "subnets": [{"id": f"{VNET_ID}/subnets/web"}],
}
NIC: dict[str, Any] = {
    "id": NIC_ID,
    "name": "web-1",
    "type": "Microsoft.Network/networkInterfaces",
    "virtualMachine": {"id": VM_ID},
    "ipConfigurations": [
        {
            "name": "first",
            "privateIPAddress": "10.0.1.4",
            "subnet": {"id": f"{VNET_ID}/subnets/web"},
            "applicationSecurityGroups": [{"id": ASG_ID}],
        }
    ],
}
AZ = [VNET, NSG, NIC]


def rest(resource: dict[str, Any]) -> dict[str, Any]:
    """The fields of a resource and of its children under `properties`."""
    inner = {key: value for key, value in resource.items() if key not in ("id", "name", "type")}
    for key in NESTED:
        if key in inner and isinstance(inner[key], list):
            inner[key] = [rest(each) if set(each) - {"id"} else each for each in inner[key]]
    return {**{key: resource[key] for key in ("id", "name", "type") if key in resource}, "properties": inner}


def counted_lists(value: Any) -> Any:
    """As Windows PowerShell 5 writes lists that went through a cmdlet; those of texts as at the end of its depth."""
    if isinstance(value, dict):
        return {key: counted_lists(held) for key, held in value.items()}
    if not isinstance(value, list):
        return value
    is_text = bool(value) and all(isinstance(each, str) for each in value)
    return {"value": " ".join(value) if is_text else [*map(counted_lists, value)], "Count": len(value)}


def pascal(value: Any) -> Any:
    """As PowerShell's objects have it: PascalCase, no type, a list in the singular prefix fields."""
    if isinstance(value, list):
        return [pascal(each) for each in value]
    if not isinstance(value, dict):
        return value
    written = {key[0].upper() + key[1:]: pascal(held) for key, held in value.items() if key != "type"}
    for key in ("SourceAddressPrefix", "DestinationAddressPrefix", "SourcePortRange", "DestinationPortRange"):
        plural = written.pop(f"{key}es", None) or written.pop(f"{key}s", None)
        if key in written:
            written[key] = plural or [written[key]]
    for key in ("Subnets", "SecurityRules"):
        if key in written:
            written[f"{key}Text"] = json.dumps(written[key])
    return written


def arm() -> dict[str, Any]:
    """An exported template: names by parameter, children again by themselves, ids by `resourceId`."""
    nsg = "parameters('networkSecurityGroups_web_nsg_name')"
    nsg_id = f"[resourceId('Microsoft.Network/networkSecurityGroups', {nsg})]"
    web = {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": nsg_id}}
    return {
        "$schema": "deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"networkSecurityGroups_web_nsg_name": {"defaultValue": "web_nsg", "type": "String"}},
        "variables": {"hub": "[toLower('HUB')]"},
        "resources": [
            {"type": "Microsoft.Compute/disks", "name": "d", "properties": {}},
            {"type": NSG["type"], "name": f"[{nsg}]", "properties": {"resourceGuid": GUID}},
            {
                "type": f"{NSG['type']}/securityRules",
                "name": f"[concat({nsg}, '/allow-https')]",
                "properties": {key: value for key, value in RULE.items() if key != "name"},
            },
            _arm_vnet(web),
            {
                "type": f"{VNET['type']}/subnets",
                "name": "[format('{0}/web', variables('hub'))]",
                "properties": web,
            },
            {"type": NIC["type"], "name": "web-1", "properties": rest(NIC)["properties"]},
        ],
    }  # fmt: skip


def _arm_vnet(web: dict[str, Any]) -> dict[str, Any]:
    """The VNet: one subnet among its properties, one as a nested resource."""
    db = rest(VNET)["properties"]["subnets"][1]["properties"]
    peering = {"remoteVirtualNetwork": {"id": SPOKE_ID}, "remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
    return {
        "type": VNET["type"],
        "name": "[variables('hub')]",
        "properties": {
            "addressSpace": VNET["addressSpace"],
            "subnets": [{"name": "web", "properties": web}],
            "virtualNetworkPeerings": [{"name": "to-spoke", "properties": peering}],
        },
        "resources": [{"type": "subnets", "name": "db", "properties": db}],
    }


def terraform() -> dict[str, Any]:
    """A state: the VNet in the root module, the NSG and the NIC in a child module."""
    web = f"{VNET_ID}/subnets/web"
    child = {"address": "module.nsg", "resources": _terraform_nsg_and_nic(web)}
    modules = {"resources": _terraform_vnet(web), "child_modules": [child]}
    return {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": modules}}


def _resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"address": f"{kind}.this", "mode": "managed", "type": kind, "name": "this", "values": values}


def _terraform_rule() -> dict[str, Any]:
    return {
        **{key: RULE[key] for key in ("name", "priority", "direction", "access", "protocol", "description")},
        "source_address_prefix": "Internet", "source_address_prefixes": [], "source_port_range": "*",
        "source_port_ranges": [], "destination_address_prefix": "",
        "destination_address_prefixes": RULE["destinationAddressPrefixes"],
        "destination_port_range": "443", "destination_port_ranges": [],
        "source_application_security_group_ids": [], "destination_application_security_group_ids": [],
    }  # fmt: skip


def _terraform_vnet(web: str) -> list[dict[str, Any]]:
    return [
        _resource("azurerm_resource_group", name="rg-net", location="westeurope"),
        _resource("azurerm_virtual_network", id=VNET_ID, name="hub", address_space=["10.0.0.0/16"], subnet=[]),
        _resource("azurerm_subnet", id=web, name="web", virtual_network_name="hub", address_prefixes=["10.0.1.0/24"]),
        _resource(
            "azurerm_subnet",
            id=f"{VNET_ID}/subnets/db",
            name="db",
            virtual_network_name="hub",
            address_prefixes=["10.0.2.0/24", "fd00:2::/64"],
        ),
        _resource(
            "azurerm_virtual_network_peering",
            id=f"{VNET_ID}/virtualNetworkPeerings/to-spoke",
            name="to-spoke",
            virtual_network_name="hub",
            remote_virtual_network_id=SPOKE_ID,
        ),
    ]


def _terraform_nsg_and_nic(web: str) -> list[dict[str, Any]]:
    return [
        _resource("azurerm_network_security_group", id=NSG_ID, name="web_nsg", security_rule=[_terraform_rule()]),
        _resource("azurerm_subnet_network_security_group_association", subnet_id=web, network_security_group_id=NSG_ID),
        _resource(
            "azurerm_network_interface",
            id=NIC_ID,
            name="web-1",
            virtual_machine_id=VM_ID,
            ip_configuration=[{"name": "first", "private_ip_address": "10.0.1.4", "subnet_id": web}],
        ),
        _resource(
            "azurerm_network_interface_application_security_group_association",
            network_interface_id=NIC_ID,
            application_security_group_id=ASG_ID,
        ),
    ]


GRAPH = [
    {**rest(each), "type": str(each["type"]).lower(), "subscriptionId": SUB.rsplit("/", 1)[-1], "tags": None}
    for each in AZ
]
WHOLE = {
    "az list": AZ,
    "az list of lists": [[VNET], [NSG], [NIC]],
    "REST page": {"value": [rest(each) for each in AZ], "nextLink": None},
    "Resource Graph": {"data": GRAPH},
    "az graph query": {"count": 3, "data": GRAPH, "skip_token": None, "total_records": 3},
    "Resource Graph table": {
        "data": {
            "columns": [{"name": key, "type": "string"} for key in ("id", "name", "type", "properties")],
            "rows": [[row["id"], row["name"], row["type"], row["properties"]] for row in GRAPH],
        }
    },
    "az create": {"newVNet": VNET, "NewNSG": NSG, "NewNIC": NIC},
    "outputs of a deployment": {each["name"]: {"type": "Object", "value": rest(each)} for each in AZ},
    "answers under names": {"when": "2026-11-20", "network": {"hub": {"vnets": [VNET]}, "rest": [NSG, NIC]}},
    "PowerShell": pascal(AZ),
    "PowerShell 5": {"value": pascal(AZ), "Count": 3},
    "PowerShell 5, every list": counted_lists(pascal(AZ)),
    "PowerShell 5, every list but the first": [counted_lists(each) for each in pascal(AZ)],
}
"""Shapes that tell everything."""
PARTIAL = {"ARM": arm(), "ARM export answer": {"template": arm()}, "Terraform": terraform()}
"""Shapes that cannot tell everything: a template knows no ids of its own, Terraform no guid and no remote space."""
