"""An NSG that serves more than the subnet of a draft: what the draft, set on all of them, does to the others' flows."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.replay.of_scope import replay_for, way_of
from nsgflow_core.rules.replay.outcome import Outcome, is_new
from nsgflow_core.rules.replay.replay import REPLAYED, replay
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted

_FLOW = [name for name in REPLAYED if name not in ("flows", "priority")]


def others_on(existing: RuleSet, scope: Scope, known: Inventory) -> tuple[str, ...]:
    """The other subnets, and the NICs, that the NSG of a subnet's draft is set on; none for one of the NSG itself."""
    return known.set_on(existing, but=scope.subnet) if scope.subnet else ()


def replay_elsewhere(store: FlowStore, made: Draft, flow_filter: FlowFilter, existing: RuleSet) -> pd.DataFrame:
    """The outcomes (see `replay`) of what the NSG logged in the draft's direction outside the draft's subnet."""
    towards = flow_filter.where("direction", made.direction)
    whole = replay(store, made.rule_set, towards, way_of(made), as_it_is=existing)
    if not made.scope.subnet:
        return whole.iloc[:0]
    own = replay_for(made, store, made.rule_set, flow_filter, existing)
    both = whole.merge(own[_FLOW].drop_duplicates(), on=_FLOW, how="left", indicator=True)
    return whole[(both["_merge"] == "left_only").to_numpy()].reset_index(drop=True)


def elsewhere(store: FlowStore, made: Draft, flow_filter: FlowFilter, existing: RuleSet) -> list[str]:
    """In one sentence, what the draft does to the flows of the other subnets of its NSG; nothing where it has none."""
    network = made.material.network
    others = others_on(existing, made.scope, network.known if network is not None else Inventory())
    if not others:
        return []
    outcomes = replay_elsewhere(store, made, flow_filter, existing)
    cut = outcomes[is_new(outcomes, Outcome.NEWLY_DENIED)]
    flows = int(outcomes["flows"].sum())
    does = f"Of {counted(flows, 'flow')} that it logged there, this draft would cut {int(cut['flows'].sum()):,}"
    first = cut[["source_ip", "destination_ip", "protocol", "port"]].head(1).itertuples(index=False)
    like = "".join(f", like {source} -> {target} {protocol} {port}" for source, target, protocol, port in first)
    return [
        f"{existing.called} serves more than {made.scope.name}: it is also set on {', '.join(others)}, whose traffic "
        f"this draft was not made from. {does}{like}. Draft for the NSG {existing.called} instead, or "
        "give this subnet an NSG of its own."
    ]
