"""Replays a rule set on the traffic of one NSG or subnet in one direction, as a draft for it would meet that."""

from __future__ import annotations

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
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
