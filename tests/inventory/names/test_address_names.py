"""What stands behind an address: each kind of resource as its writers have it, and who is told apart how."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.address_names import AddressNames, read_names
from nsgflow_core.words.prefixes import pack
from tests.inventory.network import rest

GROUP = "/subscriptions/s1/resourceGroups/rg-a"
NET, COMPUTE = f"{GROUP}/providers/Microsoft.Network", f"{GROUP}/providers/Microsoft.Compute"
SCALE_SET = f"{COMPUTE}/virtualMachineScaleSets/web/virtualMachines/3"


def nic(name: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{NET}/networkInterfaces/{name}",
        "name": name,
        "ipConfigurations": [{"name": "first", "privateIPAddress": address, "publicIPAddress": None}],
    } | more


def public(name: str, address: str, set_on: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{NET}/publicIPAddresses/{name}",
        "name": name,
        "publicIPAllocationMethod": "Static",
        "ipAddress": address,
        "ipConfiguration": {"id": f"{NET}/{set_on}"} if set_on else None,
    } | more


NETWORK: list[dict[str, Any]] = [
    {"id": f"{COMPUTE}/virtualMachines/vm-shop", "name": "vm-shop", "networkProfile": {"networkInterfaces": []}},
    nic("vm-shop-nic", "10.0.0.4", virtualMachine={"id": f"{COMPUTE}/virtualMachines/VM-SHOP"},
        macAddress="00-0D-3A-00-00-04"),
    nic("alone-nic", "10.0.0.5", macAddress="00-0D-3A-00-00-05", enableIPForwarding=True),
    nic("nic-1", "10.0.0.6", id=f"{SCALE_SET}/networkInterfaces/nic-1", virtualMachine={"id": SCALE_SET}),
    nic("pe-sql.nic.4f", "10.0.0.7", privateEndpoint={"id": f"{NET}/privateEndpoints/pe-sql"}),
    {"id": f"{NET}/privateEndpoints/pe-sql", "name": "pe-sql", "privateLinkServiceConnections": [],
     "networkInterfaces": [{"id": f"{NET}/networkInterfaces/pe-sql.nic.4f"}],
     "customDnsConfigs": [{"fqdn": "a.example", "ipAddresses": ["10.0.0.7"]}]},
    {"id": f"{NET}/privateLinkServices/pls", "name": "pls", "loadBalancerFrontendIpConfigurations": [],
     "ipConfigurations": [{"privateIPAddress": "10.0.0.10"}, {"privateIPAddress": "10.0.0.11"}]},
    {"id": f"{NET}/loadBalancers/lb-in", "name": "lb-in", "loadBalancingRules": [], "frontendIPConfigurations": [
        {"name": "f", "privateIPAddress": "10.0.0.8"}, {"publicIPAddress": {"id": f"{NET}/publicIPAddresses/pip-lb"}}]},
    {"id": f"{NET}/applicationGateways/agw", "name": "agw", "gatewayIPConfigurations": [],
     "frontendIPConfigurations": [{"privateIPAddress": "10.0.0.9"}]},
    {"id": f"{NET}/azureFirewalls/fw", "name": "fw", "threatIntelMode": "Alert",
     "ipConfigurations": [{"privateIPAddress": "10.0.1.4"}]},
    {"id": f"{NET}/bastionHosts/bas", "name": "bas", "scaleUnits": 2,
     "ipConfigurations": [{"publicIPAddress": {"id": f"{NET}/publicIPAddresses/pip-bas"}}]},
    {"id": f"{NET}/virtualNetworkGateways/vpngw", "name": "vpngw", "gatewayType": "Vpn",
     "ipConfigurations": [{"publicIPAddress": {"id": f"{NET}/publicIPAddresses/pip-gw"}}],
     "bgpSettings": {"bgpPeeringAddress": "10.0.2.4,10.0.2.5"},
     "vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": ["192.168.9.0/24"]}}},
    {"id": f"{NET}/localNetworkGateways/office", "name": "office", "gatewayIpAddress": "203.0.113.9",
     "localNetworkAddressSpace": {"addressPrefixes": ["172.16.0.0/16"]}},
    public("pip-lb", "203.0.113.1", "loadBalancers/lb-in/frontendIPConfigurations/p"),
    public("pip-bas", "203.0.113.2", ""),
    public("pip-gw", "203.0.113.3", "virtualNetworkGateways/vpngw/ipConfigurations/c"),
    public("pip-vm", "203.0.113.4", "networkInterfaces/vm-shop-nic/ipConfigurations/first"),
    public("pip-nat", "203.0.113.5", "", natGateway={"id": f"{NET}/natGateways/nat"}),
    public("pip-free", "203.0.113.6", ""),
]  # fmt: skip
NAMES = {
    "10.0.0.4": "vm-shop",
    "10.0.0.5": "alone-nic",
    "10.0.0.6": "web_3",
    "10.0.0.7": "pe-sql",
    "10.0.0.8": "lb-in",
    "10.0.0.9": "agw",
    "10.0.0.10": "pls",
    "10.0.0.11": "pls",
    "10.0.1.4": "fw",
    "10.0.2.4": "vpngw",
    "10.0.2.5": "vpngw",
    "192.168.9.7": "vpngw",
    "172.16.4.5": "office",
    "203.0.113.1": "lb-in",
    "203.0.113.2": "bas",
    "203.0.113.3": "vpngw",
    "203.0.113.4": "vm-shop",
    "203.0.113.5": "nat",
    "203.0.113.6": "pip-free",
    "203.0.113.9": "office",
    "168.63.129.16": "Azure virtual public IP",
    "10.9.9.9": "",
    "203.0.113.200": "",
}


def names_in(resources: object) -> AddressNames:
    return read([("network.json", json.dumps(resources))]).address_names


def named(names: AddressNames, *addresses: str) -> dict[str, str]:
    return {each: names.of(pack(each) or b"").name for each in addresses}


@pytest.mark.parametrize("shape", ["az", "rest", "pages", "graph"])
def test_every_kind_in_every_shape(shape: str) -> None:
    typed = [
        each | {"type": f"Microsoft.{each['id'].split('/providers/Microsoft.')[1].rsplit('/', 1)[0]}"}
        for each in NETWORK
    ]
    written: dict[str, object] = {
        "az": NETWORK,
        "rest": [rest(each) for each in NETWORK],
        "pages": {"value": [rest(each) for each in NETWORK]},
        "graph": {"data": [rest(each) for each in typed if "virtualMachineScaleSets" not in each["id"]]},
    }
    found = read([("network.json", json.dumps(written[shape]))])
    assert found.findings == ()
    wanted = {key: name for key, name in NAMES.items() if shape != "graph" or key != "10.0.0.6"}
    assert named(found.address_names, *wanted) == wanted
    kept = Inventory.from_json(found.to_json())
    assert kept == found
    assert kept.address_names == found.address_names
    assert read_names(found.address_names.to_json()) == found.address_names


STATE: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("private_endpoint", {"private_service_connection": [{"private_ip_address": "10.0.0.4"}]}, ("10.0.0.4",)),
    ("private_endpoint", {"ip_configuration": [{"private_ip_address": "10.0.0.4"}, {"private_ip_address": "10.0.0.5"}],
                          "private_service_connection": [{"private_ip_address": "10.0.0.4"}]},
     ("10.0.0.4", "10.0.0.5")),
    ("private_endpoint", {"custom_dns_configs": [{"fqdn": "a", "ip_addresses": ["10.0.0.4"]}]}, ("10.0.0.4",)),
    ("private_endpoint", {"private_dns_zone_configs": [{"record_sets": [
        {"fqdn": "a", "ip_addresses": ["10.0.0.4"]}, {"fqdn": "b", "ip_addresses": ["10.0.0.5"]}]}]},
     ("10.0.0.4", "10.0.0.5")),
    ("private_link_service", {"nat_ip_configuration": [{"private_ip_address": "10.0.0.4"}]}, ("10.0.0.4",)),
    ("firewall", {"virtual_hub": [{"private_ip_address": "10.0.0.4", "public_ip_addresses": ["203.0.113.1"]}]},
     ("10.0.0.4", "203.0.113.1")),
    ("lb", {"frontend_ip_configuration": [{"private_ip_address": "10.0.0.4"}, {"private_ip_address": "fd00::4"}]},
     ("10.0.0.4", "fd00::4")),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "addresses"), STATE)
def test_a_state_of_terraform_names_every_address(
    kind: str, values: dict[str, Any], addresses: tuple[str, ...]
) -> None:
    made = {
        "mode": "managed",
        "type": f"azurerm_{kind}",
        "name": "a",
        "values": {"id": f"{NET}/x/a", "name": "a"} | values,
    }
    found = names_in({"format_version": "1.0", "values": {"root_module": {"resources": [made]}}})
    assert named(found, *addresses) == dict.fromkeys(addresses, "a")


def test_macs_and_forwarding_are_told() -> None:
    nics = names_in(NETWORK).behind.nics
    assert {mac: (own.label, own.forwards) for mac, own in nics.items()} == {
        "000D3A000004": ("vm-shop", False),
        "000D3A000005": ("alone-nic", True),
    }


def test_two_of_one_name_are_told_apart_and_two_at_one_address_are_both_said() -> None:
    others = [
        nic("a", "10.0.0.4", virtualMachine={"id": f"{COMPUTE}/virtualMachines/web"}),
        nic("b", "10.0.0.5", virtualMachine={"id": COMPUTE.replace("rg-a", "rg-b") + "/virtualMachines/WEB"}),
        nic("c", "10.0.0.4", id=f"{NET}/networkInterfaces/c".replace("rg-a", "rg-c")),
        {
            "id": f"{NET}/loadBalancers/same",
            "name": "same",
            "frontendIPConfigurations": [{"privateIPAddress": "10.1.0.1"}],
        },
        nic("same", "10.1.0.2"),
    ]
    assert named(names_in(others), "10.0.0.4", "10.0.0.5", "10.1.0.1", "10.1.0.2") == {
        "10.0.0.4": "c or rg-a/web",
        "10.0.0.5": "rg-b/WEB",
        "10.1.0.1": "same (load balancer)",
        "10.1.0.2": "same (NIC)",
    }


def test_of_the_tags_that_hold_an_address_the_most_telling_names_it() -> None:
    def tag(name: str, *prefixes: str) -> dict[str, Any]:
        return {"name": name, "properties": {"region": "", "systemService": "", "addressPrefixes": list(prefixes)}}

    values = [
        tag("AzureCloud", "203.0.113.0/24", "2001:db8::/32"),
        tag("AzureCloud.westeurope", "203.0.113.0/25"),
        tag("Storage", "203.0.113.16/28"),
        tag("Storage.WestEurope", "203.0.113.16/29"),
        tag("Sql", "203.0.113.16/30"),
    ]
    names = names_in({"changeNumber": 1, "cloud": "Public", "values": values})
    told = {each: names.of(pack(each) or b"") for each in ("203.0.113.17", "203.0.113.30", "203.0.113.99", "10.0.0.1")}
    assert [(each.name, each.service_tag) for each in told.values()] == [
        ("Storage.WestEurope", "Storage.WestEurope"),
        ("Storage", "Storage"),
        ("AzureCloud.westeurope", "AzureCloud.westeurope"),
        ("", ""),
    ]
    assert names.of(pack("2001:db8::1") or b"").service_tag == "AzureCloud"


def test_hostile_names_are_text_like_any_other() -> None:
    evil = "<img src=x onerror=1> \"'; DROP" + "x" * 200 + "\u202e"
    names = names_in([nic(evil, "10.0.0.4", id="")])
    assert named(names, "10.0.0.4")["10.0.0.4"].startswith("<img src=x")
    assert read_names(names.to_json()) == names
