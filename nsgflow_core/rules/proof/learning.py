"""The learning curve: what each further day of the window taught, and so whether the window is long enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.seen.evidence_query import SERVICE_KEY
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.sets.group_numbers import group_numbers

LOOKED_AT = 3
"""How many of the last days the verdict is about."""
ENOUGH = 2
"""So many last days without anything new: the window is long enough, as far as it can tell."""

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class TaughtDay:
    """What was first seen on one day: (pair, port)s, services between two labels, and rules that rest on nothing older.

    A label is a subnet, a block of private addresses, or Internet: one more public client of a known service is a new
    pair, and no new service.
    """

    day: date
    pairs: int
    services: int
    rules: int


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """What each day from the first to the last taught, a day without traffic nothing."""

    days: tuple[TaughtDay, ...]

    @property
    def last_without_news(self) -> int:
        """On how many last days no new service was seen."""
        services = [each.services for each in self.days]
        return next((place for place, count in enumerate(reversed(services)) if count), len(services))

    @property
    def is_long_enough(self) -> bool:
        """True when the last days taught nothing new; one or two days can never tell."""
        return len(self.days) > ENOUGH and self.last_without_news >= ENOUGH

    @property
    def sentence(self) -> str:
        """Whether the window is long enough, from what its last days taught."""
        if not self.days:
            return "No allowed traffic was seen, so there is nothing to learn."
        if len(self.days) < 2:
            return "A window of one day has no learning curve: whether more days would teach more cannot be told."
        quiet = self.last_without_news
        if self.is_long_enough:
            return f"The last {quiet} days taught nothing new{self._late_pairs(quiet)}."
        last = self.days[1:][-LOOKED_AT:]
        services = [each.services for each in last]
        low, high = min(services), max(services)
        if not high:
            return f"The last day taught nothing new, and the one before is the first: {_LONGER}."
        span = f"{low:,} to {high:,}" if low < high else f"{high:,}"
        several = f"Each of the last {len(last)} days" if len(last) > 1 else "The last day"
        noun = "service" if high == 1 else "services"
        if low:
            return f"{several} brought {span} new {noun}: the window is too short."
        brought = counted(sum(services), "new service")
        end = "; the very last taught nothing new" if quiet else ", some of them on the very last"
        return f"The last {len(last)} days still brought {brought}{end}: {_LONGER}."

    def _late_pairs(self, quiet: int) -> str:
        pairs = sum(each.pairs for each in self.days[len(self.days) - quiet :])
        return f" but {counted(pairs, 'pair')} of known services" if pairs else ""

    def frame(self) -> pd.DataFrame:
        """One row a day: day, new_pairs, new_services, new_rules, and the same added up so far."""
        names = ("pairs", "services", "rules")
        frame = pd.DataFrame({f"new_{name}": [getattr(each, name) for each in self.days] for name in names}, dtype=int)
        frame.insert(0, "day", pd.Series([each.day for each in self.days], dtype=object))
        return frame.assign(**{name: frame[f"new_{name}"].cumsum() for name in names})


_LONGER = "a longer window would tell more"


def learn(drafted: Draft) -> LearningCurve:
    """What each day taught this draft; asks the store nothing."""
    flows = drafted.material.flows
    if flows.empty:
        return LearningCurve(())
    first, last = (flows[name].dt.tz_convert("UTC").to_numpy("datetime64[D]") for name in ("first_seen", "last_seen"))
    services = group_numbers(*(flows[name] for name in SERVICE_KEY), in_order=False)
    days = np.arange(first.min(), last.max() + 1)
    counts = [_per_day(of, days) for of in (first, _earliest(services, first), _earliest(drafted.fit.member, first))]
    return LearningCurve(
        tuple(TaughtDay(day.astype(date), *map(int, taught)) for day, *taught in zip(days, *counts, strict=True))
    )


def _earliest(groups: npt.NDArray[np.int64], first: Days) -> Days:
    """The first day of each group 0 .. n."""
    found = np.full(int(groups.max()) + 1, np.datetime64("9999-12-31", "D"))
    np.minimum.at(found, groups, first)
    return found


def _per_day(first: Days, days: Days) -> npt.NDArray[np.int64]:
    """How many came first on each of the days."""
    return np.bincount((first - days[0]).astype(np.int64), minlength=len(days))
