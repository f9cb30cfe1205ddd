"""Rules that a service writes into a customer's NSG by itself: told by their names, and nobody else's to change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.words.numbers import first_of

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Owner:
    """Who writes rules whose names `pattern` matches, without case. A new one is a row in OWNERS.

    `says` is what to know of them. `for_a_time` are rules that come and go: what they admit is no policy.
    """

    key: str
    pattern: re.Pattern[str]
    says: str
    source: str
    for_a_time: bool = False

    def writes(self, name: str) -> bool:
        """True for a name of its rules."""
        return bool(self.pattern.match(name))


OWNERS: tuple[Owner, ...] = (
    Owner(
        "intent-policy",
        re.compile(r"microsoft\..+_useonly_", re.IGNORECASE),
        "The service that the subnet is delegated to writes such rules, and Azure refuses to change or remove them "
        "(error ConflictWithNetworkIntentPolicy)",
        'Microsoft Learn, "Connectivity architecture for Azure SQL Managed Instance" and "Azure Databricks: deploy in '
        'your Azure virtual network"',
    ),
    Owner(
        "kubernetes",
        re.compile(r"k8s-azure-lb_", re.IGNORECASE),
        "Kubernetes (AKS) writes such rules for services of type LoadBalancer, and would write them again; the "
        "service's loadBalancerSourceRanges narrow them",
        'cloud-provider-azure, "securitygroup" (SecurityRuleNamePrefix)',
    ),
    Owner(
        "just-in-time",
        re.compile(r"securitycenter-jitrule", re.IGNORECASE),
        "Just-in-time access of Defender for Cloud writes such rules, and takes those that allow away when their time "
        "is over",
        'Microsoft Learn, "Understanding just-in-time (JIT) VM access"',
        for_a_time=True,
    ),
)


def owner_of(name: str) -> Owner | None:
    """The service that writes rules of this name; None where a person does."""
    return next((owner for owner in OWNERS if owner.writes(name)), None)


def owners_in_words(rules: Iterable[Rule]) -> Iterator[str]:
    """A sentence for each service that wrote some of these rules."""
    names = [rule.name for rule in rules]
    for owner in OWNERS:
        if written := [name for name in names if owner.writes(name)]:
            named = first_of(written, _NAMED)
            yield f"Not touched: {named}. {owner.says}. Source: {owner.source}."
