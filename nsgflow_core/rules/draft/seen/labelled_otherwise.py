"""Flows of a subnet that bear another label: a longer prefix takes them, or another subnet has theirs too."""

from __future__ import annotations

from collections.abc import Iterator

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted, first_of
from nsgflow_core.words.prefixes import is_prefix
from nsgflow_core.words.vocabulary import Direction

_NAMED = 3
"""So many prefixes are named."""


def under_other_labels(store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction) -> Iterator[str]:
    """A sentence for each other label under which flows of a subnet's prefixes were logged: a draft has none of them.

    Two networks without a peering may both hold an address; a log does not tell of which of them it is.
    """
    if not scope.subnet or is_prefix(scope.subnet):
        return
    end = "destination" if direction is Direction.INBOUND else "source"
    for label, taken, own in store.subnets.labelled_otherwise(scope.subnet):
        prefixes, wider = [each.text for each in taken], [each.text for each in own]
        asked = flow_filter.where("direction", direction).where("decision", "Allowed").where(end, *prefixes)
        flows = int(store.fetch(FlowQuery(filter=asked, by=(), measures=("flows",)))["flows"].sum())
        if flows:
            yield (
                f"Of {scope.subnet}, {first_of(prefixes, _NAMED)} is called {label}: {counted(flows, 'flow')} allowed "
                f"there are not in this draft. Where they are of this subnet, draft for {first_of(wider, _NAMED)}."
            )
