"""An NSG as Azure keeps it: security rules as JSON, changed by requests, with Azure's refusals.

Its checks are written apart from nsgflow's, from the documentation and the errors that were reported, so that the two
agree only where both are right.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from typing import Any

Properties = dict[str, Any]


class Refused(Exception):
    """Azure's answer 400: a code and a message."""


class AzureNsg:
    """One NSG: `rules` by name as it was first spelled; `refusals` are the answers that were not 200.

    Of another subscription than its own, where it has one, nothing is taken: there another NSG may be called so.
    """

    def __init__(self, rules: dict[str, Properties], subscription: str = "") -> None:
        self.rules = copy.deepcopy(rules)
        self.subscription = subscription
        self.refusals: list[str] = []

    def take(self, method: str, name: str, content: dict[str, Any] | None) -> None:
        """PUT or DELETE of a security rule. Raises Refused."""
        there = next((held for held in self.rules if held.lower() == name.lower()), None)
        if method == "DELETE":
            if there is not None:
                del self.rules[there]
            return
        properties = dict((content or {})["properties"])
        self._look_at(name, properties)
        others = [held for held in self.rules if held != there]
        for other in others:
            same = [self.rules[other][key] == properties[key] for key in ("priority", "direction")]
            if all(same):
                raise Refused(f"SecurityRuleConflict: {name} conflicts with {other}")
        if len(others) >= 2000:
            raise Refused("SecurityRuleCountLimitReached")
        self.rules[there or name] = properties

    def _look_at(self, name: str, rule: Properties) -> None:
        if not re.match(r"^[A-Za-z0-9]([\w.-]{0,78}\w)?$", name):
            raise Refused(f"InvalidResourceName: {name}")
        if not 100 <= rule["priority"] <= 4096:
            raise Refused(f"SecurityRuleInvalidPriority: {rule['priority']}")
        if len(rule.get("description", "")) > 140:
            raise Refused("description")
        families = set()
        for side in ("source", "destination"):
            families |= self._side(side, rule)
            self._ports(side, rule)
        if len(families) > 1:
            raise Refused("ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies")

    def _side(self, side: str, rule: Properties) -> set[int]:
        one, many = rule.get(f"{side}AddressPrefix"), rule.get(f"{side}AddressPrefixes")
        groups = rule.get(f"{side}ApplicationSecurityGroups")
        if sum(bool(given) for given in (one, many, groups)) != 1:
            raise Refused(f"exactly one of prefix, prefixes, groups: {side}")
        if groups and len(groups) > 10:
            raise Refused("NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached")
        networks = [network for prefix in many or [one or "*"] if (network := self._network(prefix, bool(many)))]
        for place, network in enumerate(networks):
            for other in networks[:place]:
                if network.version == other.version and network.overlaps(other):
                    raise Refused(f"OverlappingSubnetsNotPermittedInSecurityRule: {network} {other}")
        if len(networks) > 6000:
            raise Refused("SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached")
        return {network.version for network in networks}

    def _network(self, prefix: str, is_listed: bool) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        try:
            return ipaddress.ip_network(prefix)
        except ValueError:
            if is_listed:
                raise Refused(f"SecurityRuleParameterContainsUnsupportedValue: {prefix}") from None
            if prefix != "*" and not re.match(r"^[A-Za-z][A-Za-z0-9.]+$", prefix):
                raise Refused(f"SecurityRuleInvalidAddressPrefix: {prefix}") from None
            return None

    def _ports(self, side: str, rule: Properties) -> None:
        one, many = rule.get(f"{side}PortRange"), rule.get(f"{side}PortRanges")
        if bool(one) == bool(many):
            raise Refused(f"exactly one of port range, port ranges: {side}")
        held: set[int] = set()
        for text in many or [one]:
            if text == "*" and not many:
                continue
            first, _, last = text.partition("-")
            if not re.match(r"^\d{1,5}(-\d{1,5})?$", text) or not int(first) <= int(last or first) < 65536:
                raise Refused(f"SecurityRuleInvalidPortRange: {text}")
            span = set(range(int(first), int(last or first) + 1))
            if span & held or rule["protocol"] in ("Icmp", "Esp", "Ah"):
                raise Refused(f"ports {text} of {rule['protocol']}")
            held |= span
