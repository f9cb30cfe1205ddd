"""Days of 23 and 25 hours: whatever tells a moment on a zone's clock tells it from any other, and reads it back."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from nsgflow_core.analysis.compared import periods
from nsgflow_core.ask.answers import in_zone
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.line import read_line, write_line
from nsgflow_core.ask.text.times import moment_words, parse_time
from nsgflow_core.charts.pointed.over_time import span_in_words
from nsgflow_core.exports import to_csv
from nsgflow_core.ui.frame.pointing.chips import window_in_words

HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)
CHANGES = {
    "Europe/Amsterdam": (datetime(2026, 3, 29), datetime(2026, 10, 25)),
    "America/New_York": (datetime(2026, 3, 8), datetime(2026, 11, 1)),
    "America/Santiago": (datetime(2026, 4, 4), datetime(2026, 9, 5)),
    "Australia/Lord_Howe": (datetime(2026, 4, 5), datetime(2026, 10, 4)),  # by half an hour
}
DAYS = [(name, day) for name, days in CHANGES.items() for day in days]


def around(day: datetime) -> list[datetime]:
    """Every half hour of two days and nights around it."""
    return [day.replace(tzinfo=UTC) - timedelta(hours=16) + HALF_HOUR * number for number in range(112)]


@pytest.mark.parametrize(("name", "day"), DAYS)
def test_whatever_tells_a_moment_tells_one(name: str, day: datetime) -> None:
    zone, moments = ZoneInfo(name), around(day)
    windows = [FlowFilter(moment, moment + HOUR) for moment in moments]
    told = {
        "words": [moment_words(moment, zone) for moment in moments],
        "words of a frame": [moment_words(moment, zone) for moment in pd.to_datetime(pd.Series(moments), utc=True)],
        "the bars of a chart": [span_in_words(moment, "hour", zone) for moment in moments],
        "the chip of a window": [window_in_words(each.since, each.until, zone) for each in windows],
        "the chip of its start": [window_in_words(each.since, None, zone) for each in windows],
        "a sentence": [each.describe(zone) for each in windows],
        "the window before": [periods.in_words(each, zone) for each in windows],
    }
    assert {what: len(set(words)) for what, words in told.items()} == dict.fromkeys(told, len(moments))


@pytest.mark.parametrize(("name", "day"), DAYS)
def test_what_is_written_on_a_clock_is_read_as_that_moment(name: str, day: datetime) -> None:
    zone, moments = ZoneInfo(name), around(day)
    for moment in moments:
        asked = FlowFilter(moment, moment + HOUR)
        assert read_line(write_line(asked, zone), zone) == asked
    frame = in_zone(pd.DataFrame({"last_seen": pd.to_datetime(pd.Series(moments), utc=True)}), zone)
    read = pd.read_csv(io.BytesIO(to_csv(frame)))
    assert pd.to_datetime(read.iloc[:, 0], utc=True).tolist() == moments


def test_a_day_that_is_said_has_the_hours_that_it_had() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    for first, last, hours in (("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)):
        since, until = parse_time(first, zone), parse_time(last, zone)
        assert since is not None
        assert until is not None
        assert until - since == timedelta(hours=hours)
        days = [moment.astimezone(zone).strftime("%d %b 00:00") for moment in (since, until)]
        assert window_in_words(since, until, zone) == "from {} to {}".format(*days), (
            "a chip 00:00-00:00 reads as nothing"
        )
