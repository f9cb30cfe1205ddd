"""NTATopologyDetails: what the inventory holds, a row for each VNet, subnet, NIC, NSG and rule.

The columns are documented, the words of AzureResourceType are not; they are those of the schema 1 table's queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED, TOPOLOGY
from nsgflow_core.stores.kql_on_local.tables.places import subnet_path
from nsgflow_core.stores.kql_on_local.tables.spelling import path_in_group, resource_path
from nsgflow_core.words import arm_id

_KINDS = {"int": pa.int32(), "datetime": pa.timestamp("us"), "real": pa.float64(), "string": pa.string()}


def topology_table(network: Inventory) -> pa.Table:
    """The rows without their time; what a row does not say is "" or null."""
    rows = [*_vnets(network), *_nics(network), *_nsgs(network)]
    columns = {name: kind for name, kind in DOCUMENTED[TOPOLOGY].items() if name in _made(rows)}
    return pa.table(
        {
            name: pa.array([row.get(name, "" if kind == "string" else None) for row in rows], _KINDS[kind])
            for name, kind in columns.items()
        }
    )


def _made(rows: list[dict[str, Any]]) -> set[str]:
    return {"AzureResourceType", "Priority"}.union(*rows)


def _vnets(network: Inventory) -> Iterator[dict[str, Any]]:
    for vnet in network.vnets:
        owned = {
            "Subscription": arm_id.part(vnet.vnet_id, "subscriptions").casefold(),
            "Region": vnet.location.casefold(),
        }
        if vnet.name:
            spaces = " ".join(prefix.text for prefix in vnet.address_space)
            named = path_in_group(vnet.vnet_id or vnet.name)
            yield owned | {"AzureResourceType": "VirtualNetwork", "Name": named, "AddressPrefixes": spaces}
        for subnet in vnet.subnets:
            yield owned | {
                "AzureResourceType": "Subnetwork",
                "Name": subnet_path(vnet, subnet),
                "AddressPrefixes": " ".join(prefix.text for prefix in subnet.prefixes),
                "Nsg": resource_path(subnet.nsg_id),
            }


def _nics(network: Inventory) -> Iterator[dict[str, Any]]:
    for nic in network.of(Nic):
        yield {
            "AzureResourceType": "NetworkInterface",
            "Name": path_in_group(nic.nic_id or nic.name),
            "Subscription": arm_id.part(nic.nic_id, "subscriptions").casefold(),
            "Nsg": resource_path(nic.nsg_id),
            "Subnetwork": " ".join(dict.fromkeys(path_in_group(each.subnet_id) for each in nic.addresses)),
            "PrivateIpAddresses": " ".join(each.address for each in nic.addresses),
            "VirtualMachine": path_in_group(nic.vm_id),
        }


def _nsgs(network: Inventory) -> Iterator[dict[str, Any]]:
    for nsg in network.rule_sets:
        owned = {
            "Subscription": arm_id.part(nsg.nsg_id, "subscriptions").casefold(),
            "Nsg": resource_path(nsg.nsg_id or nsg.name),
        }
        named = path_in_group(nsg.nsg_id or nsg.name)
        yield owned | {"AzureResourceType": "NetworkSecurityGroup", "Name": named}
        yield from (owned | _rule(nsg, rule) for rule in nsg.rules)


def _rule(nsg: RuleSet, rule: Rule) -> dict[str, Any]:
    return {
        "AzureResourceType": "NetworkSecurityRule",
        "Name": rule.name,
        "Access": str(rule.access),
        "Direction": str(rule.direction),
        "Priority": rule.priority,
        "Protocol": rule.protocol,
        "SourceAddressPrefix": ",".join(map(str, rule.sources)),
        "SourcePortRange": ",".join(map(str, rule.source_ports)),
        "DestinationAddressPrefix": ",".join(map(str, rule.destinations)),
        "DestinationPortRange": ",".join(map(str, rule.destination_ports)),
        "RuleType": "Default" if rule.is_default else "User Defined",
        "Description": rule.description,
    }
