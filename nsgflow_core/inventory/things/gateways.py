"""Gateways: the prefixes of sites behind them, and the addresses that they hand to clients of a VPN.

Sources: REST references "Local Network Gateways - List" (`localNetworkAddressSpace`), "Virtual Network Gateways - List"
(`vpnClientConfiguration.vpnClientAddressPool`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, inner, name_of, prefixes_of, text, texts
from nsgflow_core.words.prefixes import Prefix


@dataclass(frozen=True, slots=True)
class SiteGateway:
    """A local network gateway: what Azure knows of one site, and which prefixes lie there."""

    name: str
    gateway_id: str = ""
    prefixes: tuple[Prefix, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientGateway:
    """A virtual network gateway and the addresses that its VPN clients get; none where it has no such clients."""

    name: str
    gateway_id: str = ""
    client_pool: tuple[Prefix, ...] = ()


def site_gateway_of(fields: Fields, note: Note) -> SiteGateway:
    """The local network gateway of a resource; a prefix that is none is noted and left out."""
    name, space = name_of(fields), texts(inner(fields, "localnetworkaddressspace"), "addressprefixes")
    return SiteGateway(name, text(fields, "id"), prefixes_of(space, f"Gateway '{name}'", note))


def site_gateway_fields(gateway: SiteGateway) -> dict[str, Any]:
    """The gateway in the shape of `az network local-gateway show`; `site_gateway_of` reads it back equal."""
    return {
        "type": kinds.SITE_GATEWAY,
        "id": gateway.gateway_id,
        "name": gateway.name,
        "localNetworkAddressSpace": {"addressPrefixes": [prefix.text for prefix in gateway.prefixes]},
    }


def client_gateway_of(fields: Fields, note: Note) -> ClientGateway:
    """The virtual network gateway of a resource; a prefix that is none is noted and left out."""
    name, clients = name_of(fields), inner(inner(fields, "vpnclientconfiguration"), "vpnclientaddresspool")
    return ClientGateway(
        name, text(fields, "id"), prefixes_of(texts(clients, "addressprefixes"), f"Gateway '{name}'", note)
    )


def client_gateway_fields(gateway: ClientGateway) -> dict[str, Any]:
    """The gateway in the shape of `az network vnet-gateway show`; `client_gateway_of` reads it back equal."""
    pool = {"addressPrefixes": [prefix.text for prefix in gateway.client_pool]}
    return {
        "type": kinds.CLIENT_GATEWAY,
        "id": gateway.gateway_id,
        "name": gateway.name,
        "vpnClientConfiguration": {"vpnClientAddressPool": pool},
    }
