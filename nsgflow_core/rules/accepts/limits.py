"""How much one NSG takes: Azure's limits of today, and those that older subscriptions may still have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a subscription allows.

    `rules` an NSG holds over both directions. `in_rule`: addresses or ports that one list of a rule holds; `in_nsg`:
    that the lists of one kind hold over all rules of an NSG, None where nothing limits that.
    Source: Microsoft Learn, "Azure subscription limits" (networking); 2,000 and 6,000 since May 2026.
    """

    rules: int = 2_000
    in_rule: int = 6_000
    in_nsg: int | None = None


TODAY = Limits()
OLDER = Limits(1_000, 4_000, 4_000)
"""Before May 2026, when addresses were counted over the whole NSG (the words of Azure's own error)."""

MAX_ASGS_ON_A_SIDE, MAX_ASGS_IN_AN_NSG = 10, 100
"""Application security groups on one side of a rule, and in all rules of an NSG (same page)."""

LIMITS: dict[str, Limits] = {"today": TODAY, "older": OLDER}
"""What can be chosen, by its word."""


def words_of(limits: Limits) -> str:
    """Like "2,000 rules an NSG, 6,000 addresses or ports a rule"."""
    holder = "an NSG" if limits.in_nsg else "a rule"
    return f"{limits.rules:,} rules an NSG, {limits.in_rule:,} addresses or ports {holder}"
