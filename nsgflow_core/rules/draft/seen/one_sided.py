"""Flows of a subnet that only the other end logged: this end's own log is missing, so a draft of it would cut them.

Private endpoints log nothing that arrives at them, and a NIC or subnet can be without a flow log. VNet flow logs write
a connection inside the estate at both ends (Microsoft Learn, "Virtual network flow logs"), so what stands at one end
alone shows the gap.
"""

from __future__ import annotations

import pandas as pd

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.sets.group_numbers import is_among
from nsgflow_core.words.vocabulary import Direction

SHOWN = 3


def unlogged(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, seen: pd.DataFrame
) -> list[str]:
    """In a sentence, the allowed flows that the other end alone logged; nothing for an NSG, which is one of the ends.

    `seen` are the flows that this end logged (FLOW_KEY).
    """
    if not scope.subnet:
        return []
    inbound = direction is Direction.INBOUND
    there = Direction.OUTBOUND if inbound else Direction.INBOUND
    asked = required_ports.admitted(flow_filter).where("direction", there)
    asked = asked.where("destination" if inbound else "source", scope.subnet)
    told = cell_rows(store.fetch(FlowQuery(asked, by=FLOW_KEY, measures=("flows",))))
    missing = told[~is_among(told[list(FLOW_KEY)], seen[list(FLOW_KEY)])]
    missing = missing.sort_values("flows", ascending=False, kind="stable")
    if missing.empty:
        return []
    shown = [
        f"{source} -> {destination} {protocol} {port}"
        for source, destination, protocol, port in missing[list(FLOW_KEY)].head(SHOWN).itertuples(index=False)
    ]
    more = len(missing) - len(shown)
    named = ", ".join(shown) + (f" and {more:,} more" if more else "")
    where, here = ("source", "destination") if inbound else ("destination", "source")
    return [
        f"Logged only at the {where}, and at no {here} in {scope.name}: {named}. The draft has no rule for them, and a "
        "closing deny would cut them: see why that end's own log is missing before you close it."
    ]
