"""Times as people say them, each seen from one Thursday, and what could be two days or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.text.moments import said_moment
from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.errors import BadFilter
from tests.ask.test_hostile_values import outcome

NOW = datetime(2026, 11, 26, 10, 30, 42, tzinfo=UTC)
"""A Thursday."""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-26 10:30"),
        ("today", "2026-11-26 00:00"),
        ("yesterday", "2026-11-25 00:00"),
        ("Yesterday at 14:00", "2026-11-25 14:00"),
        ("14:00 yesterday", "2026-11-25 14:00"),
        ("day before yesterday", "2026-11-24 00:00"),
        ("tomorrow", "2026-11-27 00:00"),
        ("last monday", "2026-11-23 00:00"),
        ("monday 9am", "2026-11-23 09:00"),
        ("on Tuesday", "2026-11-24 00:00"),
        ("weds", "2026-11-25 00:00"),
        ("thursday", "2026-11-26 00:00"),
        ("last thursday", "2026-11-19 00:00"),
        ("thursday 09:00", "2026-11-26 09:00"),
        ("thursday 14:00", "2026-11-19 14:00"),
        ("fri", "2026-11-20 00:00"),
        ("this week", "2026-11-23 00:00"),
        ("last week", "2026-11-16 00:00"),
        ("last month", "2026-10-01 00:00"),
        ("this month", "2026-11-01 00:00"),
        ("19 Nov 03:00", "2026-11-19 03:00"),
        ("Nov 19 3am", "2026-11-19 03:00"),
        ("Nov 19, 3 pm", "2026-11-19 15:00"),
        ("the 19th of November at 03:00", "2026-11-19 03:00"),
        ("November 19th, 2025", "2025-11-19 00:00"),
        ("19-Nov-2026 03:00:30", "2026-11-19 03:00:30"),
        ("19.11.2026 03:00", "2026-11-19 03:00"),
        ("19.11. 03:00", "2026-11-19 03:00"),
        ("19/11/2026", "2026-11-19 00:00"),
        ("11/19/2026", "2026-11-19 00:00"),
        ("2026/11/19 03:00", "2026-11-19 03:00"),
        ("11/11", "2026-11-11 00:00"),
        ("03:00 19 Nov", "2026-11-19 03:00"),
        ("27 Nov", "2026-11-27 00:00"),
        ("20 Dec", "2025-12-20 00:00"),
        ("29 Feb", "2024-02-29 00:00"),
        ("1 may", "2026-05-01 00:00"),
        ("14:00", "2026-11-25 14:00"),
        ("03:00", "2026-11-26 03:00"),
        ("3am", "2026-11-26 03:00"),
        ("12am", "2026-11-26 00:00"),
        ("12pm", "2026-11-25 12:00"),
        ("noon", "2026-11-25 12:00"),
        ("midnight", "2026-11-26 00:00"),
        ("yesterday noon", "2026-11-25 12:00"),
        ("today 23:00", "2026-11-26 23:00"),
        ("2h", "2026-11-26 08:30"),
        ("2h ago", "2026-11-26 08:30"),
        ("-2h", "2026-11-26 08:30"),
        ("- 2 hours", "2026-11-26 08:30"),
        ("1h30m", "2026-11-26 09:00"),
        ("1 hour 30 min ago", "2026-11-26 09:00"),
        ("an hour ago", "2026-11-26 09:30"),
        ("last hour", "2026-11-26 09:30"),
        ("last 2 hours", "2026-11-26 08:30"),
        ("past week", "2026-11-19 10:30"),
        ("-7d", "2026-11-19 10:30"),
        ("2w", "2026-11-12 10:30"),
        ("3 days ago", "2026-11-23 10:30"),
        ("3 days ago 14:00", "2026-11-23 14:00"),
        ("two days ago at noon", "2026-11-24 12:00"),
        ("19 Nov 03:00Z", "2026-11-19 03:00"),
        ("19 Nov 03:00 UTC", "2026-11-19 03:00"),
        ("19 Nov 03:00 +01:00", "2026-11-19 02:00"),
        ("yesterday 3am -0500", "2026-11-25 08:00"),
        ("soon", None),
        ("", None),
        ("19", None),
        ("Nov", None),
        ("3 fortnights ago", None),
        ("monday tuesday", None),
        ("19 Nov 26", None),
        ("yesterday yesterday", None),
        ("03:00 04:00", None),
        ("2h 14:00", None),
        ("a", None),
        ("-", None),
    ],
)
def test_phrases(text: str, moment: str | None) -> None:
    found = said_moment(text, NOW)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)


@pytest.mark.parametrize("text", ["11/12/2026", "11-12-2026", "3/4", "3/4 14:00"])
def test_a_day_that_can_be_read_in_two_ways_is_refused_with_both(text: str) -> None:
    with pytest.raises(BadFilter, match=r"can be \d+ \w+ or \d+ \w+") as caught:
        parse_time(text)
    first = caught.value.hint.removeprefix("Write ").partition(",")[0]
    assert parse_time(first)


@pytest.mark.parametrize(
    "text", ["31 Nov", "2026-02-30", "19 Nov 25:00", "13pm", "0am", "yesterday 14:60", "-9999999999999d", "-7y"]
)
def test_what_does_not_exist_is_said(text: str) -> None:
    with pytest.raises(BadFilter, match=r"no day or hour|not a time|outside of the calendar"):
        parse_time(text)


def test_phrases_in_another_zone() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC).astimezone(amsterdam)
    for text, moment in (
        ("today", datetime(2026, 11, 26, 23, tzinfo=UTC)),
        ("19 Nov 03:00", datetime(2026, 11, 19, 2, tzinfo=UTC)),
        ("1 Jul 03:00", datetime(2026, 7, 1, 1, tzinfo=UTC)),
        ("19 Nov 03:00Z", datetime(2026, 11, 19, 3, tzinfo=UTC)),
    ):
        assert said_moment(text, late) == moment
    assert parse_time("2026-11-19T03:00", amsterdam) == datetime(2026, 11, 19, 2, tzinfo=UTC)
    assert parse_time("2026-11-19T03:00Z", amsterdam) == datetime(2026, 11, 19, 3, tzinfo=UTC)
    over_the_change = datetime(2026, 10, 25, 12, tzinfo=amsterdam)
    assert said_moment("24h", over_the_change) == over_the_change.astimezone(UTC) - timedelta(hours=24)


WORDS = ("last", "monday", "3am", "19", "nov", "2026", "14:00", "yesterday", "-", "2", "h", "ago", "/", ".", "+01:00")


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.sampled_from(["", " "]))
def test_any_words_are_a_moment_or_a_sentence(words: list[str], blank: str) -> None:
    moment, said = outcome(lambda: parse_time(blank.join(words)))
    assert (moment is None) == bool(said)
