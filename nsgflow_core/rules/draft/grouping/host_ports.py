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

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.prefixes import NOT_INSIDE, Family, family_of
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
        rows = store.fetch(FlowQuery(towards, by=(end, "protocol", "port"), measures=("first_seen", "last_seen")))
        found.append(rows.rename(columns={end: "host"}).assign(role=role))
    ports = pd.concat(found, ignore_index=True)
    hosts = pd.Categorical(ports["host"])
    labels = [label(str(host)) for host in hosts.categories]
    inside = (
        np.array([each not in NOT_INSIDE for each in labels], dtype=bool)[hosts.codes]
        if len(ports)
        else np.zeros(0, bool)
    )
    label_of = {str(h): each for h, each in zip(hosts.categories, labels, strict=True) if each not in NOT_INSIDE}
    return SeenHosts(label_of, _telling(ports[inside]))


def _telling(ports: pd.DataFrame) -> pd.DataFrame:
    """Without the ports that a host met on one day only; in a window of one day without ephemeral ones."""
    if ports.empty:
        return ports[list(HOST_PORT)]
    first, last = ports["first_seen"].dt.floor("D"), ports["last_seen"].dt.floor("D")
    several_days = first.min() != last.max()
    stays = first != last if several_days else ports["port"] < EPHEMERAL_FIRST
    return ports.loc[stays, list(HOST_PORT)].reset_index(drop=True)
