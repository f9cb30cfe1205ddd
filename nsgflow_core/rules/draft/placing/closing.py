"""The rules below the drafted ones: without them the default rules go on admitting everything inside the VNet.

`AllowVnetInBound` and `AllowVnetOutBound` (65000) admit VirtualNetwork to VirtualNetwork, so a list of allow rules
alone restricts nothing. The closing denies name Tcp and Udp, not `*`: flow logs do not show ICMP everywhere, and a
deny for all protocols would cut what nobody saw. The VirtualNetwork tag holds 168.63.129.16, so an inbound deny would
also stop load balancer probes: an allow for AzureLoadBalancer stands above it.
Source: Microsoft Learn, "Network security groups" and "Virtual network service tags".
"""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, AZURE_LOAD_BALANCER, INTERNET, VIRTUAL_NETWORK, Access, Rule
from nsgflow_core.words.vocabulary import Direction

LOAD_BALANCER_AT, ICMP_AT, DENY_VNET_AT, DENY_INTERNET_AT = 4_000, 4_010, 4_050, 4_070
"""Priorities of the lines below the drafted rules; 4096 is the highest that a rule may have."""

PROBES = "Health probes come from 168.63.129.16, which the closing deny for VirtualNetwork would also match."
CLOSES_VNET = "Closes the VNet: without it the default rule {default} admits everything between subnets."
CLOSES_INTERNET = "Closes the way out to the Internet, which the default rule AllowInternetOutBound leaves open."


@dataclass(frozen=True, slots=True)
class Closing:
    """Which of the lines below are wanted."""

    vnet: bool = True
    internet: bool = False
    load_balancer: bool = True
    icmp: bool = False


def rules_below(direction: Direction, wanted: Closing) -> tuple[Rule, ...]:
    """The load balancer and ICMP allows and the closing denies of one direction, in order."""
    inbound = direction is Direction.INBOUND
    word = direction.lower()
    found: list[Rule] = []
    if inbound and wanted.load_balancer:
        name = "allow-azure-load-balancer-inbound"
        found.append(_rule(name, LOAD_BALANCER_AT, direction, Access.ALLOW, ANY, AZURE_LOAD_BALANCER, ANY, PROBES))
    if wanted.icmp:
        tags = (VIRTUAL_NETWORK, VIRTUAL_NETWORK)
        why = "Flow logs may not show ICMP; ping and path MTU discovery need it."
        found.append(_rule(f"allow-icmp-vnet-{word}", ICMP_AT, direction, Access.ALLOW, "Icmp", *tags, why))
    if wanted.vnet:
        why = CLOSES_VNET.format(default="AllowVnetInBound" if inbound else "AllowVnetOutBound")
        found += _denies(f"deny-vnet-{word}", DENY_VNET_AT, direction, VIRTUAL_NETWORK, VIRTUAL_NETWORK, why)
    if wanted.internet and not inbound:
        found += _denies(f"deny-internet-{word}", DENY_INTERNET_AT, direction, ANY, INTERNET, CLOSES_INTERNET)
    return tuple(found)


def _denies(name: str, at: int, direction: Direction, source: str, destination: str, why: str) -> list[Rule]:
    return [
        _rule(f"{name}-{protocol.lower()}", at + place * 10, direction, Access.DENY, protocol, source, destination, why)
        for place, protocol in enumerate(("Tcp", "Udp"))
    ]


def _rule(
    name: str,
    priority: int,
    direction: Direction,
    access: Access,
    protocol: str,
    source: str,
    destination: str,
    description: str,
) -> Rule:
    return Rule(
        name, priority, direction, access, protocol, (source,), (destination,), ANY_PORTS, description=description
    )


CLOSING_NAMES = frozenset(
    rule.name
    for direction in Direction
    for rule in rules_below(direction, Closing(vnet=True, internet=True, load_balancer=True, icmp=True))
)
"""The names of all rules that can stand below a draft."""
