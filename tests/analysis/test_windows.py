"""Windows: how they are cut into bars, and what lies beside and around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nsgflow_core.analysis.windows import (
    MOST_BARS,
    Interval,
    Window,
    interval_for,
    intervals_for,
    length_of,
    shift_to_before,
)

START = datetime(2026, 11, 19, 3, tzinfo=UTC)
HELD = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))


def lasting(**length: float) -> Window:
    return Window(START, START + timedelta(**length))


@pytest.mark.parametrize(
    ("length", "interval"),
    [
        ({"microseconds": 1}, "minute"), ({"minutes": 5}, "minute"), ({"hours": 1}, "minute"), ({"hours": 2}, "minute"),
        ({"hours": 3}, "five_minutes"), ({"hours": 12}, "quarter_hour"), ({"hours": 24}, "hour"), ({"days": 7}, "hour"),
        ({"days": 21}, "hour"), ({"days": 22}, "day"), ({"days": 5000}, "day"),
    ],
)  # fmt: skip
def test_the_bars_of_a_window(length: dict[str, float], interval: str) -> None:
    window = lasting(**length)
    assert interval_for(window) == interval
    assert interval_for(window) in intervals_for(window)


def test_only_bars_that_can_be_told_apart_and_that_the_store_knows_are_offered() -> None:
    for hours in (0.1, 1, 5, 24, 24 * 7, 24 * 60):
        window = lasting(hours=hours)
        for each in intervals_for(window):
            assert window.length <= MOST_BARS * length_of(each)
    assert intervals_for(lasting(hours=1), {"minute", "five_minutes", "quarter_hour"}) == ("hour",)
    assert intervals_for(lasting(minutes=10), {"minute", "five_minutes", "quarter_hour"}) == ("hour",)
    assert intervals_for(lasting(days=1)) == ("five_minutes", "quarter_hour", "hour", "day")


def test_whole_intervals_hold_the_window_and_no_more() -> None:
    odd = Window(START + timedelta(minutes=7), START + timedelta(minutes=62))
    assert odd.whole("hour") == lasting(hours=2)
    assert lasting(hours=2).whole("hour") == lasting(hours=2)
    assert odd.whole("day") == Window(datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))


def test_beside_and_around() -> None:
    hour = lasting(hours=1)
    assert hour.later(1) == Window(hour.until, hour.until + timedelta(hours=1))
    assert hour.later(1).later(-1) == hour
    assert hour.wider(HELD) == Window(START - timedelta(minutes=30), hour.until + timedelta(minutes=30))
    assert HELD.wider(HELD) == HELD
    assert HELD.holds(hour)
    assert not hour.holds(HELD)
    assert hour.meets(HELD)
    assert not hour.meets(hour.later(1))


@pytest.mark.parametrize(
    ("length", "interval", "shift"),
    [
        ({"hours": 24}, "hour", {"hours": 24}),
        ({"hours": 24, "minutes": 59}, "hour", {"days": 2}),
        ({"days": 7}, "day", {"days": 7}),
        ({"days": 7, "minutes": 31}, "day", {"days": 8}),
        ({"minutes": 60}, "five_minutes", {"hours": 1}),
        ({"minutes": 61}, "minute", {"minutes": 61}),
        ({"minutes": 61}, "five_minutes", {"minutes": 65}),
        ({"hours": 4, "minutes": 30}, "five_minutes", {"hours": 4, "minutes": 30}),
        ({"hours": 4, "minutes": 30}, "hour", {"hours": 5}),
        ({"hours": 30}, "hour", {"days": 2}),
        ({"hours": 5}, "day", {"days": 1}),
        ({"seconds": 20}, "minute", {"minutes": 1}),
    ],
)  # fmt: skip
def test_the_window_before_has_a_bar_for_each_bar(
    length: dict[str, float], interval: Interval, shift: dict[str, float]
) -> None:
    window = lasting(**length)
    by = shift_to_before(window, interval)
    assert by == timedelta(**shift)
    assert not window.meets(Window(window.since - by, window.until - by))
    assert not by % length_of(interval)
