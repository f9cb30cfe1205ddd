"""The proof that rules open no closed cell: each is decided by the rules in order, as Azure would.

A rule opens a cell when it possibly matches it and no deny ahead of it surely does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.matching import Matching
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import is_among
from nsgflow_core.words.vocabulary import Direction

REOPENED = ("src_ip", "dst_ip", "protocol", "port", "denied_by", "denied_since", "opened_by")


def opened_by_each(rules: Sequence[Rule], closed: pd.DataFrame, space: AddressSpace) -> tuple[NDArray[np.bool_], Codes]:
    """Of rules in order: whether each opens a closed cell; of each cell, the place of the first that does, or -1."""
    opens = np.zeros(len(rules), dtype=np.bool_)
    if closed.empty or not rules:
        return opens, np.full(len(closed), -1, dtype=np.int64)
    matching = Matching(rules, closed, space)
    waiting = np.ones(matching.size, dtype=np.bool_)
    first = np.full(matching.size, -1, dtype=np.int64)
    for place, rule in enumerate(rules):
        maybe, sure = matching.meet(place, waiting)
        if rule.access is Access.DENY:
            waiting[sure] = False
            continue
        met = np.concatenate([maybe, sure])
        opens[place] = bool(met.size)
        first[met] = np.where(first[met] < 0, place, first[met])
    return opens, first[matching.combination]


def reopened(rule_set: RuleSet, direction: Direction, closed: pd.DataFrame, space: AddressSpace) -> pd.DataFrame:
    """The closed cells of a direction that a rule of the set opens, surely or possibly; columns REOPENED.

    The deny that each undoes is `denied_by`. Default rules are not asked: what they admit, the draft did not open.
    """
    rules = [rule for rule in rule_set.towards(direction) if not rule.is_default]
    _, first = opened_by_each(rules, closed, space)
    rows = np.flatnonzero(first >= 0)
    names = pd.Series([rules[place].name for place in first[rows]], dtype="object", index=closed.index[rows])
    return closed.iloc[rows].assign(opened_by=names)[list(REOPENED)].reset_index(drop=True)


def reopened_by(
    allow: Rule, denies: Sequence[Rule], closed: pd.DataFrame, space: AddressSpace, *, surely: bool = False
) -> pd.DataFrame:
    """The closed cells that one allow rule opens among these denies, whatever other rule opens them too; REOPENED.

    `surely`: only those that it surely matches, where tags and groups may hold what no file tells.
    """
    ahead = sorted((deny for deny in denies if deny.priority < allow.priority), key=lambda deny: deny.priority)
    _, first = opened_by_each([*ahead, allow], closed, space)
    met = closed.iloc[np.flatnonzero(first >= 0)]
    if surely and len(met):
        matching = Matching([allow], met, space)
        _, sure = matching.meet(0, np.ones(matching.size, dtype=np.bool_))
        met = met[np.isin(matching.combination, sure)]
    return met.assign(opened_by=allow.name)[list(REOPENED)].reset_index(drop=True)


def provable(closed: pd.DataFrame, let_in: pd.DataFrame) -> pd.DataFrame:
    """The closed cells whose ends are addresses (of any other nothing can be proved), without those that are let in."""
    if closed.empty:
        return closed.reset_index(drop=True)
    chosen = ~is_among(closed[list(FLOW_KEY)], let_in[list(FLOW_KEY)])
    for side in ("src_ip", "dst_ip"):
        codes, texts = pd.factorize(closed[side])
        chosen &= np.array([pack(str(text)) is not None for text in texts.to_numpy(dtype=object)], dtype=np.bool_)[
            codes
        ]
    return closed[chosen].reset_index(drop=True)
