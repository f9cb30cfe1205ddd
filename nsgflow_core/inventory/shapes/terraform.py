"""`terraform show -json`, or a state file, as resources: the azurerm provider's of a state or a plan, with all modules.

A state knows every id; a plan knows names and resource groups only. Source: Terraform's "JSON Output Format"
(values, planned_values, root_module, child_modules), its state files of version 4 (resources, instances, attributes),
and the azurerm provider's argument references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, flag, inner, items, text, texts

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


def terraform_resources(module: Fields) -> Iterator[Fields]:
    """The resources of a module and of its child modules, in ARM's words; others keep their Terraform type."""
    for resource in items(module, "resources"):
        kind, values = text(resource, "type"), inner(resource, "values")
        if text(resource, "mode") in ("", "managed", "data") and kind.startswith(_OURS):
            in_arms_words = _IN_ARMS_WORDS.get(kind)
            yield in_arms_words(values) if in_arms_words else {**values, "type": kind}
    for child in items(module, "childmodules"):
        yield from terraform_resources(child)


def _vnet(values: Fields) -> Fields:
    subnets = [
        {**each, "networksecuritygroup": {"id": text(each, "securitygroup")}, "delegations": _delegations(each)}
        for each in items(values, "subnet")
    ]
    return _named(kinds.VNET, values) | {
        "location": text(values, "location"),
        "addressspace": {"addressprefixes": texts(values, "addressspace")},
        "subnets": subnets,
    }


def _subnet(values: Fields) -> Fields:
    return _child(kinds.SUBNET, values, "virtualnetworkname") | {
        "addressprefixes": texts(values, "addressprefixes", "addressprefix"),
        "delegations": _delegations(values),
        "privateendpointnetworkpolicies": text(values, "privateendpointnetworkpolicies"),
    }


def _delegations(subnet: Fields) -> list[Fields]:
    services = (each for held in items(subnet, "delegation") for each in items(held, "servicedelegation"))
    return [{"servicename": text(each, "name")} for each in services]


def _peering(values: Fields) -> Fields:
    return _child(kinds.PEERING, values, "virtualnetworkname") | {
        "remotevirtualnetwork": {"id": text(values, "remotevirtualnetworkid")},
        "allowvirtualnetworkaccess": values.get("allowvirtualnetworkaccess"),
        "useremotegateways": values.get("useremotegateways"),
        "peercompletevnets": values.get("peercompletevirtualnetworksenabled"),
    }


def _route_table(values: Fields) -> Fields:
    """The provider once said `disable_bgp_route_propagation`, and says `bgp_route_propagation_enabled` since 4.0."""
    disables = flag(values, "disablebgproutepropagation")
    enables = flag(values, "bgproutepropagationenabled")
    return _named(kinds.ROUTE_TABLE, values) | {
        "disablebgproutepropagation": disables if enables is None else not enables,
        "routes": items(values, "route"),
    }


def _route(values: Fields) -> Fields:
    return _child(kinds.ROUTE, values, "routetablename") | {
        "addressprefix": text(values, "addressprefix"),
        "nexthoptype": text(values, "nexthoptype"),
    }


def _nsg(values: Fields) -> Fields:
    return _named(kinds.NSG, values) | {"securityrules": [_rule_fields(each) for each in items(values, "securityrule")]}


def _rule(values: Fields) -> Fields:
    return _child(kinds.RULE, values, "networksecuritygroupname") | _rule_fields(values, with_name=False)


def _rule_fields(values: Fields, *, with_name: bool = True) -> Fields:
    """A rule; the provider writes "" and [] for what is not set."""
    fields = {key: held for key, held in values.items() if key not in ("id", "name", "resourcegroupname")}
    for side in ("source", "destination"):
        asgs = texts(values, f"{side}applicationsecuritygroupids")
        fields[f"{side}applicationsecuritygroups"] = [{"id": each} for each in asgs]
    return fields | ({"name": text(values, "name")} if with_name else {})


def _nic(values: Fields) -> Fields:
    addresses = [
        {
            "name": text(each, "name"),
            "privateipaddress": text(each, "privateipaddress"),
            "subnet": {"id": text(each, "subnetid")},
        }
        for each in items(values, "ipconfiguration")
    ]
    return _named(kinds.NIC, values) | {
        "ipconfigurations": addresses,
        "virtualmachine": {"id": text(values, "virtualmachineid")},
        "macaddress": text(values, "macaddress"),
        "enableipforwarding": values.get("ipforwardingenabled", values.get("enableipforwarding")),
    }


def _front(kind: str, *configurations: str) -> Callable[[Fields], Fields]:
    """The reader of a resource with addresses of its own, which the provider writes in blocks of these names."""

    def front(values: Fields) -> Fields:
        own = [each for key in configurations for each in items(values, key)]
        zones = [each for zone in items(values, "privatednszoneconfigs") for each in items(zone, "recordsets")]
        stands_in = [*own, *items(values, "gatewayipconfiguration")]
        return _named(kind, values) | {
            "subnet": {"id": text(values, "subnetid")},
            "gatewayipconfigurations": [{"subnet": {"id": text(each, "subnetid")}} for each in stands_in],
            "frontendipconfigurations": [
                {
                    "privateipaddress": text(each, "privateipaddress"),
                    "publicipaddress": {"id": text(each, "publicipaddressid")},
                }
                for each in own
            ],
            "customdnsconfigs": [*items(values, "customdnsconfigs"), *zones],
            "hubipaddresses": _in_a_hub(inner(values, "virtualhub")),
            "networkinterfaces": items(values, "networkinterface"),
        }

    return front


