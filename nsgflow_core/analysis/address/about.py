"""All that is told about a subject in a window: its services by part, first and last seen, what is new.

Pages and the command line both ask here. Services are asked for each way, the busiest first; of a subnet, and where
there are too many of one way, for allowed and denied ones apart, so that neither crowds the other out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from nsgflow_core.analysis.address import asked
from nsgflow_core.analysis.address.before import Compared, compared
from nsgflow_core.analysis.address.parts import PARTS, Part, Way
from nsgflow_core.analysis.address.subject import Subject, free_of_ends
from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.base import OF, Extent
from nsgflow_core.words.vocabulary import Decision

Ask = Callable[[Question], pd.DataFrame]
NEW = "new"
"""What the column `new` says of a service that the time before did not have; "" of others."""
_KEYS = ["src_ip", "dst_ip", "protocol", "port", "decision"]


@dataclass(frozen=True, slots=True)
class SeenBetween:
    """The first and the last flow, UTC."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class About:
    """What a store tells of a subject.

    `services` holds one row a way, pair of addresses, protocol, port and decision: `way`, the columns of
    `asked.services`, and `new`.
    """

    subject: Subject
    flow_filter: FlowFilter
    """Free of ends: the window, and what else the services were narrowed by."""
    services: pd.DataFrame
    in_all: Mapping[str, int]
    """How many services there are of a part, by its key; more than are listed where only the busiest are."""
    seen: SeenBetween | None
    """In the window; None where the subject was not seen in it."""
    ever: SeenBetween | None
    """In all that the store holds, under no other filter; None where the subject was never seen."""
    compared: Compared | None
    """What `new` means; None where the store holds nothing of the time before."""
    partial: str
    """Why the store's answer is not the whole one; "" where it is."""

    def of(self, part: Part) -> pd.DataFrame:
        """The services of a part, the busiest first."""
        rows = self.services
        return rows[(rows["way"] == part.way) & (rows["decision"] == part.decision)].reset_index(drop=True)

    @property
    def news(self) -> pd.DataFrame:
        """The services that are new, the newest first."""
        found = self.services[self.services["new"] == NEW]
        return found.sort_values("first_seen", ascending=False, kind="stable", ignore_index=True)

    @property
    def names_seen(self) -> pd.DataFrame:
        """The names that its own addresses had, by the log: name, address, first and last seen, in the order of time.

        An address has several where it changed hands.
        """
        columns = ["name", "address", "first_seen", "last_seen"]
        ends = [
            own[[way.name_of_own, way.own, "first_seen", "last_seen"]].set_axis(columns, axis=1)
            for way in Way
            if way.name_of_own in (own := self.services[self.services["way"] == way])
        ]
        rows = pd.concat(ends, ignore_index=True) if ends else pd.DataFrame(columns=columns)
        named = rows[rows["name"] != ""].groupby(["name", "address"], as_index=False)
        found = named.agg({"first_seen": "min", "last_seen": "max"})
        return found.sort_values("first_seen", kind="stable", ignore_index=True)


def about(
    subject: Subject,
    flow_filter: FlowFilter,
    held: Extent,
    ask: Ask,
    *,
    unknown: Collection[str] = (),
) -> About:
    """Ask for all of it. `held` is what the store holds, `unknown` the dimensions that it cannot tell.

    What the filter asks of ends or of the decision is left out: the subject is an end, and both decisions are told.
    """
    part = free_of_ends(flow_filter)
    frames, in_all = [], dict[str, int]()
    for way in Way:
        for rows, parts in _services(way, subject, part, ask, unknown):
            frames.append(rows.assign(way=str(way)))
            in_all |= parts
    services = pd.concat(frames, ignore_index=True)
    is_whole = len(services) == sum(in_all.values())
    seen = _seen(services if is_whole else ask(asked.seen(subject.either_way(part))))
    ever = seen if part == FlowFilter() else _seen(ask(asked.seen(subject.either_way(FlowFilter()))))
    new = compared(part, held)
    services["new"] = _marked(services, subject, part, new, ask)
    partial = dict.fromkeys(str(each.attrs["partial"]) for each in frames if each.attrs.get("partial"))
    first = ["way", "decision", "new"]
    rest = [str(name) for name in services.columns if name not in first]
    services = services[[*first, *rest]].astype(dict.fromkeys(first, "str"))
    return About(subject, part, services, in_all, seen, ever, new, " ".join(partial))


def _services(
    way: Way, subject: Subject, flow_filter: FlowFilter, ask: Ask, unknown: Collection[str]
) -> Iterator[tuple[pd.DataFrame, dict[str, int]]]:
    """The services of one way, and how many there are of each part."""
    part = way.part(subject, flow_filter)
    if subject.is_single:
        rows = ask(asked.services(part, unknown))
        if len(rows) < asked.MOST:
            counts = rows["decision"].value_counts()
            yield rows, {each.key: int(counts.get(each.decision, 0)) for each in PARTS if each.way is way}
            return
    for each in PARTS:
        if each.way is way:
            rows = ask(asked.services(part.where("decision", each.decision), unknown))
            yield rows, {each.key: int(rows.attrs.get(OF, len(rows)))}


def _marked(
    services: pd.DataFrame, subject: Subject, part: FlowFilter, new: Compared | None, ask: Ask
) -> pd.Series[Any]:
    """ "new" or "" for each service."""
    if new is None:
        is_new = pd.Series(False, services.index)
    elif new.start is None:
        is_new = services["first_seen"] >= new.since
    else:
        both = part.within(new.start, new.until)
        newest = pd.concat([ask(asked.newest(way.part(subject, both))) for way in Way], ignore_index=True)
        fresh = newest[newest["first_seen"] >= new.since]
        is_new = pd.Series(_keys(services).isin(_keys(fresh)), services.index) & (services["first_seen"] >= new.since)
    return is_new.map({True: NEW, False: ""})


def _keys(services: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(services[_KEYS].astype(object))


def _seen(rows: pd.DataFrame) -> SeenBetween | None:
    """The first and last flow of rows; None where there is none."""
    first, last = rows["first_seen"].min(), rows["last_seen"].max()
    return None if pd.isna(first) or pd.isna(last) else SeenBetween(first.to_pydatetime(), last.to_pydatetime())


def flows_by_decision(services: pd.DataFrame) -> dict[Decision, int]:
    """Flows of services, allowed and denied: each service is counted once, so they add up."""
    counts = services.groupby("decision")["flows"].sum()
    return {decision: int(counts.get(decision, 0)) for decision in Decision}
