"""First match by priority over `az network nsg list`, written apart from the product, for the sample's tests."""

from __future__ import annotations

import ipaddress
from typing import Any

PLATFORM = ipaddress.ip_address("168.63.129.16")
PRIVATE = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "fc00::/7", "169.254.0.0/16")]


def decide(
    nsg: dict[str, Any], spaces: list[str], direction: str, src: str, dst: str, protocol: str, port: int
) -> tuple[str, str]:
    """(Allowed or Denied, rule name)."""
    rules = [*nsg["securityRules"], *nsg["defaultSecurityRules"]]
    for rule in sorted((rule for rule in rules if rule["direction"] == direction), key=lambda rule: rule["priority"]):
        if (
            rule["protocol"].upper() in ("*", protocol)
            and _port(rule["destinationPortRanges"] or [rule["destinationPortRange"]], port)
            and _address(rule["sourceAddressPrefixes"] or [rule["sourceAddressPrefix"]], src, spaces)
            and _address(rule["destinationAddressPrefixes"] or [rule["destinationAddressPrefix"]], dst, spaces)
        ):
            return {"Allow": "Allowed", "Deny": "Denied"}[rule["access"]], rule["name"]
    raise AssertionError("no rule matches")


def _port(texts: list[str], port: int) -> bool:
    for text in texts:
        if text == "*":
            return True
        first, *last = text.split("-")
        if int(first) <= port <= int((last or [first])[0]):
            return True
    return False


def _address(texts: list[str], address: str, spaces: list[str]) -> bool:
    ip = ipaddress.ip_address(address)
    inside = any(ip in ipaddress.ip_network(space) for space in spaces)
    private = any(ip in network for network in PRIVATE)
    tags = {
        "*": True,
        "VirtualNetwork": inside or ip == PLATFORM,
        "AzureLoadBalancer": ip == PLATFORM,
        "Internet": not inside and not private and ip != PLATFORM,
    }
    return any(tags[text] if text in tags else ip in ipaddress.ip_network(text) for text in texts)
