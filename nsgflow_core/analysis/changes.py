"""What changed between two windows: services that are new, gone, or used much more or much less.

A service is a pair of endpoints with a protocol and a port. Windows of different lengths are compared by rate: the
flows before are scaled to the length of the window after, where both windows have a start and an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, Composed, Question, Shape
from nsgflow_core.analysis.required_ports import END_NAMES, ENDS, EndsAs, required
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.vocabulary import Decision

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
    before: FlowFilter,
    after: FlowFilter,
    by: EndsAs = "address",
    decision: Decision = Decision.ALLOWED,
    notable: Notable | None = None,
) -> Composed:
    """One row per service that is new, gone or changed; services that stayed the same are left out.

    `by` is what ends are: single addresses, or subnets. Allowed flows leave out Azure's platform rule, as required
    ports do. Sorted by change (new, gone, changed), source, destination, protocol, port.
    """
    scale, counts = _scale(before, after), notable or Notable()

    def differing(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
        return _differing(was, now, scale, counts)

    return Composed(
        "changes.compare",
        (_flows_of(before, by, decision), _flows_of(after, by, decision)),
        Shape.of(
            differing,
            change=TEXT,
            source=TEXT,
            destination=TEXT,
            protocol=TEXT,
            port=NUMBER,
            flows_before=NUMBER,
            flows_after=NUMBER,
        ),
    )


def _flows_of(flow_filter: FlowFilter, by: EndsAs, decision: Decision) -> Question:
    """The services of one window: source, destination, protocol, port, flows."""
    part = required(flow_filter) if decision is Decision.ALLOWED else flow_filter.where("decision", Decision.DENIED)
    query = FlowQuery(part, by=(*ENDS[by], "protocol", "port"), measures=("flows",))
    return Question("changes.flows_of", query, Shape.of_groups(query).renamed(END_NAMES))


def _differing(was: pd.DataFrame, now: pd.DataFrame, scale: float, notable: Notable) -> pd.DataFrame:
    """The services of both windows side by side, those alone that changed."""
    # pandas 3 cannot merge two empty columns of Arrow text.
    before, after = (each.astype(dict.fromkeys(_SERVICE[:3], object)) for each in (was, now))
    services = before.merge(after, on=_SERVICE, how="outer", suffixes=("_before", "_after"))
    for column in ("flows_before", "flows_after"):
        services[column] = services[column].fillna(0).astype("int64")
    services["change"] = _change_of_each(services, scale, notable)
    services = services[services["change"] != ""]
    order = services["change"].map(CHANGES.index)
    return services.assign(order=order).sort_values(["order", *_SERVICE], ignore_index=True)


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
