"""What somebody pointed at, as parameters of a link: the filter reads the same thing back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.frame.pointing.narrowing import Thing
from tests.estates.rows import VALUES

START = datetime(2026, 11, 19, 3, tzinfo=UTC)
HELD = Window(START - timedelta(days=3), START + timedelta(days=3))


@pytest.mark.parametrize("name", sorted(DIMENSIONS))
def test_only_this_is_a_filter_of_that_value(name: str) -> None:
    for value in VALUES[name]:
        read = FlowFilter.from_params(narrowing.only(Thing({name: value})))
        asked = {"src_ip": "source", "dst_ip": "destination"}.get(name, name)
        assert read == FlowFilter().where(asked, value)


@pytest.mark.parametrize("value", ["a,b", "~x", "!deny", "=y", '"q"', "x, !y", "web"])
def test_a_value_that_looks_like_something_else_is_that_value(value: str) -> None:
    read = FlowFilter.from_params(narrowing.only(Thing({"rule": value})))
    assert read.values_of("rule") == (value,)
    kept = FlowFilter.from_params(narrowing.without("rule", value))
    assert kept.values_of("rule", "is_not") == (value,)


def test_a_window_is_written_once_and_all_time_not_at_all() -> None:
    hour = Window(START, START + timedelta(hours=1))
    read = FlowFilter.from_params(narrowing.only(Thing(window=hour)))
    assert (read.since, read.until) == (hour.since, hour.until)
    assert narrowing.around(hour, HELD) == narrowing.within(hour)
    assert set(narrowing.around(HELD, HELD).values()) == {""}


def test_what_a_page_decides_itself_is_not_offered() -> None:
    assert narrowing.offered("src_ip")
    assert not narrowing.offered("decision", frozenset({"decision"}))
    assert not narrowing.offered("flows")


def test_from_one_filter_to_another_is_what_is_put_and_what_is_taken_out() -> None:
    before = FlowFilter(since=START).where("source", "web").where("port", "443").where("rule", "a,b")
    after = before.without("source").where("port", "443", operator="is_not").where("destination", "db")
    change = narrowing.between(before, after)
    assert change == {"source": "", "port": "443,!443", "destination": "db"}
    assert FlowFilter.from_params({**before.to_params(), **change}) == after
