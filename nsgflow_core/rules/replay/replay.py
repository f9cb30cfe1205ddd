"""Replays observed traffic against a rule set: what would be newly denied, newly allowed, or stay as it was.

Which flows. A rule set is replayed on the flows that its own NSG logged, found by ARM id, by `resourceGuid` (the VNet
logs' `aclID`) or by name, and on what another NSG alone logged as allowed where files tell both to stand, since one of
the two logs what both let pass; with `everywhere`, on all flows in the directions it speaks for. Where NSG and VNet
flow logs both run, the same flows are counted once: the larger of the two.
Platform-rule rows are left out: Azure handled them itself and no rule of an NSG decides them.
With `everywhere`, rows of a security admin rule or of an encryption drop stay as they were logged, decided by that
rule: it ended the matter before any NSG was asked (Microsoft Learn, "Security admin rules", evaluation order), so no
change of the NSG changes them. Within its own NSG's rows every rule name is one of the NSG's.
The rules say what new connections meet; each logged row is taken as such a connection, source port unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.ends import is_same
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.seen.own_logs import may_be_theirs
from nsgflow_core.rules.replay.logged import (
    PACKET,
    add_up,
    fetch_logged,
    flows_towards,
    fold_viewpoints,
    logged_by,
)
from nsgflow_core.rules.replay.outcome import Outcome, the_same, today_of
from nsgflow_core.rules.replay.paths_met import PathsMet, paths_are_known, what_is_asked
from nsgflow_core.rules.replay.services import service_numbers
from nsgflow_core.stores.base import FlowStore, held
from nsgflow_core.words.sets.group_numbers import first_of_each
from nsgflow_core.words.vocabulary import Decision, RuleKind

__all__ = ["PACKET", "REPLAYED", "Outcome", "fetch_logged", "fold_viewpoints", "replay", "totals"]


REPLAYED = (
    "outcome",
    "decided_by",
    "priority",
    "decided_at",
    "logged_rule",
    "undoes",
    "today",
    "direction",
    "source_ip",
    "destination_ip",
    "protocol",
    "port",
    "flows",
)
_OUTSIDE = (RuleKind.ADMIN, RuleKind.UNSPECIFIED)


def replay(
    store: FlowStore,
    rule_sets: RuleSet | Sequence[RuleSet],
    flow_filter: FlowFilter,
    space: AddressSpace | Network,
    *,
    everywhere: bool = False,
    as_it_is: RuleSet | Sequence[RuleSet] | None = None,
) -> pd.DataFrame:
    """The outcomes, one row per outcome, deciding rule, logged rule, direction, addresses, protocol and port.

    Columns `REPLAYED`; `flows` are counted from the NSG's viewpoint, `priority` is null where no rule of the set
    decided. `undoes` is the deny that a newly allowed flow met, with its priority where the rule set, the NSG
    `as_it_is` or the default rules have it, and "" for all others.
    `today` is what decides a newly denied or newly allowed flow so already: what the log decided on it last, and since
    when ("denied by close since 2026-11-18 10:00 UTC"), or what denies it in the files as they are ("denied by close,
    nsg-app, as it is"), and "" for all others. `as_it_is` is the NSG as it stands, or several of which the one of the
    same identity counts; by default that of the network.
    A network gives each rule set a space of its own, a space is taken for all of them; what the NSG logged corrects it.
    Where a network tells what else stands on a flow's path, all of it decides, and `decided_at` says which of it did
    ("source subnet nsg-app", "destination NIC nsg-x", "admin rule no-ssh"); otherwise it is the NSG's name.
    The answer's `attrs["not_logged"]` names the NSGs of which the window holds no flow; `attrs["partial"]` says why it
    is not the whole answer, in the store's words; `attrs["said"]` what was taken for granted, a sentence each, and
    `attrs["doubts"]` which NSGs that were asked lack rules of their files; `attrs["asked"]` whether paths were known.
    Raises BadRuleSet for no rule set, and for several with `everywhere`: each would claim all flows.
    """
    chosen = _to_replay(rule_sets, everywhere)
    with held(store):
        asked = flow_filter
        if not everywhere and not paths_are_known(space):
            asked = logged_by(store, flow_filter, [*chosen, *_as_they_are(chosen, space, as_it_is)])
        logged = fetch_logged(store, asked)
        wanted = () if everywhere else may_be_theirs(store, flow_filter, chosen, space)
    met = PathsMet(store, flow_filter, logged, space, tuple(chosen), asked == flow_filter)
    parts = [_held_against_log(each, met, _as_it_is(each, met, as_it_is), everywhere) for each in chosen]
    not_logged = [rule_set.called for rule_set, part in zip(chosen, parts, strict=True) if part.empty]
    outcomes = _sorted(parts[0] if len(parts) == 1 else _added_up(pd.concat(parts, ignore_index=True)))
    said = dict.fromkeys((*(each for rule_set in chosen for each in met.space(rule_set).said), *met.said, *wanted))
    outcomes.attrs |= {**logged.attrs, "not_logged": not_logged, "said": tuple(said), "doubts": met.doubts}
    outcomes.attrs["asked"] = what_is_asked(space)
    return outcomes


def _as_they_are(
    chosen: Sequence[RuleSet], space: AddressSpace | Network, as_it_is: RuleSet | Sequence[RuleSet] | None
) -> Iterator[RuleSet]:
    """The same NSGs, as somebody says that they are or as files have them."""
    if isinstance(as_it_is, RuleSet):
        yield as_it_is
    known = space.known.rule_sets if isinstance(space, Network) else ()
    told = () if as_it_is is None or isinstance(as_it_is, RuleSet) else as_it_is
    yield from (each for each in (*told, *known) if any(is_same(each, rule_set) for rule_set in chosen))


def _as_it_is(rule_set: RuleSet, met: PathsMet, as_it_is: RuleSet | Sequence[RuleSet] | None) -> RuleSet | None:
    if isinstance(as_it_is, RuleSet):
        return as_it_is
    return the_same(rule_set, as_it_is or ()) or the_same(rule_set, met.known.rule_sets)


def _to_replay(rule_sets: RuleSet | Sequence[RuleSet], everywhere: bool) -> list[RuleSet]:
    chosen = [rule_sets] if isinstance(rule_sets, RuleSet) else list(rule_sets)
    if everywhere and len(chosen) > 1:
        raise BadRuleSet(
            f"The file holds {len(chosen)} NSGs, and each would be asked about all flows.",
            "Give a file with one NSG, or leave out --everywhere so that each takes the flows it logged.",
        )
    if not chosen:
        raise BadRuleSet("There is no rule set to replay.", "Give the JSON of at least one NSG.")
    return chosen


def _held_against_log(rule_set: RuleSet, met: PathsMet, was: RuleSet | None, everywhere: bool) -> pd.DataFrame:
    """The outcomes of what one rule set's NSG logged (of all of it, `everywhere`), with what holds today."""

    def of_log(rows: pd.DataFrame) -> pd.DataFrame:
        return flows_towards(rows if everywhere else met.own_rows(rows, rule_set), rule_set)

    own = of_log(met.logged)
    met_here = own if everywhere else met.with_logged_beside(own, rule_set)
    outcomes = _replayed(met_here, rule_set, met, everywhere)
    outcomes["today"] = today_of(outcomes, met, rule_set, of_log, was)
    return _finished(outcomes, (rule_set, *([was] if was else [])))


def _replayed(own: pd.DataFrame, rule_set: RuleSet, met: PathsMet, everywhere: bool) -> pd.DataFrame:
    """The outcomes of one rule set's flows, along their whole path where that is known."""
    outside = own["rule_kind"].isin([str(kind) for kind in _OUTSIDE]) & everywhere
    flows = fold_viewpoints(own.assign(outside=outside))
    if met.are_known:
        return _outcomes(flows, met.decide(flows, rule_set))
    verdicts = decide_all(rule_set, flows[list(PACKET)], met.space(rule_set))
    return _outcomes(flows, verdicts.assign(decided_at=rule_set.called))


def totals(outcomes: pd.DataFrame) -> pd.DataFrame:
    """How many flows, services (by rule and port) and (pair, port)s each outcome has; all five rows."""
    grouped = outcomes.groupby("outcome")
    first = outcomes["outcome"].iloc[first_of_each(service_numbers(outcomes))]
    counted = {"flows": grouped["flows"].sum(), "services": first.value_counts(), "pairs": grouped.size()}
    rows = pd.DataFrame(counted).reindex([str(outcome) for outcome in Outcome]).fillna(0).astype("int64")
    return rows.rename_axis("outcome").reset_index()


def _outcomes(flows: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The outcome of each folded row: PACKET, outcome, rule, flows and what decides it.

    A verdict may say by `was_stopped` that the other end's log has denied it.
    """
    outside = flows["outside"].to_numpy(dtype=np.bool_)
    allowed = (flows["decision"] == str(Decision.ALLOWED)).to_numpy(dtype=np.bool_)
    if "was_stopped" in verdicts.columns:
        allowed = allowed & ~verdicts["was_stopped"].to_numpy(dtype=np.bool_)
    allow = np.where(outside, allowed, verdicts["access"] == str(Access.ALLOW))
    deny = np.where(outside, ~allowed, verdicts["access"] == str(Access.DENY))
    cases = {
        Outcome.STILL_ALLOWED: allowed & allow,
        Outcome.NEWLY_DENIED: allowed & deny,
        Outcome.NEWLY_ALLOWED: ~allowed & allow,
        Outcome.STILL_DENIED: ~allowed & deny,
    }
    place = np.select(list(cases.values()), range(len(cases)), len(cases))
    if outside.any():
        verdicts["decided_by"] = verdicts["decided_by"].mask(outside, flows["rule"].astype("str"))
        verdicts["priority"] = verdicts["priority"].mask(outside)
        verdicts["decided_at"] = verdicts["decided_at"].mask(outside, "as it was logged")
    said = ["decided_by", "priority", "decided_at"]
    found = flows[[*PACKET, "rule", "flows"]].assign(**{name: verdicts[name] for name in said})
    found["outcome"] = pd.array([*map(str, cases), str(Outcome.INDETERMINATE)], dtype="str").take(place)
    return found


def _finished(outcomes: pd.DataFrame, rule_sets: Sequence[RuleSet]) -> pd.DataFrame:
    """The rows in the columns and types of a replay."""
    names = {"rule": "logged_rule", "src_ip": "source_ip", "dst_ip": "destination_ip"}
    found = outcomes.rename(columns=names).assign(undoes="")
    types = {"port": "Int64", "flows": "int64"}
    found = found[list(REPLAYED)].astype({name: types.get(name, "str") for name in REPLAYED if name != "priority"})
    # Of one rule set, only what is open can hold an allowed and a denied row of one flow under one outcome.
    is_open = (found["outcome"] == str(Outcome.INDETERMINATE)).to_numpy(dtype=np.bool_)
    found = pd.concat([found[~is_open], _added_up(found[is_open])]) if is_open.any() else found
    return _with_undone(found, rule_sets)


def _with_undone(outcomes: pd.DataFrame, rule_sets: Sequence[RuleSet]) -> pd.DataFrame:
    """With the deny that each newly allowed flow met, which is what the change takes back."""
    rows = outcomes["outcome"] == str(Outcome.NEWLY_ALLOWED)
    if not rows.any():
        return outcomes
    priorities = {
        (str(rule.direction), rule.name.casefold()): rule.priority
        for rule_set in reversed(rule_sets)
        for rule in rule_set.with_defaults().rules
        if rule.access is Access.DENY
    }
    denies = [
        _deny_in_words(str(name), priorities.get((str(direction), str(name).casefold())))
        for direction, name in zip(outcomes.loc[rows, "direction"], outcomes.loc[rows, "logged_rule"], strict=True)
    ]
    outcomes.loc[rows, "undoes"] = denies
    return outcomes


def _deny_in_words(name: str, priority: int | None) -> str:
    if not name:
        return "a deny that the log does not name"
    return name if priority is None else f"{name} ({priority})"


def _added_up(outcomes: pd.DataFrame) -> pd.DataFrame:
    """One row per key."""
    return add_up(outcomes, [name for name in REPLAYED if name != "flows"], {"flows": "sum"})[list(REPLAYED)]


def _sorted(outcomes: pd.DataFrame) -> pd.DataFrame:
    """What needs a look first: by outcome as `Outcome` lists them, then the most flows, then in store's order."""
    place = np.zeros(len(outcomes), dtype=np.int64)
    for number, outcome in enumerate(Outcome):
        place[(outcomes["outcome"] == str(outcome)).to_numpy(dtype=np.bool_)] = number
    by = np.lexsort((-outcomes["flows"].to_numpy(dtype=np.int64), place))
    return outcomes.iloc[by].reset_index(drop=True)
