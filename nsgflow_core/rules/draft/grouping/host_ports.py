"""Which ports each host serves and uses in a window, and how many hosts a subnet is seen to have.

A host was seen when it sent something, or when a flow towards it was logged inbound, at its own interface. An address
that a scan only asked for was not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST
from nsgflow_core.stores.base import FlowStore, listed
from nsgflow_core.words.prefixes import NOT_INSIDE, Family, family_of
from nsgflow_core.words.sets.group_numbers import order_of
from nsgflow_core.words.vocabulary import Direction

SERVES, USES = "serves", "uses"
_ENDS = {SERVES: "dst_ip", USES: "src_ip"}
HOST_PORT = ("host", "role", "protocol", "port")


@dataclass(frozen=True)
class SeenHosts:
    """The hosts that were seen: `label_of` by address; `ports`: HOST_PORT, one row for each port of a host that
    tells it apart (one that it met on two days, or any service's port where the window is one day)."""

    label_of: dict[str, str]
    ports: pd.DataFrame

    def count(self) -> dict[tuple[str, Family], int]:
        """How many hosts of each label and address family (4 or 6) were seen."""
        return Counter((label, family_of(host)) for host, label in self.label_of.items())


def seen_hosts(store: FlowStore, flow_filter: FlowFilter, label: Callable[[str], str]) -> SeenHosts:
    """The hosts inside of a window, over all its allowed traffic, not one NSG's alone. Asks the store two questions."""
    asked = required_ports.admitted(flow_filter)
    found = []
    for role, end in _ENDS.items():
        towards = asked.where("direction", Direction.INBOUND) if role == SERVES else asked
        rows = listed(store, FlowQuery(towards, by=(end, "protocol", "port"), measures=("first_seen", "last_seen")))
        rows = rows.take(order_of(rows[end], rows["protocol"], rows["port"]))
        found.append(rows.rename(columns={end: "host"}).assign(role=pd.Categorical([role] * len(rows), list(_ENDS))))
    ports = _one_below_the_other(*found)
    held = ports["host"].cat
    addresses = held.categories.to_numpy(dtype=object)
    labels = [label(host) for host in addresses]
    inside = np.array([*(each not in NOT_INSIDE for each in labels), False], dtype=np.bool_)[held.codes]
    label_of = {host: each for host, each in zip(addresses, labels, strict=True) if each not in NOT_INSIDE}
    return SeenHosts(label_of, _telling(ports[inside]))


def _one_below_the_other(upper: pd.DataFrame, lower: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, categories as those of both in their order."""
    both = {
        name: union_categoricals([upper[name], lower[name]], sort_categories=True, ignore_order=True)
        for name in ("host", "protocol")
    }
    rest = pd.concat([upper.drop(columns=list(both)), lower.drop(columns=list(both))], ignore_index=True)
    return rest.assign(**both)


def _telling(ports: pd.DataFrame) -> pd.DataFrame:
    """Without the ports that a host met on one day only; in a window of one day without ephemeral ones."""
    if ports.empty:
        return ports[list(HOST_PORT)]
    first, last = ports["first_seen"].dt.floor("D"), ports["last_seen"].dt.floor("D")
    several_days = first.min() != last.max()
    stays = first != last if several_days else ports["port"] < EPHEMERAL_FIRST
    return ports.loc[stays, list(HOST_PORT)].reset_index(drop=True)
