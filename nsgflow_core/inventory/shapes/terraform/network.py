"""VNets, NSGs, route tables, NICs and machines as the azurerm provider has them.

Source: the azurerm provider's argument references.
"""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, flag, items, text, texts
from nsgflow_core.inventory.shapes.terraform.named import child, identified


def vnet(values: Fields) -> Fields:
    """`azurerm_virtual_network`, with the subnets that it names itself."""
    subnets = [
        {**each, **_set_on(each, nsg="securitygroup"), "delegations": _delegations(each)}
        for each in items(values, "subnet")
    ]
    return identified(kinds.VNET, values) | {
        "location": text(values, "location"),
        "addressspace": {"addressprefixes": texts(values, "addressspace")},
        "subnets": subnets,
    }


def subnet(values: Fields) -> Fields:
    """`azurerm_subnet`; one that is looked up (`data`) tells its NSG and route table, too."""
    return child(kinds.SUBNET, values, "virtualnetworkname") | {
        "addressprefixes": texts(values, "addressprefixes", "addressprefix"),
        "delegations": _delegations(values),
        "privateendpointnetworkpolicies": text(values, "privateendpointnetworkpolicies"),
        **_set_on(values, nsg="networksecuritygroupid"),
    }


def _set_on(subnet: Fields, *, nsg: str) -> Fields:
    """The NSG (by this field) and the route table of a subnet, where it tells them."""
    told = {"networksecuritygroup": text(subnet, nsg), "routetable": text(subnet, "routetableid")}
    return {key: {"id": arm} for key, arm in told.items() if arm}


def _delegations(subnet: Fields) -> list[Fields]:
    services = (each for held in items(subnet, "delegation") for each in items(held, "servicedelegation"))
    return [{"servicename": text(each, "name")} for each in services]


def peering(values: Fields) -> Fields:
    """`azurerm_virtual_network_peering`."""
    return child(kinds.PEERING, values, "virtualnetworkname") | {
        "remotevirtualnetwork": {"id": text(values, "remotevirtualnetworkid")},
        "allowvirtualnetworkaccess": values.get("allowvirtualnetworkaccess"),
        "useremotegateways": values.get("useremotegateways"),
        "peercompletevnets": values.get("peercompletevirtualnetworksenabled"),
    }


def route_table(values: Fields) -> Fields:
    """The provider once said `disable_bgp_route_propagation`, and says `bgp_route_propagation_enabled` since 4.0."""
    disables = flag(values, "disablebgproutepropagation")
    enables = flag(values, "bgproutepropagationenabled")
    return identified(kinds.ROUTE_TABLE, values) | {
        "disablebgproutepropagation": disables if enables is None else not enables,
        "routes": items(values, "route"),
    }


def route(values: Fields) -> Fields:
    """`azurerm_route`."""
    return child(kinds.ROUTE, values, "routetablename") | {
        "addressprefix": text(values, "addressprefix"),
        "nexthoptype": text(values, "nexthoptype"),
    }


def nsg(values: Fields) -> Fields:
    """`azurerm_network_security_group`, with the rules that it names itself."""
    return identified(kinds.NSG, values) | {
        "securityrules": [_rule_fields(each) for each in items(values, "securityrule")]
    }


def rule(values: Fields) -> Fields:
    """`azurerm_network_security_rule`."""
    return child(kinds.RULE, values, "networksecuritygroupname") | _rule_fields(values, with_name=False)


def _rule_fields(values: Fields, *, with_name: bool = True) -> Fields:
    """A rule; the provider writes "" and [] for what is not set."""
    fields = {key: held for key, held in values.items() if key not in ("id", "name", "resourcegroupname")}
    for side in ("source", "destination"):
        asgs = texts(values, f"{side}applicationsecuritygroupids")
        fields[f"{side}applicationsecuritygroups"] = [{"id": each} for each in asgs]
    return fields | ({"name": text(values, "name")} if with_name else {})


def nic(values: Fields) -> Fields:
    """`azurerm_network_interface`."""
    addresses = [
        {
            "name": text(each, "name"),
            "privateipaddress": text(each, "privateipaddress"),
            "subnet": {"id": text(each, "subnetid")},
        }
        for each in items(values, "ipconfiguration")
    ]
    return identified(kinds.NIC, values) | {
        "ipconfigurations": addresses,
        "virtualmachine": {"id": text(values, "virtualmachineid")},
        "macaddress": text(values, "macaddress"),
        "enableipforwarding": values.get("ipforwardingenabled", values.get("enableipforwarding")),
    }


def vm(values: Fields) -> Fields:
    """`azurerm_linux_virtual_machine` and its like."""
    nics = [{"id": each} for each in texts(values, "networkinterfaceids")]
    return identified(kinds.VM, values) | {"networkprofile": {"networkinterfaces": nics}}


def attachment(what: str, target: str) -> Callable[[Fields], Fields]:
    """The reader of an association: what is set (`of`) and where (`to`), by id."""

    def set_on(values: Fields) -> Fields:
        return {
            "type": kinds.ATTACHMENT,
            "what": what,
            "of": text(values, f"{what}id"),
            "to": text(values, f"{target}id"),
        }

    return set_on
