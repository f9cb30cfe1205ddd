"""What stands behind the sample estate's addresses, as Azure would list it: NICs, machines, gateways, tags, places.

Prefixes and network numbers are those kept for documentation (RFC 5737, RFC 3849, RFC 5398): nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nsgflow_core.sources.sample import estate as estate
from nsgflow_core.sources.sample.address_database import write_database
from nsgflow_core.sources.sample.logs import vnet_id
from nsgflow_core.words.prefixes import parse_prefix

NICS_FILE, VMS_FILE, GATEWAYS_FILE = "nics.json", "vms.json", "local-gateways.json"
TAGS_FILE, DATABASE_FILE = "service-tags.json", "whereabouts.mmdb"
_HOMES = {subnet.name: subnet.vnet for subnet in estate.SUBNETS}

SITES = (("site-amsterdam", "172.16.8.0/24"), ("site-porto", "172.16.9.0/24"))
"""Offices behind the gateway: name and prefix."""
TAGS = (
    ("AzureCloud", "192.0.2.0/26"),
    ("AzureCloud.westeurope", "192.0.2.0/27"),
    ("AzureUpdateDelivery", "192.0.2.8/30"),
    ("AzureMonitor.WestEurope", "192.0.2.32/29"),
)
"""Service tags and what they hold here; the tags are Azure's, the prefixes nobody's."""
PLACES = (
    ("203.0.113.0/28", "NL", 64496, "Lowland Fibre"),
    ("203.0.113.16/28", "DE", 64497, "Rheinnetz"),
    ("203.0.113.32/27", "FR", 64498, "Loire Telecom"),
    ("203.0.113.64/26", "ES", 64499, "Ebro Cable"),
    ("203.0.113.128/25", "GB", 64500, "Severn Broadband"),
    ("198.51.100.0/26", "PT", 64501, "Douro Systems"),
    ("198.51.100.64/26", "US", 64502, "Prairie Hosting"),
    ("198.51.100.128/26", "BR", 64503, "Cerrado Dados"),
    ("198.51.100.192/26", "SG", 64504, "Straits Cloud"),
    ("192.0.2.0/26", "IE", 64505, "Example Cloud"),
    ("192.0.2.64/26", "CH", 64506, "Alpine Clearing"),
    ("2001:db8:cafe::/48", "SE", 64507, "Norrland Net"),
)
"""Prefix, country, number and owner of its network."""


def sample_vms() -> list[dict[str, Any]]:
    """The machines, in the shape of `az vm list`."""
    return [
        {
            "id": _vm_id(vm),
            "name": vm.name,
            "type": "Microsoft.Compute/virtualMachines",
            "location": estate.REGION,
            "networkProfile": {"networkInterfaces": [{"id": _nic_id(vm)}]},
        }
        for vm in estate.VMS
    ]


def sample_nics() -> list[dict[str, Any]]:
    """Their NICs, in the shape of `az network nic list`."""
    return [_nic(vm) for vm in estate.VMS]


def sample_gateways() -> list[dict[str, Any]]:
    """The offices behind the hub's gateway, in the shape of `az network local-gateway list`."""
    return [
        {
            "id": f"{_group('vnet-hub')}/providers/Microsoft.Network/localNetworkGateways/{name}",
            "name": name,
            "type": "Microsoft.Network/localNetworkGateways",
            "location": estate.REGION,
            "localNetworkAddressSpace": {"addressPrefixes": [prefix]},
        }
        for name, prefix in SITES
    ]


def sample_tags() -> dict[str, Any]:
    """Service tags, in the shape of Microsoft's weekly file."""
    values = [
        {
            "name": name,
            "id": name,
            "properties": {
                "changeNumber": 1,
                "region": name.partition(".")[2].lower(),
                "platform": "Azure",
                "systemService": "" if name.startswith("AzureCloud") else name.partition(".")[0],
                "addressPrefixes": [prefix],
            },
        }
        for name, prefix in TAGS
    ]
    return {"changeNumber": 1, "cloud": "Public", "values": values}


def sample_database() -> bytes:
    """Countries and networks, in MaxMind's format."""
    return write_database("Sample-Whereabouts", int(estate.START.timestamp()), _places())


def _places() -> Iterator[tuple[Any, dict[str, Any]]]:
    for prefix, country, number, owner in PLACES:
        record = {"autonomous_system_number": number, "autonomous_system_organization": owner}
        yield parse_prefix(prefix), {"country": {"iso_code": country}, **record}


def _nic(vm: estate.SampleVm) -> dict[str, Any]:
    subnet = {"id": f"{vnet_id(_HOMES[vm.subnet])}/subnets/{vm.subnet}"}
    addresses = [each for each in (vm.address, vm.address6) if each]
    return {
        "id": _nic_id(vm),
        "name": f"{vm.name}-nic",
        "type": "Microsoft.Network/networkInterfaces",
        "location": estate.REGION,
        "macAddress": "-".join(vm.mac[at : at + 2] for at in range(0, len(vm.mac), 2)),
        "virtualMachine": {"id": _vm_id(vm)},
        "ipConfigurations": [
            {"name": f"ipconfig{number}", "privateIPAddress": each, "subnet": subnet}
            for number, each in enumerate(addresses, start=1)
        ],
    }


def _group(vnet: str) -> str:
    return vnet_id(vnet).rpartition("/providers/")[0]


def _vm_id(vm: estate.SampleVm) -> str:
    return f"{_group(_HOMES[vm.subnet])}/providers/Microsoft.Compute/virtualMachines/{vm.name}"


def _nic_id(vm: estate.SampleVm) -> str:
    return f"{_group(_HOMES[vm.subnet])}/providers/Microsoft.Network/networkInterfaces/{vm.name}-nic"
