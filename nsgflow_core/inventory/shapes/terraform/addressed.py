"""What answers at addresses of its own, and gateways, as the azurerm provider has them.

Source: the azurerm provider's argument references.
"""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, inner, items, text, texts
from nsgflow_core.inventory.shapes.terraform.named import identified


def front(kind: str, *configurations: str) -> Callable[[Fields], Fields]:
    """The reader of a resource with addresses of its own, which the provider writes in blocks of these names."""

    def front(values: Fields) -> Fields:
        own = [each for key in configurations for each in items(values, key)]
        zones = [each for zone in items(values, "privatednszoneconfigs") for each in items(zone, "recordsets")]
        stands_in = [*own, *items(values, "gatewayipconfiguration")]
        return identified(kind, values) | {
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


def api_management(values: Fields) -> Fields:
    """`azurerm_api_management`."""
    subnet = text(inner(values, "virtualnetworkconfiguration"), "subnetid")
    addresses = texts(values, "privateipaddresses", "publicipaddresses")
    return identified(kinds.API_MANAGEMENT, values) | {"subnet": {"id": subnet}, "privateipaddresses": addresses}


def public_ip(values: Fields) -> Fields:
    """`azurerm_public_ip`."""
    return identified(kinds.PUBLIC_IP, values) | {"ipaddress": text(values, "ipaddress")}


def site_gateway(values: Fields) -> Fields:
    """`azurerm_local_network_gateway`."""
    return identified(kinds.SITE_GATEWAY, values) | {
        "gatewayipaddress": text(values, "gatewayaddress"),
        "localnetworkaddressspace": {"addressprefixes": texts(values, "addressspace")},
    }


def client_gateway(values: Fields) -> Fields:
    """`azurerm_virtual_network_gateway`."""
    clients = texts(inner(values, "vpnclientconfiguration"), "addressspace")
    peers = items(inner(values, "bgpsettings"), "peeringaddresses")
    return identified(kinds.CLIENT_GATEWAY, values) | {
        "vpnclientconfiguration": {"vpnclientaddresspool": {"addressprefixes": clients}},
        "ipconfigurations": [
            {
                "subnet": {"id": text(each, "subnetid")},
                "publicipaddress": {"id": text(each, "publicipaddressid")},
            }
            for each in items(values, "ipconfiguration")
        ],
        "bgpsettings": {
            "bgppeeringaddresses": [
                {
                    "defaultbgpipaddresses": texts(each, "defaultaddresses"),
                    "custombgpipaddresses": texts(each, "apipaaddresses"),
                    "tunnelipaddresses": texts(each, "tunnelipaddresses"),
                }
                for each in peers
            ]
        },
    }
