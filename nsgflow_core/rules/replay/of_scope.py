"""Replays a rule set on the traffic of one NSG or subnet in one direction, as a draft for it would meet that.

Along the whole path of each flow, where files tell what stands on it.
"""

from __future__ import annotations

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.replay.paths_met import paths_are_known
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction


def replay_scope(
    store: FlowStore,
    rule_set: RuleSet,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    space: AddressSpace | Network,
    existing: RuleSet | None = None,
) -> pd.DataFrame:
    """The outcomes (see `replay`) of the scope's flows; `existing` is the NSG that guards it, where that is known.

    For an NSG, the flows it logged. For a subnet, what it received or sent: of that, what its NSG logged, or all of it
    where no NSG is known.
    """
    asked = scope.narrow(flow_filter, direction) if scope.subnet else flow_filter.where("direction", direction)
    return replay(store, rule_set, asked, space, everywhere=bool(scope.subnet) and existing is None, as_it_is=existing)


def replay_for(
    made: Draft, store: FlowStore, rule_set: RuleSet, flow_filter: FlowFilter, existing: RuleSet | None
) -> pd.DataFrame:
    """The outcomes (see `replay_scope`) of what a draft is for under a rule set, along the paths that it knows."""
    return replay_scope(store, rule_set, flow_filter, made.scope, made.direction, way_of(made), existing)


def way_of(made: Draft) -> AddressSpace | Network:
    """What flows of a draft meet: all that stands on their paths where its files tell that, else the NSG alone."""
    network = made.material.network
    return network if network is not None and paths_are_known(network) else made.material.space
