"""What a draft's traffic is grouped by: asks the store what the flows of one scope alone cannot say."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.grouping.groups import Groups, NamedGroups, given, infer
from nsgflow_core.rules.draft.grouping.host_ports import SeenHosts, seen_hosts
from nsgflow_core.rules.draft.new_ports.find import NewPorts, find_new_ports
from nsgflow_core.rules.draft.new_ports.pairs import candidates
from nsgflow_core.rules.draft.new_ports.range import LEAST_PORTS, PAIR_KEY
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST, FLOW_KEY, from_service_ports, words_again
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.prefixes import NOT_INSIDE
from nsgflow_core.words.vocabulary import Direction

FROM_ONE_PORT = 0.5
"""Where at least this share of a pair's flows to new ports comes from one port, they are the answers of its service."""


def groups_of(
    store: FlowStore,
    flow_filter: FlowFilter,
    flows: pd.DataFrame,
    tokens: AddressTokens,
    choice: Literal["infer", "none"] | NamedGroups,
) -> Groups:
    """The hosts seen in each label, and the groups inside the labels of these flows; `tokens` learns them."""
    hosts = seen_hosts(store, flow_filter, tokens.label)
    known = dict(hosts.label_of)
    real = flows[flows["scan"] == 0]
    for side in ("src", "dst"):
        ends = real[[f"{side}_ip", f"{side}_label"]].drop_duplicates()
        known |= {
            str(address): str(label)
            for address, label in ends.itertuples(index=False, name=None)
            if label not in NOT_INSIDE
        }
    hosts = SeenHosts(known, hosts.ports)
    inside = {str(word) for side in ("src", "dst") for word in flows[f"{side}_label"].unique()} - set(NOT_INSIDE)
    if choice == "infer":
        made = infer(hosts, inside, tokens.is_named)
    else:
        made = () if choice == "none" else given(choice, tokens.label)
    tokens.learn({group.name: group.hosts for group in made}, {group.name: group.label for group in made})
    return Groups(hosts.count(), made)


def ports_new_every_day(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    flows: pd.DataFrame,
    to_look_at: pd.Series[bool],
    window_days: int,
    from_services: pd.DataFrame | None,
) -> NewPorts:
    """The pairs of hosts among `flows` that meet on new ports every day (see `new_ports/find.py`).

    `from_services` are flows to ephemeral ports by the low port they came from, as asked already.
    """
    once = candidates(flows) & to_look_at
    low = once & (flows["port"] < EPHEMERAL_FIRST)
    came_from = [] if from_services is None else [from_services]
    if low.any():
        sources = tuple(sorted({str(source) for source in flows.loc[low, "src_ip"]}))
        asked = from_service_ports(store, flow_filter, scope, direction, f"1-{EPHEMERAL_FIRST - 1}", sources)
        came_from += [] if asked is None else [asked]
    answers = _answers(flows, once, came_from)
    return replace(find_new_ports(flows, once & ~answers, to_look_at & ~answers, window_days), answers=answers)


def _answers(flows: pd.DataFrame, once: pd.Series[bool], came_from: list[pd.DataFrame]) -> pd.Series[bool]:
    """Which of the candidates are answers: a pair's flows to many ports that come from one port of the source."""
    nothing = pd.Series(False, index=flows.index)
    if not came_from or not once.any():
        return nothing
    new = words_again(flows.loc[once, [*FLOW_KEY, "flows"]])
    rows = new.merge(pd.concat(came_from), on=list(FLOW_KEY), suffixes=("", "_from"))
    a_port = rows.groupby([*PAIR_KEY, "src_port"], observed=True).agg(
        ports=("port", "nunique"), flows=("flows_from", "sum")
    )
    most = a_port[a_port["ports"] >= LEAST_PORTS].groupby(list(PAIR_KEY), observed=True)["flows"].max()
    whole = new.groupby(list(PAIR_KEY), observed=True)["flows"].sum()
    answering = whole.index[most.reindex(whole.index).fillna(0) >= FROM_ONE_PORT * whole]
    found = pd.MultiIndex.from_frame(new[list(PAIR_KEY)]).isin(answering)
    nothing[new.index[np.asarray(found)]] = True
    return nothing
