"""`terraform show -json`, or a state file, as resources: those of a state or a plan, with all modules.

A state knows every id; a plan knows names and resource groups only. Source: Terraform's "JSON Output Format"
(values, planned_values, root_module, child_modules), its state files of version 4 (resources, instances, attributes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, inner, items, text
from nsgflow_core.inventory.shapes.terraform import addressed, log_places, manager, network
from nsgflow_core.inventory.shapes.terraform.azapi import AZAPI, azapi_resource

_OURS = "azurerm_"


def terraform_root(fields: Fields) -> Fields:
    """The root module of a state or plan; an empty one for any other document."""
    for key in ("values", "plannedvalues"):
        held = fields.get(key)
        root = held.get("rootmodule") if isinstance(held, dict) else None
        if isinstance(root, dict):
            return root
    return _state_file(fields) if "terraformversion" in fields and "lineage" in fields else {}


def _state_file(fields: Fields) -> Fields:
    """A state file as the root module of it; modules are of no account to a network."""
    return {
        "resources": [
            {"type": text(each, "type"), "mode": text(each, "mode"), "values": inner(instance, "attributes")}
            for each in items(fields, "resources")
            for instance in items(each, "instances")
        ]
    }


def terraform_resources(module: Fields, note: Note) -> Iterator[Fields]:
    """The resources of a module and of its child modules, in ARM's words; others keep their Terraform type.
    What is not read of a network is noted."""
    for resource in items(module, "resources"):
        kind, values = text(resource, "type"), inner(resource, "values")
        if text(resource, "mode") not in ("", "managed", "data"):
            continue
        if kind.startswith(_OURS):
            in_arms_words = _IN_ARMS_WORDS.get(kind)
            yield in_arms_words(values) if in_arms_words else {**values, "type": kind}
        elif kind.startswith(AZAPI) and (found := azapi_resource(kind, values, note)):
            yield found
    for child in items(module, "childmodules"):
        yield from terraform_resources(child, note)


_IN_ARMS_WORDS: dict[str, Callable[[Fields], Fields]] = {
    "azurerm_virtual_network": network.vnet,
    "azurerm_subnet": network.subnet,
    "azurerm_virtual_network_peering": network.peering,
    "azurerm_route_table": network.route_table,
    "azurerm_route": network.route,
    "azurerm_subnet_route_table_association": network.attachment("routetable", "subnet"),
    "azurerm_network_security_group": network.nsg,
    "azurerm_network_security_rule": network.rule,
    "azurerm_network_interface": network.nic,
    "azurerm_lb": addressed.front(kinds.LOAD_BALANCER, "frontendipconfiguration"),
    "azurerm_application_gateway": addressed.front(kinds.APP_GATEWAY, "frontendipconfiguration"),
    "azurerm_private_endpoint": addressed.front(kinds.PRIVATE_ENDPOINT, "privateserviceconnection", "ipconfiguration"),
    "azurerm_private_link_service": addressed.front(kinds.PRIVATE_LINK_SERVICE, "natipconfiguration"),
    "azurerm_firewall": addressed.front(kinds.FIREWALL, "ipconfiguration", "managementipconfiguration"),
    "azurerm_bastion_host": addressed.front(kinds.BASTION, "ipconfiguration"),
    "azurerm_api_management": addressed.api_management,
    "azurerm_virtual_network_gateway": addressed.client_gateway,
    "azurerm_local_network_gateway": addressed.site_gateway,
    "azurerm_network_manager_admin_rule": manager.admin_rule,
    "azurerm_network_manager_admin_rule_collection": manager.admin_collection,
    "azurerm_network_manager_static_member": manager.group_member,
    "azurerm_public_ip": addressed.public_ip,
    "azurerm_linux_virtual_machine": network.vm,
    "azurerm_windows_virtual_machine": network.vm,
    "azurerm_virtual_machine": network.vm,
    "azurerm_network_watcher_flow_log": log_places.flow_log,
    "azurerm_storage_account": log_places.storage_account,
    "azurerm_log_analytics_workspace": log_places.workspace,
    "azurerm_subnet_network_security_group_association": network.attachment("networksecuritygroup", "subnet"),
    "azurerm_network_interface_security_group_association": network.attachment(
        "networksecuritygroup", "networkinterface"
    ),
    "azurerm_network_interface_application_security_group_association": network.attachment(
        "applicationsecuritygroup", "networkinterface"
    ),
}
