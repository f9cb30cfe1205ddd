"""Gateways: the prefixes of sites behind them, and the addresses that they hand to clients of a VPN.

Sources: REST references "Local Network Gateways - List" (`localNetworkAddressSpace`), "Virtual Network Gateways - List"
(`vpnClientConfiguration.vpnClientAddressPool`, `bgpSettings`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import (
    Fields,
    Note,
    inner,
    items,
    name_of,
    prefixes_of,
    reference,
    text,
    texts,
)
from nsgflow_core.words.prefixes import Prefix, pack


@dataclass(frozen=True, slots=True)
class SiteGateway:
    """A local network gateway: what Azure knows of one site, and which prefixes lie there."""

    name: str
    gateway_id: str = ""
    prefixes: tuple[Prefix, ...] = ()
    address: str = ""
    """Of the device at the site that the tunnel ends at; "" where it is known by name."""


@dataclass(frozen=True, slots=True)
class ClientGateway:
    """A virtual network gateway and the addresses that its VPN clients get; none where it has no such clients."""

    name: str
    gateway_id: str = ""
    client_pool: tuple[Prefix, ...] = ()
    addresses: tuple[str, ...] = ()
    """Its own: those that it speaks BGP from, and its ends of tunnels."""
    public_ips: tuple[str, ...] = ()


def site_gateway_of(fields: Fields, note: Note) -> SiteGateway:
    """The local network gateway of a resource; a prefix that is none is noted and left out."""
    name, space = name_of(fields), texts(inner(fields, "localnetworkaddressspace"), "addressprefixes")
    address = text(fields, "gatewayipaddress")
    prefixes = prefixes_of(space, f"Gateway '{name}'", note)
    return SiteGateway(name, text(fields, "id"), prefixes, address if pack(address) else "")


def site_gateway_fields(gateway: SiteGateway) -> dict[str, Any]:
    """The gateway in the shape of `az network local-gateway show`; `site_gateway_of` reads it back equal."""
    return {
        "type": kinds.SITE_GATEWAY,
        "id": gateway.gateway_id,
        "name": gateway.name,
        "gatewayIpAddress": gateway.address,
        "localNetworkAddressSpace": {"addressPrefixes": [prefix.text for prefix in gateway.prefixes]},
    }


def client_gateway_of(fields: Fields, note: Note) -> ClientGateway:
    """The virtual network gateway of a resource; a prefix that is none is noted and left out."""
    name, clients = name_of(fields), inner(inner(fields, "vpnclientconfiguration"), "vpnclientaddresspool")
    public = [reference(each, "publicipaddress") for each in items(fields, "ipconfigurations")]
    return ClientGateway(
        name,
        text(fields, "id"),
        prefixes_of(texts(clients, "addressprefixes"), f"Gateway '{name}'", note),
        tuple(dict.fromkeys(each for each in _own_addresses(fields) if pack(each))),
        tuple(dict.fromkeys(filter(None, public))),
    )


def client_gateway_fields(gateway: ClientGateway) -> dict[str, Any]:
    """The gateway in the shape of `az network vnet-gateway show`; `client_gateway_of` reads it back equal."""
    pool = {"addressPrefixes": [prefix.text for prefix in gateway.client_pool]}
    return {
        "type": kinds.CLIENT_GATEWAY,
        "id": gateway.gateway_id,
        "name": gateway.name,
        "vpnClientConfiguration": {"vpnClientAddressPool": pool},
        "ipConfigurations": [
            *({"privateIPAddress": each} for each in gateway.addresses),
            *({"publicIPAddress": {"id": each}} for each in gateway.public_ips),
        ],
    }


def _own_addresses(fields: Fields) -> Iterator[str]:
    for each in items(fields, "ipconfigurations"):
        yield text(each, "privateipaddress")
    bgp = inner(fields, "bgpsettings")
    yield from text(bgp, "bgppeeringaddress").split(",")  # of an active-active gateway both, in one text
    for each in items(bgp, "bgppeeringaddresses"):
        yield from texts(each, "defaultbgpipaddresses", "custombgpipaddresses", "tunnelipaddresses")
