"""The flows of a window as they were logged: the distinct packets, whose they are, each counted once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import DEFAULT_RULES, RuleSet
from nsgflow_core.rules.draft.seen.own_logs import VIEWPOINT, ByNsg, nsgs_logged
from nsgflow_core.stores.base import FlowStore, listed
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import RuleKind

PACKET = ("src_ip", "dst_ip", "protocol", "port", "direction")
_LOGGED = (*PACKET, "decision", "rule", "rule_kind")
_TELLS_WHO = frozenset({*VIEWPOINT, "rule", "rule_kind", "direction"})
MOST_AT_ONCE = 2_000_000
"""Flows of the NSGs that a store is asked about together: all of 300 NSGs at 50 M are 10 such parts."""


def fetch_logged(
    store: FlowStore, flow_filter: FlowFilter, measures: tuple[str, ...] = ("flows",), also: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The distinct packets of a window as they were logged, without platform rows; what a store cannot know is "".

    In the order of `fetch`, with texts as categories: half a million packets share some thousand of them. `also` names
    dimensions that tell rows apart too, where the store knows them.
    """
    by = tuple(name for name in (*_LOGGED, *VIEWPOINT, *also) if name not in store.unsupported)
    logged = listed(store, FlowQuery(filter=flow_filter, by=by, measures=measures))
    partial = {key: value for key, value in logged.attrs.items() if key == "partial"}
    logged = logged[logged["rule_kind"] != str(RuleKind.PLATFORM)] if "rule_kind" in by else logged
    in_order = np.argsort(group_numbers(*(logged[name] for name in by)), kind="stable")
    logged = logged.iloc[in_order].reset_index(drop=True)
    for name in (*_LOGGED, *VIEWPOINT):
        if name not in logged.columns:
            logged[name] = ""
    logged.attrs.update(partial)
    return logged


def logged_by(store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet]) -> FlowFilter:
    """The filter with what the NSGs of these rule sets logged alone (`flows_of` keeps all of that), or as it is.

    As it is where they logged all that there is, and where a store cannot tell who logged a flow, or by which rule.
    """
    if store.unsupported & _TELLS_WHO:
        return flow_filter
    every = nsgs_logged(store, flow_filter)
    by_nsg = ByNsg(every)
    return _of_these(
        flow_filter, [by_nsg.ids_of(each) for each in rule_sets], rule_sets, set(map(str, every["nsg_id"]))
    )


def fetch_logged_of_each(
    store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet], measures: tuple[str, ...] = ("flows",)
) -> Iterator[pd.DataFrame]:
    """What the NSG of each rule set logged, as `fetch_logged` answers: a store is asked about many of them at once."""
    if store.unsupported & _TELLS_WHO:
        everything = ByNsg(fetch_logged(store, flow_filter, measures))
        yield from map(everything.of, rule_sets)
        return
    count = ("flows",) if len(rule_sets) > 1 else ()
    every = store.fetch(FlowQuery(filter=flow_filter, by=("nsg", "nsg_id"), measures=count))
    by_nsg, known = ByNsg(every), set(map(str, every["nsg_id"]))
    ids = [by_nsg.ids_of(each) for each in rule_sets]
    flows = [int(by_nsg.of(each)[list(count)].sum().sum()) for each in rule_sets]
    for part in _parts(flows):
        asked = _of_these(flow_filter, ids[part], rule_sets[part], known)
        yield from map(ByNsg(fetch_logged(store, asked, measures)).of, rule_sets[part])


def _of_these(
    flow_filter: FlowFilter, ids: Sequence[set[str]], rule_sets: Sequence[RuleSet], every: set[str]
) -> FlowFilter:
    """The filter with the rows that have these ids; as it is where that is all; of NSGs that logged nothing, none."""
    wanted = set().union(*ids)
    if wanted >= every:
        return flow_filter
    return flow_filter.where("nsg_id", *sorted(wanted or {rule_set.name for rule_set in rule_sets}))


def _parts(flows: Sequence[int]) -> Iterator[slice]:
    """Neighbours with MOST_AT_ONCE flows together at the most, or one of them alone."""
    start, held = 0, 0
    for place, count in enumerate(flows):
        if place > start and held + count > MOST_AT_ONCE:
            yield slice(start, place)
            start, held = place, 0
        held += count
    if len(flows) > start:
        yield slice(start, len(flows))


def fetch_by_default_rules(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """Who met whom under a default rule of any NSG: src_ip, dst_ip, direction, rule and rule_kind, each once."""
    asked = flow_filter.where("rule", *(rule.name for rule in DEFAULT_RULES))
    by = ("src_ip", "dst_ip", "direction", "rule", "rule_kind")
    return listed(store, FlowQuery(filter=asked, by=by, measures=()))


def flows_towards(logged: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The rows in the directions that the rule set speaks for: a draft for one says nothing about the other."""
    return logged[logged["direction"].isin([str(direction) for direction in rule_set.speaks_for])]


def fold_viewpoints(logged: pd.DataFrame) -> pd.DataFrame:
    """Each distinct packet, decision and rule once: NSGs added up within a kind of log, the larger kind taken.

    Rule names go by one spelling: sources vary the case of default rules, and Azure's names ignore it. Columns:
    `PACKET`, decision, rule, outside (where the frame has it), flows and last_seen (where the frame has it).
    """
    keys = [*PACKET, "decision", "rule", *(["outside"] if "outside" in logged.columns else [])]
    measures = {"flows": "sum"} | ({"last_seen": "max"} if "last_seen" in logged.columns else {})
    spelled = logged.assign(rule=_one_spelling(logged["rule"]))
    if any(spelled[name].nunique(dropna=False) > 1 for name in VIEWPOINT) or not spelled["rule"].equals(logged["rule"]):
        spelled = add_up(spelled, [*keys, "log_kind"], measures)
        spelled = add_up(spelled, keys, dict.fromkeys(measures, "max"))
    return spelled[[*keys, *measures]].reset_index(drop=True)


def add_up(rows: pd.DataFrame, keys: list[str], measures: dict[str, str]) -> pd.DataFrame:
    """Group by the keys; numbers are hashed, not texts, which is what makes 300,000 rows take a moment only."""
    place = group_numbers(*(rows[name] for name in keys), in_order=False)
    if not len(rows) or place.max() + 1 == len(rows):
        return rows[[*keys, *measures]].reset_index(drop=True)
    first = rows[keys][~pd.Series(place, index=rows.index).duplicated()].reset_index(drop=True)
    return first.join(rows[list(measures)].groupby(place).agg(measures))


def _one_spelling(rules: pd.Series) -> pd.Series:
    distinct = sorted({str(name) for name in rules.drop_duplicates()})
    first: dict[str, str] = {}
    other = {name: first[name.casefold()] for name in distinct if first.setdefault(name.casefold(), name) != name}
    return rules.astype("str").replace(other) if other else rules
