"""The sample estate as the Azure CLI would list it: `az network vnet list`, `az network nsg list`."""

from __future__ import annotations

from typing import Any

from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample import nsgs as rule_tables
from nsgflow_core.sources.sample.estate import SampleSubnet, SampleVnet
from nsgflow_core.sources.sample.logs import nsg_id, vnet_id
from nsgflow_core.sources.sample.nsgs import SampleNsg, SampleRule

_NSG_IDS = {nsg.name: nsg_id(nsg) for nsg in rule_tables.NSGS}


def sample_vnets() -> list[dict[str, Any]]:
    """The VNets, in the shape of `az network vnet list`; each is peered with the hub and with the other spokes."""
    return [_vnet(vnet) for vnet in estate.VNETS]


def sample_nsgs() -> list[dict[str, Any]]:
    """The NSGs as they are at the end of the week, in the shape of `az network nsg list`."""
    return [_nsg(nsg) for nsg in rule_tables.NSGS]


def sample_nsg_names() -> dict[str, str]:
    """What logs call an NSG -> its name.

    VNet flow logs write the NSG's guid or that of the security admin configuration, NSG flow logs the resource id in
    capitals: named here too, so that both logs of one NSG go by one name.
    """
    names = {nsg.guid: nsg.name for nsg in rule_tables.NSGS}
    names |= {nsg_id(nsg).upper(): nsg.name for nsg in rule_tables.NSGS if nsg.nsg_log}
    return names | {rule_tables.ADMIN_CONFIGURATION: rule_tables.ADMIN_CONFIGURATION_NAME}


def _vnet(vnet: SampleVnet) -> dict[str, Any]:
    return {
        "id": vnet_id(vnet.name),
        "name": vnet.name,
        "type": "Microsoft.Network/virtualNetworks",
        "location": estate.REGION,
        "resourceGroup": vnet.resource_group,
        "addressSpace": {"addressPrefixes": list(vnet.space)},
        "subnets": [_subnet(subnet) for subnet in estate.SUBNETS if subnet.vnet == vnet.name],
        "virtualNetworkPeerings": [_peering(vnet, other) for other in estate.VNETS if other != vnet],
    }


def _subnet(subnet: SampleSubnet) -> dict[str, Any]:
    """One prefix is `addressPrefix`, several are `addressPrefixes`, as Azure answers."""
    single = len(subnet.prefixes) == 1
    prefixes = {"addressPrefix": subnet.prefixes[0]} if single else {"addressPrefixes": list(subnet.prefixes)}
    nsg = {"networkSecurityGroup": {"id": _NSG_IDS[subnet.nsg]}} if subnet.nsg else {}
    return {"id": _subnet_id(subnet), "name": subnet.name, **prefixes, **nsg}


def _subnet_id(subnet: SampleSubnet) -> str:
    return f"{vnet_id(subnet.vnet)}/subnets/{subnet.name}"


def _peering(vnet: SampleVnet, other: SampleVnet) -> dict[str, Any]:
    return {
        "id": f"{vnet_id(vnet.name)}/virtualNetworkPeerings/to-{other.name}",
        "name": f"to-{other.name}",
        "peeringState": "Connected",
        "remoteVirtualNetwork": {"id": vnet_id(other.name)},
        "remoteAddressSpace": {"addressPrefixes": list(other.space)},
    }


def _nsg(nsg: SampleNsg) -> dict[str, Any]:
    group = f"{vnet_id('vnet-hub').split('/resourceGroups/')[0]}/resourceGroups/{nsg.resource_group}"
    return {
        "id": nsg_id(nsg),
        "name": nsg.name,
        "type": "Microsoft.Network/networkSecurityGroups",
        "location": estate.REGION,
        "resourceGroup": nsg.resource_group,
        "resourceGuid": nsg.guid,
        "securityRules": [_rule(rule) for rule in nsg.rules],
        "defaultSecurityRules": [_rule(rule) for rule in rule_tables.DEFAULTS],
        "subnets": [{"id": _subnet_id(subnet)} for subnet in estate.SUBNETS if subnet.nsg == nsg.name],
        "networkInterfaces": [
            {"id": f"{group}/providers/Microsoft.Network/networkInterfaces/{vm.name}-nic"}
            for vm in estate.VMS
            if vm.nic_nsg == nsg.name
        ],
    }


def _rule(rule: SampleRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "priority": rule.priority,
        "direction": rule.direction,
        "access": rule.access,
        "protocol": rule.protocol,
        **_one_or_many("sourceAddressPrefix", "sourceAddressPrefixes", rule.source),
        **_one_or_many("sourcePortRange", "sourcePortRanges", "*"),
        **_one_or_many("destinationAddressPrefix", "destinationAddressPrefixes", rule.destination),
        **_one_or_many("destinationPortRange", "destinationPortRanges", rule.ports),
        "description": rule.description,
        "provisioningState": "Succeeded",
    }


def _one_or_many(one: str, many: str, values: str | tuple[str, ...]) -> dict[str, Any]:
    """A single value lies in the singular field with an empty list beside it, several the other way round."""
    texts = [values] if isinstance(values, str) else list(values)
    return {one: texts[0], many: []} if len(texts) == 1 else {one: "", many: texts}
