"""What changed between two windows: services that are new, gone, or used much more or much less.

A service is a pair of endpoints with a protocol and a port. Windows of different lengths are compared by rate: the
flows before are scaled to the length of the window after, where both windows have a start and an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nsgflow_core.analysis import required_ports
from nsgflow_core.analysis.required_ports import ENDPOINTS, Endpoints
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Decision

COLUMNS = ("change", "source", "destination", "protocol", "port", "flows_before", "flows_after")
CHANGES = ("new", "gone", "changed")
"""The words of the column `change`, in the order of the rows."""
_SERVICE = ["source", "destination", "protocol", "port"]


@dataclass(frozen=True, slots=True)
class Notable:
    """What counts as changed: a rate at least `factor` times higher or lower, and `flows` flows more or less.

    The second keeps one flow that became two out of the list.
    """

    factor: float = 2.0
    flows: int = 10

    def __post_init__(self) -> None:
        if self.factor <= 1:
            raise BadFilter(f"A factor of {self.factor} calls everything changed.", "Choose a factor above 1.")


def compare(
    store: FlowStore,
    before: FlowFilter,
    after: FlowFilter,
    by: Endpoints = "address",
    decision: Decision = Decision.ALLOWED,
    notable: Notable | None = None,
) -> pd.DataFrame:
    """One row per service that is new, gone or changed; services that stayed the same are left out.

    `by` is what ends are: single addresses, or subnets. Allowed flows leave out Azure's platform rule, as required
    ports do. Columns: COLUMNS; sorted by change (new, gone, changed), source, destination, protocol, port.
    """
    services = _services(store, before, by, decision).merge(
        _services(store, after, by, decision), on=_SERVICE, how="outer", suffixes=("_before", "_after")
    )
    for column in ("flows_before", "flows_after"):
        services[column] = services[column].fillna(0).astype("int64")
    services["port"] = services["port"].astype("int64")
    services["change"] = _change_of_each(services, _scale(before, after), notable or Notable())
    services = services[services["change"] != ""]
    order = services["change"].map(CHANGES.index)
    return services.assign(order=order).sort_values(["order", *_SERVICE], ignore_index=True)[list(COLUMNS)]


def _services(store: FlowStore, flow_filter: FlowFilter, by: Endpoints, decision: Decision) -> pd.DataFrame:
    """The services of one window: source, destination, protocol, port, flows."""
    if decision is Decision.ALLOWED:
        asked = required_ports.required(flow_filter)
    else:
        asked = flow_filter.where("decision", Decision.DENIED)
    found = store.fetch(FlowQuery(asked, by=(*ENDPOINTS[by], "protocol", "port"), measures=("flows",)))
    named = found.rename(columns={"src_ip": "source", "dst_ip": "destination"})
    # pandas 3 cannot merge two empty columns of Arrow text.
    return named.astype({"source": object, "destination": object, "protocol": object})


def _scale(before: FlowFilter, after: FlowFilter) -> float:
    """How much longer the window after is; 1 where a window is open at an end."""
    if not (before.since and before.until and after.since and after.until):
        return 1.0
    return (after.until - after.since) / (before.until - before.since)


def _change_of_each(services: pd.DataFrame, scale: float, notable: Notable) -> pd.Series[Any]:
    """new, gone, changed or "" for each service."""
    was, now = services["flows_before"] * scale, services["flows_after"].astype(float)
    low, high = was.clip(upper=now), was.clip(lower=now)
    changed = (high >= notable.factor * low) & (high - low >= notable.flows)
    words = pd.Series("", index=services.index, dtype=object)
    words[changed] = "changed"
    words[services["flows_before"] == 0] = "new"
    words[services["flows_after"] == 0] = "gone"
    return words
