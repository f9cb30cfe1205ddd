"""A held-out day: whether a draft made before a day would have let that day's allowed traffic through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.replay.replay import Outcome
from nsgflow_core.rules.replay.verdict import not_decided
from nsgflow_core.stores.base import Extent
from nsgflow_core.words.numbers import percent

NO_DAY = "There is no day to hold out."
CHOOSE = "Choose a window over at least two days."
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A window cut at midnight UTC: drafted from `since` to `day`, replayed from `day` to `until`."""

    since: datetime
    day: datetime
    until: datetime

    def earlier(self, flow_filter: FlowFilter) -> FlowFilter:
        """The traffic to draft from."""
        return flow_filter.within(self.since, self.day)

    def later(self, flow_filter: FlowFilter) -> FlowFilter:
        """The traffic to replay."""
        return flow_filter.within(self.day, self.until)

    def sentence(self, outcomes: pd.DataFrame) -> str:
        """From which days it was drafted, and how much of the held-out day's allowed traffic would pass."""
        days = f"Drafted from {self.since:%Y-%m-%d} to {self.day - _DAY:%Y-%m-%d}, replayed on {self.day:%Y-%m-%d}"
        share, unsure = share_kept(outcomes), not_decided(outcomes)
        if share is None:
            found = "nothing of that day could be decided" if unsure else "no allowed flow was logged that day"
        else:
            found = f"{percent(share)} of that day's allowed flows would pass"
        return " ".join(filter(None, (f"{days}: {found}.", unsure)))


def hold_out(flow_filter: FlowFilter, extent: Extent, day: date | None = None) -> HeldOut:
    """Cut the window, as far as there are logs, before its last day or before `day`.

    Raises BadFilter where nothing lies before that day in the window, and where the day is not in it.
    """
    if extent.first is None or extent.last is None:
        raise BadFilter(NO_DAY, CHOOSE)
    since = max(filter(None, (flow_filter.since, extent.first)))
    until = min(filter(None, (flow_filter.until, extent.last + timedelta(microseconds=1))))
    last = (until - timedelta(microseconds=1)).astimezone(UTC).date()
    midnight = datetime.combine(day or last, time(), UTC)
    if not since < midnight < until:
        raise BadFilter(NO_DAY if day is None else f"{day} cannot be held out of the window.", CHOOSE)
    return HeldOut(since, midnight, until if day is None else min(until, midnight + _DAY))


def share_kept(outcomes: pd.DataFrame) -> float | None:
    """The share of the flows that were allowed which the rules still allow; None when none was allowed."""
    flows = outcomes.groupby("outcome")["flows"].sum()
    kept, lost = (int(flows.get(str(each), 0)) for each in (Outcome.STILL_ALLOWED, Outcome.NEWLY_DENIED))
    return kept / (kept + lost) if kept + lost else None
