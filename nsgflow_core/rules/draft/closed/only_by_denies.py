"""What was denied last and only the deny of the NSG keeps closed: a draft without that deny leaves it to default rules.

Where the NSG's rules were not given its denies are in no draft, and one that their file has not (it is gone, or younger
than the file) is in none either. A draft closes the VNet, mostly not the way out, so a default rule may let in or out
again what such a deny stopped.
"""

from __future__ import annotations

import pandas as pd

from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.words.numbers import counted, first_of
from nsgflow_core.words.vocabulary import Direction, RuleKind

_NAMED = 3
"""So many denies are named."""


def left_to_defaults(
    rule_set: RuleSet, direction: Direction, closed: pd.DataFrame, space: AddressSpace, *, is_known: bool
) -> list[str]:
    """That a default rule surely admits closed cells in the rules of a draft, a sentence for each such default rule.

    `closed` are the cells that the NSG's own rules denied last; `is_known`: the NSG's rules were given.
    """
    cells = closed[closed["rule_kind"] == str(RuleKind.USER)]
    if cells.empty:
        return []
    verdicts = decide_all(rule_set, cells.assign(direction=str(direction)), space)
    defaults = {rule.name for rule in rule_set.towards(direction) if rule.is_default and rule.access is Access.ALLOW}
    is_open = (verdicts["access"] == str(Access.ALLOW)) & verdicts["decided_by"].isin(defaults)
    admitted_by = verdicts.loc[is_open, "decided_by"]
    return [
        _told(default, cells.loc[admitted_by.index[admitted_by == default]], is_known)
        for default in sorted(set(admitted_by))
    ]


def _told(default: str, cells: pd.DataFrame, is_known: bool) -> str:
    denies, first = sorted(set(cells["denied_by"].astype(str))), cells.iloc[0]
    they_are, them, stay = ("it is", "it", "it stays") if len(denies) == 1 else ("they are", "them", "they stay")
    like = f"{first['src_ip']} -> {first['dst_ip']} {first['protocol']} {first['port']}"
    admits = f"{default} admits {counted(len(cells), 'distinct flow')}, like {like}"
    if is_known:
        why = f"{they_are} not in the rules given, where {admits}. If the NSG has {them} still"
    else:
        why = f"without {them} {admits}. The rules of the NSG were not given"
    return f"No rule of the draft closes what {first_of(denies, _NAMED)} denied last: {why}, see that {stay}."
