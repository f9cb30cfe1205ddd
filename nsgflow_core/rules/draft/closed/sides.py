"""On which side of the NSG's own denies each flow stands, and which flows those denies close as the file is.

A drafted rule stands directly ahead of the first deny that would catch its flows, behind all others: what a deny stops
is not opened ahead of it, and what was allowed ahead of it is not cut behind it. A deny that only possibly matches
(through a tag or group whose addresses are not known) surely does where the default rule that admitted the flow shows
both ends inside VirtualNetwork; else it is known not to, where the file's rule that admitted the flow last stands
behind it. So it does where the files tell surely otherwise than the default rule that is logged: they may lack a route.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import DEFAULT_RULES, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.decide.evidence import TO_INTERNET, corrected
from nsgflow_core.rules.decide.matching import Matching
from nsgflow_core.rules.draft.closed.latest import Latest
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.sets.bit_sets import Codes, set_of
from nsgflow_core.words.sets.group_numbers import numbers_of_both
from nsgflow_core.words.vocabulary import Direction

BEHIND_ALL = ""
"""In place of the name of the deny that a flow stands ahead of."""


@dataclass(frozen=True)
class DenySides:
    """Of each flow: the place among the denies of the one that it stands ahead of (their count: behind all of them),
    and of the one that closes it as the file is (-1: none)."""

    ahead_of: Codes
    closed_by: Codes


@dataclass(frozen=True)
class Admitted:
    """Of each flow the priority at which the file has the rule that admitted it last (0: it has none), and the rows by
    which the flows were admitted (FLOW_KEY, direction, rule, rule_kind)."""

    at: Codes
    rows: pd.DataFrame


def sides_of(
    flows: pd.DataFrame,
    stays: Sequence[Rule],
    existing: RuleSet | None,
    direction: Direction,
    space: AddressSpace,
    names: Sequence[str],
    admitted: Callable[[pd.DataFrame], Admitted],
) -> DenySides:
    """The sides of flows (FLOW_KEY, `on_rules`: bits of `names`); `stays` are the NSG's denies that stay, in order;
    `admitted` is asked of few flows."""
    behind_all = np.full(len(flows), len(stays), dtype=np.int64)
    if existing is None or not stays or flows.empty:
        return DenySides(behind_all, np.full(len(flows), -1, dtype=np.int64))
    first, sure = _first_met(stays, flows, space)
    unsure = np.flatnonzero(((first < len(stays)) & ~sure) | told_otherwise(flows, names, direction, space))
    if len(unsure):
        open_to = flows.iloc[unsure]
        by = admitted(open_to)
        space = corrected(space, by.rows, existing)
        first[unsure], _ = _first_met(stays, open_to, space, by.at)
    return DenySides(first, _closed_by(flows, stays, existing, direction, space))


def told_otherwise(
    flows: pd.DataFrame, names: Sequence[str], direction: Direction, space: AddressSpace
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where the default rule that the log names says surely otherwise than the files whether both ends are inside."""
    inside, *_ = (rule for rule in DEFAULT_RULES if rule.direction is direction)
    called = [name.casefold() for name in names]
    found = np.zeros(len(flows), dtype=np.bool_)
    for name, says_inside in ((inside.name.casefold(), True), (TO_INTERNET, False)):
        mask = set_of([name], called)
        logged = np.flatnonzero((flows["on_rules"].to_numpy() & mask) != 0) if mask else np.zeros(0, dtype=np.intp)
        if logged.size:
            matching = Matching([inside], flows.iloc[logged], space)
            maybe, sure = matching.meet(0, np.ones(matching.size, dtype=np.bool_))
            agrees = np.full(matching.size, not says_inside)
            agrees[sure], agrees[maybe] = says_inside, True
            found[logged] |= ~agrees[matching.combination]
    return found


def _first_met(
    stays: Sequence[Rule], flows: pd.DataFrame, space: AddressSpace, admitted_at: Codes | None = None
) -> tuple[Codes, np.ndarray[Any, np.dtype[np.bool_]]]:
    """The place of the first deny that each flow meets, and whether it surely does."""
    matching = Matching(stays, flows, space)
    combination, count = matching.combination, len(stays)
    first = np.full(len(flows), count, dtype=np.int64)
    sure_at = np.full(matching.size, count, dtype=np.int64)
    waiting = np.ones(matching.size, dtype=np.bool_)
    for place, deny in enumerate(stays):
        maybe, sure = matching.meet(place, waiting)
        sure_at[sure], waiting[sure] = place, False
        if maybe.size:
            meets = np.zeros(matching.size, dtype=np.bool_)
            meets[maybe] = True
            met = meets[combination] & (first == count)
            if admitted_at is not None:
                met &= admitted_at <= deny.priority
            first[met] = place
    surely = sure_at[combination]
    return np.minimum(first, surely), surely <= first


def _closed_by(
    flows: pd.DataFrame, stays: Sequence[Rule], existing: RuleSet, direction: Direction, space: AddressSpace
) -> Codes:
    """The place of the deny that surely stops each flow as the file is; -1 for none."""
    packets = flows[list(FLOW_KEY)].assign(direction=str(direction))
    verdicts = decide_all(existing, packets, space)
    places = pd.Series({deny.priority: place for place, deny in enumerate(stays)}, dtype="int64")
    found = verdicts["priority"].map(places).fillna(-1).to_numpy(dtype=np.int64)
    return np.where(verdicts["access"] == str(Access.DENY), found, -1)


def names_ahead(sides: DenySides, closed: Latest, stays: Sequence[Rule]) -> pd.Categorical:
    """The name of the deny that each flow stands ahead of, "" behind all; of a closed one, if it is let in again.

    A deny that is logged to have stopped a flow matches it, whatever is known of the deny's tags.
    """
    places = {deny.name.casefold(): place for place, deny in reversed(list(enumerate(stays)))}
    denied_at = closed.cells["denied_by"].astype(str).str.casefold().map(places).fillna(len(stays)).to_numpy(np.int64)
    stopped_at = np.append(denied_at, len(stays))[closed.closed_by]
    names = pd.Categorical([*(deny.name for deny in stays), BEHIND_ALL])
    held: pd.Categorical = names[np.minimum(sides.ahead_of, stopped_at)].remove_unused_categories()
    return held


def admitted_last(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    flows: pd.DataFrame,
    existing: RuleSet | None,
) -> Admitted:
    """By which rule of the scope's own NSG each of these flows was admitted last, as far as that one logged them."""
    asked = scope.alone.narrow(required_ports.admitted(flow_filter), direction)
    rows = cell_rows(store.fetch(FlowQuery(asked, by=(*FLOW_KEY, "rule", "rule_kind"), measures=("last_seen",))))
    of_flows, of_rows, count = numbers_of_both(flows[list(FLOW_KEY)], rows[list(FLOW_KEY)])
    rules = () if existing is None else existing.with_defaults().towards(direction)
    known = {rule.name.casefold(): rule.priority for rule in rules if rule.access is Access.ALLOW}
    at = rows["rule"].astype(str).str.casefold().map(known).fillna(0).to_numpy(dtype=np.int64)
    last = np.zeros(count, dtype=np.int64)
    order = np.argsort(rows["last_seen"].to_numpy(), kind="stable")
    last[of_rows[order]] = at[order]
    return Admitted(last[of_flows], rows.assign(direction=str(direction)))
