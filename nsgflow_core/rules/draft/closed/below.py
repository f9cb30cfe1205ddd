"""Which of the allow rules below the drafted ones would open what was denied last, each judged alone.

What a special subnet needs stays where only a tag that no file tells might open a closed cell: the Internet knocks at
the ports of every gateway, and without the rule for GatewayManager Azure refuses the NSG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.inventory.rule import Access, Rule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.closed.proof import reopened_by
from nsgflow_core.rules.special.base import REQUIRED


@dataclass(frozen=True)
class Below:
    """The closing rules that are written, and a sentence for each that is not, or that may open a closed cell."""

    rules: tuple[Rule, ...]
    said: tuple[str, ...]


def that_open_nothing(
    closing: Sequence[Rule], beside: Sequence[Rule], closed: pd.DataFrame, space: AddressSpace
) -> Below:
    """The closing rules without those that open a closed cell; `beside` are the NSG's rules that stay.

    An allow rule that stays opens nothing that it does not open today.
    """
    denies = [rule for rule in (*beside, *closing) if rule.access is Access.DENY]
    left, said = list[Rule](), list[str]()
    for rule in closing:
        is_needed = rule.name.startswith(REQUIRED) and bool(rule.service_tags)
        opens = pd.DataFrame() if rule.access is Access.DENY else reopened_by(rule, denies, closed, space)
        surely = reopened_by(rule, denies, closed, space, surely=True) if is_needed and len(opens) else opens
        if surely.empty:
            left.append(rule)
        if len(opens):
            said.append(_told(rule, surely if len(surely) else opens, is_written=surely.empty))
    return Below(tuple(left), tuple(said))


def _told(rule: Rule, opens: pd.DataFrame, *, is_written: bool) -> str:
    first = opens.iloc[0]
    deny = first["denied_by"] or "a rule"
    packet = f"{first['src_ip']} to {first['dst_ip']}"
    if is_written:
        tags = " to ".join(rule.service_tags)
        return (
            f"The rule {rule.name} stays, as its subnet needs it: whether it allows {packet}, which {deny} denies, "
            f"no file tells ({tags}). Give --service-tags."
        )
    why = f" {rule.description}" if rule.name.startswith(REQUIRED) else ""
    return f"The rule {rule.name} is left out: it would allow {packet} again, which {deny} denies.{why}"