def _in_a_hub(block: Fields) -> Fields:
    """The addresses of a firewall of Virtual WAN."""
    public = [{"address": each} for each in texts(block, "publicipaddresses")]
    return {"privateipaddress": text(block, "privateipaddress"), "publicips": {"addresses": public}}


def _api_management(values: Fields) -> Fields:
    subnet = text(inner(values, "virtualnetworkconfiguration"), "subnetid")
    addresses = texts(values, "privateipaddresses", "publicipaddresses")
    return _named(kinds.API_MANAGEMENT, values) | {"subnet": {"id": subnet}, "privateipaddresses": addresses}


def _public_ip(values: Fields) -> Fields:
    return _named(kinds.PUBLIC_IP, values) | {"ipaddress": text(values, "ipaddress")}


def _vm(values: Fields) -> Fields:
    nics = [{"id": each} for each in texts(values, "networkinterfaceids")]
    return _named(kinds.VM, values) | {"networkprofile": {"networkinterfaces": nics}}


def _flow_log(values: Fields) -> Fields:
    analytics = inner(values, "trafficanalytics")
    return _named(kinds.FLOW_LOG, values) | {
        "enabled": values.get("enabled"),
        "location": text(values, "location"),
        "targetresourceid": text(values, "targetresourceid") or text(values, "networksecuritygroupid"),
        "storageid": text(values, "storageaccountid"),
        "retentionpolicy": inner(values, "retentionpolicy"),
        "format": {"version": values.get("version")},
        "flowanalyticsconfiguration": {
            "networkwatcherflowanalyticsconfiguration": {
                "enabled": analytics.get("enabled"),
                "workspaceresourceid": text(analytics, "workspaceresourceid"),
                "trafficanalyticsinterval": analytics.get("intervalinminutes"),
            }
        },
    }


def _storage_account(values: Fields) -> Fields:
    sku = "_".join(filter(None, (text(values, "accounttier"), text(values, "accountreplicationtype"))))
    told = {"location": text(values, "location"), "kind": text(values, "accountkind"), "sku": {"name": sku}}
    return _named(kinds.STORAGE_ACCOUNT, values) | told


def _workspace(values: Fields) -> Fields:
    told = {"location": text(values, "location"), "customerid": text(values, "workspaceid")}
    return _named(kinds.WORKSPACE, values) | told


def _attachment(what: str, target: str) -> Callable[[Fields], Fields]:
    """The reader of an association: what is set (`of`) and where (`to`), by id."""

    def attachment(values: Fields) -> Fields:
        return {
            "type": kinds.ATTACHMENT,
            "what": what,
            "of": text(values, f"{what}id"),
            "to": text(values, f"{target}id"),
        }

    return attachment


def _named(kind: str, values: Fields) -> Fields:
    return {
        "type": kind,
        "id": text(values, "id"),
        "name": text(values, "name"),
        "resourcegroup": text(values, "resourcegroupname"),
        "resourceguid": text(values, "guid"),
    }


def _child(kind: str, values: Fields, parent: str) -> Fields:
    name, home = text(values, "name"), text(values, parent)
    return _named(kind, values) | {"name": f"{home}/{name}" if home else name}


_IN_ARMS_WORDS: dict[str, Callable[[Fields], Fields]] = {
    "azurerm_virtual_network": _vnet,
    "azurerm_subnet": _subnet,
    "azurerm_virtual_network_peering": _peering,
    "azurerm_route_table": _route_table,
    "azurerm_route": _route,
    "azurerm_subnet_route_table_association": _attachment("routetable", "subnet"),
    "azurerm_network_security_group": _nsg,
    "azurerm_network_security_rule": _rule,
    "azurerm_network_interface": _nic,
    "azurerm_lb": _front(kinds.LOAD_BALANCER, "frontendipconfiguration"),
    "azurerm_application_gateway": _front(kinds.APP_GATEWAY, "frontendipconfiguration"),
    "azurerm_private_endpoint": _front(kinds.PRIVATE_ENDPOINT, "privateserviceconnection", "ipconfiguration"),
    "azurerm_private_link_service": _front(kinds.PRIVATE_LINK_SERVICE, "natipconfiguration"),
    "azurerm_firewall": _front(kinds.FIREWALL, "ipconfiguration", "managementipconfiguration"),
    "azurerm_bastion_host": _front(kinds.BASTION, "ipconfiguration"),
    "azurerm_api_management": _api_management,
    "azurerm_public_ip": _public_ip,
    "azurerm_linux_virtual_machine": _vm,
    "azurerm_windows_virtual_machine": _vm,
    "azurerm_virtual_machine": _vm,
    "azurerm_network_watcher_flow_log": _flow_log,
    "azurerm_storage_account": _storage_account,
    "azurerm_log_analytics_workspace": _workspace,
    "azurerm_subnet_network_security_group_association": _attachment("networksecuritygroup", "subnet"),
    "azurerm_network_interface_security_group_association": _attachment("networksecuritygroup", "networkinterface"),
    "azurerm_network_interface_application_security_group_association": _attachment(
        "applicationsecuritygroup", "networkinterface"
    ),
}
