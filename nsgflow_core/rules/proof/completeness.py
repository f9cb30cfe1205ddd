"""Whether the logs of a window are whole: what is missing, and what nobody can tell.

Four questions a NIC and an hour (hours.py, gaps.py), one about flows that one end alone logged (one_ended.py), the
settings of the flow logs (settings.py) and the ledger of blobs (ledger.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.proof import settings
from nsgflow_core.rules.proof.gaps import A_HOLE, ALONE, MET_BY_OTHERS, TOGETHER, Gaps, find_gaps
from nsgflow_core.rules.proof.hours import HOUR, Estate, Hours, ask_hours, estate_of
from nsgflow_core.rules.proof.ledger import BlobLedger, unread
from nsgflow_core.rules.proof.one_ended import OneEnded, find_one_ended
from nsgflow_core.rules.replay.verdict import ReplayVerdict
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Direction, LogKind

NO_LEDGER = "A workspace does not tell which blobs it was filled from, so lost or damaged ones cannot be counted."
NSG_LOGS_END = (
    "The window holds NSG flow logs alone: addresses without an NSG write none, and Azure ends them on 30 September "
    "2027. VNet flow logs take their place."
)


class Logs(StrEnum):
    """What the logs of a window are. `CANNOT_TELL`: no NIC logged anything, so there are none to judge."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Completeness:
    """What a window's logs lack for a scope (None: for the whole store).

    `missing` are sentences about logs that are missing; `notes` about what cannot be told. `gaps` and `one_ended` hold
    the rows behind them.
    """

    missing: tuple[str, ...]
    notes: tuple[str, ...]
    gaps: Gaps
    one_ended: OneEnded

    @property
    def state(self) -> Logs:
        """Incomplete where something is missing; complete only where a NIC logged and nothing speaks against it."""
        if self.missing:
            return Logs.INCOMPLETE
        return Logs.CANNOT_TELL if self.gaps.nics.empty else Logs.COMPLETE

    @property
    def sentence(self) -> str:
        """The verdict, with the first thing that is missing."""
        if self.state is Logs.CANNOT_TELL:
            return "No NIC logged anything here in this window, so nothing can be said of its logs."
        if self.state is Logs.COMPLETE:
            return f"Nothing speaks against the logs of {counted(len(self.gaps.nics), 'NIC')} being whole."
        more = f" And {counted(len(self.missing) - 1, 'more finding')}." if len(self.missing) > 1 else ""
        return f"Logs are missing: {self.missing[0]}{more}"

    @property
    def open_points(self) -> tuple[str, ...]:
        """What speaks against signing: all that is missing, or that nobody can tell; none where they are complete."""
        if self.state is Logs.CANNOT_TELL:
            return (self.sentence,)
        return tuple(f"Logs are missing: {each}" for each in self.missing)

    @property
    def refusal(self) -> str:
        """Why "nothing breaks" may not be said; "" where it may."""
        if self.state is Logs.COMPLETE:
            return ""
        return f"What was not logged cannot be replayed. {self.sentence}"

    def frame(self) -> pd.DataFrame:
        """One row a NIC and hour without a log: nic, addresses, subnet, hour, why, met (entries of other NICs)."""
        return self.gaps.gaps


def completeness(
    store: FlowStore,
    window: FlowFilter,
    inventory: Inventory,
    scope: Scope | None = None,
    direction: Direction | None = None,
) -> Completeness:
    """What is missing of a scope's logs in the window of a filter, whose conditions do not count.

    `direction` None asks for arrivals and departures both. Raises what the store raises.
    """
    hours = ask_hours(store, window)
    estate = estate_of(store, window, scope, inventory, hours)
    gaps = find_gaps(hours, estate)
    directions = tuple(map(str, Direction)) if direction is None else (str(direction),)
    one_ended = find_one_ended(store, window, estate, hours, gaps.missing, inventory, directions)
    return Completeness(
        missing=tuple(_missing(store, window, inventory, scope, gaps, one_ended, hours)),
        notes=tuple(_notes(store, window, gaps, hours, estate)),
        gaps=gaps,
        one_ended=one_ended,
    )


def refused(verdict: ReplayVerdict, logs: Completeness) -> ReplayVerdict:
    """The verdict on a replay, which is green only where the logs are complete: it says what they lack."""
    if not verdict.is_green or logs.state is Logs.COMPLETE:
        return verdict
    return ReplayVerdict(False, "Nothing that was logged breaks", f"{logs.refusal} {verdict.sentence}".strip())


def _missing(
    store: FlowStore,
    window: FlowFilter,
    inventory: Inventory,
    scope: Scope | None,
    gaps: Gaps,
    one_ended: OneEnded,
    hours: Hours,
) -> list[str]:
    """The sentences, the surest first."""
    found = settings.lacks(inventory, scope)
    found += one_ended.sentences()
    found += [sentence for why in (MET_BY_OTHERS, TOGETHER, A_HOLE) for sentence in gaps.sentences(why)]
    if isinstance(store, BlobLedger):
        macs = None if scope is None else frozenset(gaps.nics["nic"].astype("str"))
        found += unread(store, window, macs)
    partial = dict.fromkeys(filter(None, (hours.partial, one_ended.partial)))
    return found + [f"The store's answer is not whole: {reason}" for reason in partial]


def _notes(store: FlowStore, window: FlowFilter, gaps: Gaps, hours: Hours, estate: Estate) -> list[str]:
    """What the logs cannot tell, or tell without proof."""
    found = gaps.sentences(ALONE)
    if not isinstance(store, BlobLedger):
        found.append(NO_LEDGER)
    if not hours.own.empty:
        first = hours.own["hour"].min()
        if window.since and first - window.since >= HOUR:
            found.append(f"Nothing before {first:%Y-%m-%d %H:%M} UTC is held, though the window begins earlier.")
    if "log_kind" not in store.unsupported and not gaps.nics.empty:
        seen = store.fetch(FlowQuery(FlowFilter(window.since, window.until), by=("log_kind",), measures=("tuples",)))
        if set(seen["log_kind"].astype("str")) == {str(LogKind.NSG)}:
            found.append(NSG_LOGS_END)
    return found
