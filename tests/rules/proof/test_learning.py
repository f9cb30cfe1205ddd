"""The learning curve and the calendar: what days taught, counted by hand, and which days are not in the window."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.rules.proof.days import Calendar
from nsgflow_core.rules.proof.learning import LearningCurve, TaughtDay, learn
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import START, row, store_of
from tests.rules.draft.drafts import IN


def curve(*services: int) -> LearningCurve:
    days = [START.date() + timedelta(days=place) for place in range(len(services))]
    return LearningCurve(tuple(TaughtDay(day, new + 1, new, new) for day, new in zip(days, services, strict=True)))


@pytest.mark.parametrize(
    ("services", "said"),
    [
        ((), "No allowed traffic was seen, so there is nothing to learn."),
        ((5,), "A window of one day has no learning curve"),
        ((5, 0, 0), "The last 2 days taught nothing new but 2 pairs of known services."),
        ((5, 3, 0, 0, 0), "The last 3 days taught nothing new"),
        ((9, 12, 20, 15), "Each of the last 3 days brought 12 to 20 new services: the window is too short."),
        ((9, 1, 1, 1), "Each of the last 3 days brought 1 new service: the window is too short."),
        ((9, 4), "The last day brought 4 new services: the window is too short."),
        ((9, 0), "The last day taught nothing new, and the one before is the first: a longer window would tell more."),
        ((9, 0, 3, 0), "The last 3 days still brought 3 new services; the very last taught nothing new: a longer"),
        ((9, 0, 0, 1), "The last 3 days still brought 1 new service, some of them on the very last: a longer"),
    ],
)
def test_the_verdict_is_about_the_last_days(services: tuple[int, ...], said: str) -> None:
    made = curve(*services)
    assert made.sentence.startswith(said)
    assert made.is_long_enough == ("days taught nothing" in said)


def test_pairs_services_and_rules_are_counted_on_the_day_they_first_came(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=5)
    rows += daily("10.0.3.4", "10.0.2.8", 443, days=5)[2:]
    rows += [row(("10.0.1.5", "10.0.2.8", "TCP", 22), START + timedelta(days=3, hours=5))]
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    made = learn(draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, exactness=1.0))
    frame = made.frame()
    assert frame["day"].tolist() == [date(2026, 11, day) for day in range(1, 6)]
    assert frame["new_pairs"].tolist() == [1, 0, 1, 1, 0]
    assert frame["new_services"].tolist() == [1, 0, 1, 0, 0], "one more host of a label is no new service"
    assert frame["new_rules"].sum() == frame["rules"].iloc[-1] == 3
    assert learn(draft(store, FlowFilter(), Scope(nsg="nobody"), IN)).days == ()


def test_which_kinds_of_day_are_missing() -> None:
    week = tuple(date(2026, 11, 16) + timedelta(days=place) for place in range(7))
    assert Calendar(week).missing == ("end of a month", "end of a quarter")
    assert Calendar(week[:6]).sentence == (
        "No Sunday, no end of a month and no end of a quarter is in the window: what runs only then was not seen, and "
        "would be cut."
    )
    assert Calendar(week[:2]).sentence.startswith("No day of the week but Monday and Tuesday, no end of a month")
    november = tuple(date(2026, 11, 1) + timedelta(days=place) for place in range(30))
    assert Calendar(november).missing == ("end of a quarter",)
    year_end = tuple(date(2026, 12, 20) + timedelta(days=place) for place in range(12))
    assert Calendar(year_end).sentence.startswith("Every day of the week")
    assert Calendar(()).sentence.startswith("No day of any week")
