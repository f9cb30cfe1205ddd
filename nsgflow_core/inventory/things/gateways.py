"""Gateways: the prefixes of sites behind them, and the addresses that they hand to clients of a VPN.

Sources: REST references "Local Network Gateways - List" (`localNetworkAddressSpace`), "Virtual Network Gateways - List"
(`vpnClientConfiguration.vpnClientAddressPool`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, inner, text, texts
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import Prefix, parse_prefix


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
    name, gateway_id = _named(fields)
    return SiteGateway(name, gateway_id, _prefixes(inner(fields, "localnetworkaddressspace"), name, note))


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
    name, gateway_id = _named(fields)
    pool = inner(inner(fields, "vpnclientconfiguration"), "vpnclientaddresspool")
    return ClientGateway(name, gateway_id, _prefixes(pool, name, note))


def client_gateway_fields(gateway: ClientGateway) -> dict[str, Any]:
    """The gateway in the shape of `az network vnet-gateway show`; `client_gateway_of` reads it back equal."""
    pool = {"addressPrefixes": [prefix.text for prefix in gateway.client_pool]}
    return {
        "type": kinds.CLIENT_GATEWAY,
        "id": gateway.gateway_id,
        "name": gateway.name,
        "vpnClientConfiguration": {"vpnClientAddressPool": pool},
    }


def _named(fields: Fields) -> tuple[str, str]:
    gateway_id = text(fields, "id")
    return arm_id.last(text(fields, "name")) or arm_id.last(gateway_id), gateway_id


def _prefixes(space: Fields, name: str, note: Note) -> tuple[Prefix, ...]:
    found = []
    for written in texts(space, "addressprefixes"):
        try:
            found.append(parse_prefix(written))
        except BadFilter:
            note(f"Gateway '{name}': '{written}' is not a CIDR prefix; it is left out.")
    return tuple(found)
