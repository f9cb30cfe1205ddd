"""Which windows are compared: the newest, the one before, and none where there are no logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nsgflow_core.analysis.compared import periods
from nsgflow_core.analysis.views import WINDOW_LENGTHS, window_start
from nsgflow_core.analysis.windows import Window, interval_for
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.base import Extent

FIRST, LAST = datetime(2026, 11, 16, 0, 12, tzinfo=UTC), datetime(2026, 11, 22, 23, 59, 36, tzinfo=UTC)
HELD = Extent(FIRST, LAST, 9)
END = datetime(2026, 11, 23, tzinfo=UTC)
ONE_DAY = FlowFilter(END - timedelta(days=1), END).where("port", "443")


def test_all_time_is_the_newest_day_and_a_window_keeps_its_ends_and_conditions() -> None:
    assert periods.now(FlowFilter(), HELD) == FlowFilter(END - timedelta(days=1), END)
    assert periods.now(FlowFilter(since=END - timedelta(days=3)), HELD).until == END
    assert periods.now(ONE_DAY, HELD) == ONE_DAY
    with pytest.raises(BadFilter, match="nothing to compare"):
        periods.now(FlowFilter(), Extent(None, None, 0))


def test_the_window_before_is_of_the_same_length_a_week_back_or_all_there_is() -> None:
    assert periods.ends(periods.before(ONE_DAY, "just", HELD)) == (END - timedelta(days=2), END - timedelta(days=1))
    assert periods.before(ONE_DAY, "just", HELD).values_of("port") == ("443",)
    whole = periods.before(ONE_DAY, "all", HELD)
    assert periods.ends(whole) == (FIRST.replace(minute=0), END - timedelta(days=1))
    with pytest.raises(BadFilter, match="no logs before 2026-11-16 00:12"):
        periods.before(ONE_DAY, "week", HELD)
    with pytest.raises(BadFilter, match="no such window"):
        periods.before(ONE_DAY, "yesteryear", HELD)


def test_a_window_before_the_first_log_is_cut_for_rates_and_none_for_counts() -> None:
    five = FlowFilter(END - timedelta(days=5), END)
    assert periods.ends(periods.before(five, "just", HELD)) == (FIRST.replace(minute=0), END - timedelta(days=5))
    assert periods.whole_before(five, HELD) is None
    assert periods.whole_before(FlowFilter(), HELD) is None
    half = FlowFilter(END - timedelta(days=3.5), None)
    before = periods.whole_before(half, HELD)
    assert before is not None
    assert periods.ends(before) == (FIRST.replace(minute=0), END - timedelta(days=3.5))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(days=7), "7 days"),
        (timedelta(hours=24, minutes=38), "24 hours 38 minutes"),
        (timedelta(seconds=1), "1 second"),
    ],
)
def test_a_length_in_words(length: timedelta, words: str) -> None:
    assert periods.length_in_words(FlowFilter(END - length, END)) == words


def test_bars_before_are_none_for_all_time_and_where_logs_do_not_reach() -> None:
    window = Window(END - timedelta(days=3), END)
    three = FlowFilter(window.since, window.until).where("port", "443")
    found = periods.bars_before(three, window, "hour", HELD)
    assert found
    assert (periods.ends(found[0]), found[1]) == ((window.since - found[1], window.since), timedelta(days=3))
    assert found[0].values_of("port") == ("443",)
    four = Window(END - timedelta(days=4), END)
    assert periods.bars_before(FlowFilter(four.since, four.until), four, "hour", HELD) is None
    assert periods.bars_before(FlowFilter(), window, "hour", HELD) is None


@pytest.mark.parametrize("window", [name for name, length in WINDOW_LENGTHS.items() if length])
@pytest.mark.parametrize("minute", [0, 1, 37, 59])
def test_each_window_of_the_bar_and_the_one_before_are_as_long_as_it_is_called(window: str, minute: int) -> None:
    length = WINDOW_LENGTHS[window]
    assert length
    held = Extent(FIRST - timedelta(days=30), datetime(2026, 11, 22, 14, minute, 7, 9, tzinfo=UTC), 1)
    assert held.until
    asked = FlowFilter(since=window_start(window, held.until))
    after = periods.now(asked, held)
    before, just = periods.whole_before(asked, held), periods.before(after, "just", held)
    assert before == just
    since, until = periods.ends(after)
    assert (since, until) == (held.until - length, held.until)
    assert periods.ends(before) == (since - length, since)
    assert periods.length_in_words(before) == {"1h": "1 hour", "24h": "24 hours", "7d": "7 days"}[window]
    bars = periods.bars_before(asked, Window(since, until), interval_for(Window(since, until)), held)
    assert bars is not None
    assert bars[0] == before
