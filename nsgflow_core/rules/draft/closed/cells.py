"""The cells that a draft must leave closed: denied last as the log tells, or by the file though the log only allowed.

A deny that was added after a flow's last connection is in the file and in no row of that flow. It closes the flow all
the same, also where it had denied others before: it was moved or widened since, or an allow ahead of it went.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import Access, Rule, RuleSet
from nsgflow_core.rules.draft.asking import reasons
from nsgflow_core.rules.draft.closed.latest import CLOSED, ELSEWHERE, Latest
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, words_again
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.vocabulary import Direction, RuleKind

FROM_THE_FILE = "Rules"
"""In place of a rule kind: the cell is closed by the rules as they are, and no row of it was denied."""


def with_those_of_the_file(
    logged: Latest,
    flows: pd.DataFrame,
    closed_by: Codes,
    stays: Sequence[Rule],
    first_logged: Callable[[], Any],
    began: Callable[[pd.DataFrame], pd.Series[Any]],
) -> Latest:
    """All closed cells: those that the log closed, and of the allowed flows those that a deny of the file stops.

    `closed_by` is the place among `stays` of the deny that surely stops each flow (-1: none); `first_logged` tells when
    each rule, by name in lower case, first denied anything (before the flow was let pass, that dates nothing); `began`
    when the last connection of some flows began: one that goes on after a deny was added was let pass before it.
    """
    rows = np.flatnonzero((closed_by >= 0) & (logged.closed_by < 0))
    if not len(rows):
        return logged
    names = np.array([deny.name for deny in stays], dtype=object)[closed_by[rows]]
    since = pd.to_datetime(pd.Series(names).str.casefold().map(first_logged()), utc=True).astype("datetime64[us, UTC]")
    until = logged.allowed_at.iloc[rows].reset_index(drop=True)
    after = (since < until).to_numpy()
    if after.any():
        until[after] = began(flows.iloc[rows[after]]).to_numpy()
    more = words_again(flows.iloc[rows][list(FLOW_KEY)]).reset_index(drop=True)
    more = more.assign(
        denied_by=names, rule_kind=FROM_THE_FILE, denied_since=since.mask(since < until), allowed_until=until
    )
    places = logged.closed_by.copy()
    places[rows] = len(logged.cells) + np.arange(len(rows))
    closed = pd.concat([logged.cells, more[list(CLOSED)]], ignore_index=True) if len(logged.cells) else more
    return Latest(closed, places, logged.allowed_at, logged.partial)


def reason_each(closed: pd.DataFrame, existing: RuleSet | None, direction: Direction) -> list[str]:
    """Why each of these closed cells becomes no rule, in the words of the table of reasons."""
    rules = () if existing is None else existing.with_defaults().towards(direction)
    denies = {rule.name.casefold() for rule in rules if rule.access is Access.DENY}
    found = []
    told = (closed[name] for name in ("denied_by", "rule_kind", "denied_since", "allowed_until"))
    for rule, kind, since, until in zip(*told, strict=True):
        if kind == ELSEWHERE:
            reason = reasons.STOPPED_ELSEWHERE if pd.isna(until) else reasons.DENIED_ELSEWHERE
        elif kind == FROM_THE_FILE:
            reason = reasons.DENIED_IN_FILE if pd.isna(since) else reasons.DENIED_IN_FILE_AND_LOGGED
        elif existing is not None and kind == str(RuleKind.USER) and str(rule).casefold() not in denies:
            reason = reasons.DENIED_BY_A_RULE_THAT_IS_GONE
        else:
            reason = reasons.DENIED_SINCE
        found.append(reason.words)
    return found


def with_denial(set_apart: pd.DataFrame) -> pd.Series[str]:
    """The reasons of flows set apart, with the deny that closed them, since when, and when they were last allowed."""
    told = [set_apart[name].dt.strftime("%Y-%m-%d %H:%M UTC") for name in ("denied_since", "allowed_until")]
    since = (" since " + told[0]).where(told[0].notna(), "")
    until = (", allowed until " + told[1]).where(told[1].notna(), "")
    denial = " (" + set_apart["denied_by"].astype(str) + since + until + ")"
    return set_apart["reason"].where(set_apart["denied_by"] == "", set_apart["reason"] + denial)
