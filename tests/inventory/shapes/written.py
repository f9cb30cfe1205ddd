"""The network as tools write it that stand between people and Azure: what Bicep compiles, and the azapi provider."""

from __future__ import annotations

import json
from typing import Any

from tests.inventory.network import NIC, NSG, VNET, rest, terraform


def bicep() -> dict[str, Any]:
    """What Bicep compiles two loops and a module to."""
    rule = {
        **{"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "Internet"},
        **{"sourcePortRange": "*", "destinationAddressPrefix": "*"},
        "priority": "[add(100, mul(copyIndex('securityRules'), 10))]",
        "destinationPortRange": "[string(parameters('web_ports')[copyIndex('securityRules')])]",
    }
    name = "[format('allow-{0}', parameters('web_ports')[copyIndex('securityRules')])]"
    count = "[length(parameters('web_ports'))]"
    rules = {"name": "securityRules", "count": count, "input": {"name": name, "properties": rule}}
    module = {
        "parameters": {"name": {"type": "string"}, "web_ports": {"type": "array"}},
        "resources": [{"type": NSG["type"], "name": "[parameters('name')]", "properties": {"copy": [rules]}}],
        "outputs": {"id": {"type": "string", "value": f"[resourceId('{NSG['type']}', parameters('name'))]"}},
    }
    handed = {"name": {"value": "web_nsg"}, "web_ports": {"value": "[variables('ports')]"}}
    options = {"scope": "inner"}
    put_out = "reference(resourceId('Microsoft.Resources/deployments', 'nsg-module'), '2022-09-01').outputs.id.value"
    subnet = {
        "addressPrefix": "[cidrSubnet('10.0.0.0/16', 24, copyIndex('subnets'))]",
        "networkSecurityGroup": f"[if(equals(copyIndex('subnets'), 0), createObject('id', {put_out}), null())]",
    }
    names = "[createArray('web', 'db')[range(0, 2)[copyIndex('subnets')]]]"
    subnets = {"name": "subnets", "count": "[length(range(0, 2))]", "input": {"name": names, "properties": subnet}}
    return {
        "$schema": "deploymentTemplate.json#",
        "variables": {"copy": [{"name": "ports", "count": 2, "input": "[add(443, mul(8000, copyIndex('ports')))]"}]},
        "resources": [
            {
                **{"type": "Microsoft.Resources/deployments", "name": "nsg-module"},
                "properties": {"expressionEvaluationOptions": options, "parameters": handed, "template": module},
            },
            {
                **{"type": VNET["type"], "name": "hub"},
                "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "copy": [subnets]},
            },
        ],
    }


def azapi() -> dict[str, Any]:
    """A state of Azure Verified Modules: a resource for the VNet and for each child, NSGs by azurerm beside them."""
    vnet, nic = rest(VNET), rest(NIC)
    children = {key: vnet["properties"].pop(key) for key in ("subnets", "virtualNetworkPeerings")}
    resources = [_azapi(VNET["type"], VNET["id"], {"properties": vnet["properties"]})]
    for key, listed in children.items():
        for each in listed:
            name = each.get("name", "to-spoke")
            written = json.dumps({"properties": each["properties"]}) if name == "web" else each
            resources.append(_azapi(f"{VNET['type']}/{key}", f"{VNET['id']}/{key}/{name}", written))
    resources.append(_azapi(NIC["type"], NIC["id"], {"properties": nic["properties"]}))
    given = terraform()
    modules = given["values"]["root_module"]["child_modules"]
    modules[0]["resources"] = [each for each in modules[0]["resources"] if "interface" not in each["type"]]
    given["values"]["root_module"]["resources"] = resources
    return given


def _azapi(arm_type: str, arm_id: str, body: Any) -> dict[str, Any]:
    parent = arm_id.rsplit("/", 2)[0].removesuffix("/providers/Microsoft.Network")
    values = {"type": f"{arm_type}@2024-05-01", "name": arm_id.rsplit("/", 1)[1], "parent_id": parent, "body": body}
    return {
        "address": "azapi_resource.this",
        "mode": "managed",
        "type": "azapi_resource",
        "values": {**values, "id": arm_id},
    }


def planned(state: dict[str, Any]) -> dict[str, Any]:
    """The same before it is applied: no resource has an id."""
    text = json.dumps(state["values"])
    values = json.loads(text)
    for module in (values["root_module"], *values["root_module"]["child_modules"]):
        for each in module["resources"]:
            each["values"].pop("id", None)
    return {"terraform_version": "1.9.0", "planned_values": values}
