"""The rules below the drafted ones: without them the default rules go on admitting everything inside the VNet.

`AllowVnetInBound` and `AllowVnetOutBound` (65000) admit VirtualNetwork to VirtualNetwork, so a list of allow rules
alone restricts nothing. The closing denies name Tcp and Udp, not `*`: flow logs do not show ICMP everywhere, and a
deny for all protocols would cut what nobody saw. The VirtualNetwork tag holds 168.63.129.16, so an inbound deny would
also stop load balancer probes: an allow for AzureLoadBalancer stands above it.
Source: Microsoft Learn, "Network security groups" and "Virtual network service tags".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK, Access, Rule, RuleSet
from nsgflow_core.words.apart import free_name
from nsgflow_core.words.prefixes import INTERNET
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
    required: tuple[Rule, ...] = ()
    """What a special subnet needs, ahead of the denies."""


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
    found += wanted.required
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands beside drafted rules: the NSG's denies that stay, in order, and the closing rules of the draft.

    `keeps` are the NSG's allow rules that stay as they are, in order (see `keeping.py`). Closing rules have the names
    that they get (unique in the NSG without case), and the priorities that they had in the NSG or should have.
    """

    stays: tuple[Rule, ...]
    closing: tuple[Rule, ...]
    keeps: tuple[Rule, ...] = ()

    @property
    def posts(self) -> tuple[Rule, ...]:
        """All rules of the NSG that stay, in their order."""
        return tuple(sorted((*self.stays, *self.keeps), key=lambda rule: rule.priority))


def standing(
    existing: RuleSet | None, direction: Direction, closing: Sequence[Rule], keeps: Sequence[Rule] = ()
) -> Standing:
    """The user's own denies of a direction, which stay: a draft knows only what should be allowed; and `closing`.

    A closing allow rule that the NSG keeps in other words is not added again.

    A rule of the NSG that says what a closing rule says, under its name and with no allow rule of the user behind it,
    is that closing rule, from an earlier draft. Any other deny stays, whatever it is called.
    """
    if existing is None:
        return Standing((), tuple(closing))
    closing = [each for each in closing if not any(_meaning(rule) == _meaning(each) for rule in keeps)]
    own = [rule for rule in existing.towards(direction) if not rule.is_default]
    earlier = {each.name: next((rule for rule in own if _is(rule, each, own)), None) for each in closing}
    stays = tuple(rule for rule in own if rule.access is Access.DENY and rule not in earlier.values())
    beside = frozenset((*stays, *keeps))
    taken = {name.casefold() for name in existing.unread}
    taken |= {rule.name.casefold() for rule in existing.own_rules if rule.direction is not direction or rule in beside}
    made = []
    for each in closing:
        had = earlier[each.name]
        name = had.name if had else free_name(each.name, taken)
        taken.add(name.casefold())
        made.append(replace(each, name=name, priority=had.priority if had else each.priority))
    return Standing(stays, tuple(made), tuple(keeps))


def _is(rule: Rule, closing: Rule, own: Sequence[Rule]) -> bool:
    """True for the closing rule itself, under its name or one made free; a deny with allows behind closes nothing."""
    named = re.fullmatch(rf"{re.escape(closing.name)}(-\d+)?", rule.name, re.IGNORECASE)
    if named is None or _meaning(rule) != _meaning(closing):
        return False
    return rule.access is Access.ALLOW or not any(
        each.access is Access.ALLOW and each.priority > rule.priority for each in own
    )


def _meaning(rule: Rule) -> Rule:
    sources, destinations = (tuple(map(str.casefold, side)) for side in (rule.sources, rule.destinations))
    return replace(rule, name="", priority=0, description="", sources=sources, destinations=destinations)
