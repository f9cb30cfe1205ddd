"""Small trends of a table's rows: their points are the row's own flows, from the window's start to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.analysis import denied, required_ports, trends
from nsgflow_core.analysis.address import asked
from nsgflow_core.analysis.windows import Window, length_of
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.store import LocalStore

START = datetime(2026, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize("hours", [1, 5, 24, 24.9, 72, 168, 24 * 60, 24 * 400])
def test_a_trend_has_few_points_and_enough(hours: float) -> None:
    window = Window(START, START + timedelta(hours=hours))
    interval = trends.interval_of(window)
    rows = pd.DataFrame({"protocol": "TCP", "port": [22, 443, 80]})
    starts = [START, START, START + length_of(interval)]
    told = pd.DataFrame({"protocol": "TCP", "port": [22, 443, 443], interval: starts, "flows": [7, 1, 2]})
    found = trends.points(rows, told, window)
    assert {len(each) for each in found} <= set(range(15, trends.MOST + 1))
    assert [sum(each) for each in found] == [7, 3, 0]
    assert found[0][0] == 7


def test_no_trend_is_told_from_a_part_of_the_answer() -> None:
    many = pd.DataFrame({"port": range(trends.MOST_CELLS), "hour": START, "flows": 1})
    assert trends.points(pd.DataFrame({"port": [1]}), many, Window(START, START + timedelta(days=1))) == []


def test_each_row_of_required_ports_and_denials_has_its_own(sample_file: Path) -> None:
    store = LocalStore(sample_file)
    part = FlowFilter(START, START + timedelta(days=1))
    window = Window(START, START + timedelta(days=1))
    for question in (required_ports.services(part, "address"), denied.by_rule_and_port(part)):
        assert isinstance(question.query, FlowQuery)
        rows = question.ask(store)
        told = trends.by_interval(question.query, trends.interval_of(window)).ask(store)
        found = trends.points(rows, told, window)
        assert len(found) == len(rows)
        assert {len(each) for each in found} == {24}
        assert all(sum(each) >= flows > 0 for each, flows in zip(found, rows["flows"], strict=True))


def test_each_service_of_an_address_has_its_own(sample_file: Path) -> None:
    store = LocalStore(sample_file)
    part = FlowFilter(START, START + timedelta(days=1)).where("src_ip", "10.20.1.4")
    question = asked.services(part, store.unsupported)
    assert isinstance(question.query, FlowQuery)
    rows = question.ask(store)
    told = trends.by_interval(question.query, "hour").ask(store)
    found = trends.points(rows, told, Window(START, START + timedelta(days=1)))
    assert len(found) == len(rows) > 10
    assert all(sum(each) >= flows > 0 for each, flows in zip(found, rows["flows"], strict=True))
