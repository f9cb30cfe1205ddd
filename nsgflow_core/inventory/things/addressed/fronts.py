"""What answers at an address without being a machine: load balancers, private endpoints, gateways, public IPs.

A private link service sends from its addresses what comes by private endpoints. Sources: REST references "Load
Balancers - List", "Private Endpoints - List", "Private Link Services - List", "Application Gateways - List", "Azure
Firewalls - List", "Bastion Hosts - List", "Api Management Service - List" (`virtualNetworkConfiguration`), "Public IP
Addresses - List" (`ipConfiguration`, `natGateway`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, ids, inner, items, name_of, reference, text, texts
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import pack

_CONFIGURATIONS = ("frontendipconfigurations", "ipconfigurations", "managementipconfiguration")


@dataclass(frozen=True, slots=True)
class Front:
    """A resource that has addresses of its own; ids are of public IPs, and of the NICs that Azure made for it."""

    name: str
    front_id: str = ""
    addresses: tuple[str, ...] = ()
    public_ips: tuple[str, ...] = ()
    nic_ids: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    """Ids of those that it stands in, as far as it says so itself."""


@dataclass(frozen=True, slots=True)
class PublicIp:
    """A public IP address and the id of what it is set on; "" where it is set on nothing, or the file does not say."""

    name: str
    public_ip_id: str = ""
    address: str = ""
    set_on: str = ""


def front_of(fields: Fields, note: Note) -> Front:
    """The addresses of a resource, wherever its type keeps them; what is no address is noted and left out."""
    name = name_of(fields)
    addresses = addresses_in(_written(fields), f"'{name}'", note)
    public = [reference(each, "publicipaddress") for key in _CONFIGURATIONS for each in items(fields, key)]
    nics = ids(fields, "networkinterfaces")
    subnets = tuple(dict.fromkeys(filter(None, _stands_in(fields))))
    return Front(name, text(fields, "id"), addresses, tuple(dict.fromkeys(filter(None, public))), nics, subnets)


def front_fields(front: Front) -> dict[str, Any]:
    """The resource in the shape of `az network lb show`, whatever its kind; `front_of` reads it back equal."""
    private = [{"privateIPAddress": each} for each in front.addresses]
    public = [{"publicIPAddress": {"id": each}} for each in front.public_ips]
    return {
        "id": front.front_id,
        "name": front.name,
        "frontendIPConfigurations": [*private, *public],
        "networkInterfaces": [{"id": each} for each in front.nic_ids],
        "gatewayIPConfigurations": [{"subnet": {"id": each}} for each in front.subnets],
    }


def public_ip_of(fields: Fields, note: Note) -> PublicIp:
    """The public IP of a resource; Azure tells what it is set on by the id of an IP configuration, or a NAT gateway."""
    name = name_of(fields)
    configuration = reference(fields, "ipconfiguration")
    set_on = arm_id.parent(configuration) if configuration else reference(fields, "natgateway")
    address = addresses_in(iter([text(fields, "ipaddress")]), f"'{name}'", note)
    return PublicIp(name, text(fields, "id"), next(iter(address), ""), set_on)


def public_ip_fields(public: PublicIp) -> dict[str, Any]:
    """The public IP in the shape of `az network public-ip show`; `public_ip_of` reads it back equal."""
    return {
        "type": kinds.PUBLIC_IP,
        "id": public.public_ip_id,
        "name": public.name,
        "ipAddress": public.address,
        "natGateway": {"id": public.set_on},
    }


def addresses_in(written: Iterator[str], where: str, note: Note) -> tuple[str, ...]:
    """Those texts that are addresses, each once; others are noted."""
    found = []
    for each in written:
        if each and pack(each) is None:
            note(f"{where}: '{each}' is not an address; it is left out.")
        elif each:
            found.append(each)
    return tuple(dict.fromkeys(found))


def _stands_in(fields: Fields) -> Iterator[str]:
    yield reference(fields, "subnet")
    for key in ("gatewayipconfigurations", "ipconfigurations"):
        yield from (reference(each, "subnet") for each in items(fields, key))
    yield text(inner(fields, "virtualnetworkconfiguration"), "subnetresourceid")


def _written(fields: Fields) -> Iterator[str]:
    yield from texts(fields, "privateipaddresses", "publicipaddresses")
    for key in _CONFIGURATIONS:
        for each in items(fields, key):
            yield text(each, "privateipaddress")
            yield text(inner(each, "publicipaddress"), "ipaddress")
    for each in items(fields, "customdnsconfigs"):
        yield from texts(each, "ipaddresses")
    yield text(inner(fields, "hubipaddresses"), "privateipaddress")
    for each in items(inner(inner(fields, "hubipaddresses"), "publicips"), "addresses"):
        yield text(each, "address")
