"""Bars over time: where they stand, in which colour, and what a click and a drag on them mean."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from nsgflow_core.analysis.windows import INTERVALS, Interval, Window, length_of
from nsgflow_core.charts import flows
from nsgflow_core.charts.pointed import over_time
from nsgflow_core.charts.pointed.before import Before, time_in_words

START = datetime(2026, 11, 19, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(START, START + 4 * HOUR)


def hourly(*rows: tuple[int, str, int], part: str = "decision", interval: Interval = "hour") -> pd.DataFrame:
    length = length_of(interval)
    cells = {interval: [START + n * length for n, _, _ in rows], part: [p for _, p, _ in rows]}
    frame = pd.DataFrame(cells | {"flows": [count for _, _, count in rows]})
    return frame.assign(bytes=frame["flows"] * 1e9)


def decisions(intervals: pd.DataFrame, measure: str, window: Window, *asked: str) -> over_time.OverTime:
    return over_time.decisions(intervals, measure, window, asked, (136, 84))


def bars(chart: over_time.OverTime) -> dict[str, tuple[str, list[Any]]]:
    """Series -> its colour and what it draws."""
    rows = chart.option["dataset"]["source"]
    named = [series for series in chart.option["series"] if series["type"] == "bar" and "name" in series]
    return {
        each["name"]: (each["itemStyle"]["color"], rows.iloc[:, each["encode"]["y"]].fillna(0).tolist())
        for each in named
    }


def test_allowed_and_denied_have_their_own_colours_and_axes() -> None:
    chart = decisions(hourly((0, "Allowed", 5), (0, "Denied", 1), (3, "Denied", 2)), "flows", WINDOW)
    drawn = {"Allowed": (flows.ALLOWED_COLOUR, [5, 0, 0, 0]), "Denied": (flows.DENIED_COLOUR, [1, 0, 0, 2])}
    assert bars(chart) == drawn
    assert {each["name"]: each["xAxisIndex"] for each in chart.option["series"] if "name" in each} == {
        "Allowed": 0, "Denied": 1,
    }  # fmt: skip


def test_a_decision_that_is_not_asked_for_has_no_row() -> None:
    chart = decisions(hourly((0, "Denied", 1)), "flows", WINDOW, "Denied")
    assert list(bars(chart)) == ["Denied"]
    assert len(chart.option["grid"]) == 1
    assert chart.option["graphic"] == []


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_bar_stands_from_its_start_to_its_end(interval: Interval) -> None:
    """ECharts draws a bar around its place, as wide as the smallest step between places, which all are there."""
    length = length_of(interval)
    window = Window(START + timedelta(seconds=7), START + 3 * length)
    chart = decisions(hourly((0, "Allowed", 5), interval=interval), "flows", window)
    places = chart.option["dataset"]["source"].iloc[:, 1]
    step = length.total_seconds() * 1000
    assert set(places.diff().dropna()) == {step}
    assert [moment.timestamp() * 1000 + step / 2 for moment in chart.starts] == places.tolist()
    ends = {(axis["min"], axis["max"]) for axis in chart.option["xAxis"]}
    assert ends == {(places.iloc[0] - step / 2, places.iloc[-1] + step / 2)}


def test_smaller_rules_are_others_and_nothing_is_lost() -> None:
    frame = hourly(*((0, f"r{n}", n + 1) for n in range(8)), part="rule")
    chart = over_time.parts(frame, "rule", "flows", WINDOW, 300, most=3)
    assert list(bars(chart)) == ["r7", "r6", "r5", flows.OTHERS]
    assert sum(sum(values) for _, values in bars(chart).values()) == 36


def test_an_axis_is_not_drawn_from_no_data() -> None:
    chart = decisions(hourly((0, "Allowed", 5)), "bytes", WINDOW)
    first, second = (axis for axis in chart.option["yAxis"] if axis.get("show", True))
    assert (second["min"], second["max"], second["axisLabel"]["show"]) == (0, 1, False)
    assert "max" not in first
    assert [each["style"]["text"] for each in chart.option["graphic"]] == ["No bytes denied"]


def test_no_flows_draw_an_empty_window() -> None:
    empty = pd.DataFrame({"hour": pd.to_datetime([], utc=True), "decision": [], "flows": []})
    chart = decisions(empty, "flows", WINDOW)
    assert [values for _, values in bars(chart).values()] == [[0, 0, 0, 0]] * 2
    assert len(chart.option["graphic"]) == 2
    assert over_time.parts(empty.rename(columns={"decision": "rule"}), "rule", "flows", WINDOW, 300).starts


def test_bytes_are_written_in_the_unit_of_their_axis() -> None:
    chart = decisions(hourly((0, "Allowed", 5), (1, "Denied", 2)), "bytes", WINDOW)
    assert bars(chart)["Allowed"][1][0] == 5
    assert [axis["name"] for axis in chart.option["yAxis"] if "name" in axis] == ["Allowed (GB)", "Denied (GB)"]


def test_a_click_is_a_bar_or_the_interval_behind_it() -> None:
    chart = decisions(hourly((0, "Allowed", 5), (2, "Denied", 2)), "flows", WINDOW)
    at = {each.get("name", "column"): index for index, each in enumerate(chart.option["series"])}
    third = Window(START + 2 * HOUR, START + 3 * HOUR)
    assert chart.marks([{"series_index": at["Denied"], "data_indices": [2]}]) == {over_time.BarMark(third, "Denied")}
    assert chart.marks([{"series_index": at["column"], "data_indices": [2]}]) == {over_time.BarMark(third, None)}
    assert chart.words(over_time.BarMark(third, "Denied")) == "Thu 19 Nov 05:00-06:00 UTC · Denied"


def test_a_drag_is_the_whole_intervals_under_it() -> None:
    chart = decisions(hourly((0, "Allowed", 5)), "flows", WINDOW)

    def brushed(*ends: datetime) -> Window | None:
        return chart.brushed([{"coord_range": [end.timestamp() * 1000 for end in ends]}])

    assert brushed(START + HOUR / 2, START + 3 * HOUR / 2) == Window(START, START + 2 * HOUR)
    assert brushed(START + HOUR, START + 2 * HOUR) == Window(START + HOUR, START + 2 * HOUR)
    assert brushed(START + 2 * HOUR, START + HOUR) == Window(START + HOUR, START + 2 * HOUR)
    assert brushed(START - 9 * HOUR, START + 99 * HOUR) == WINDOW
    assert brushed(START - 9 * HOUR, START - 8 * HOUR) is None
    assert chart.brushed([]) is None


def test_names_are_text_and_no_template() -> None:
    poison = '<a href="http://127.0.0.1:1/x">{@[0]}\u202e</a>'
    chart = over_time.parts(hourly((0, poison, 1), part="rule"), "rule", "flows", WINDOW, 300)
    told = chart.option["tooltip"]["formatter"]
    assert "<a" not in told
    assert told.count("{@[0]}") == 1
    drawn = json.dumps({**chart.option, "dataset": list(chart.option["dataset"]["source"].columns)}, default=str)
    assert "\\u202e" not in drawn


def test_another_clock_shows_the_same_bars() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    hours = hourly((0, "Allowed", 5))
    chart = over_time.decisions(hours, "flows", WINDOW, (), (136, 84), zone)
    assert chart.option["useUTC"] is False
    assert chart.starts == decisions(hours, "flows", WINDOW).starts
    assert chart.option["dataset"]["source"].iloc[0, 0] == "Thu 19 Nov 04:00-05:00 CET"
    assert over_time.span_in_words(START, "day", zone) == "Thu 19 Nov 2026 UTC"


def line_of(chart: over_time.OverTime, row: int) -> list[float]:
    """What the line of a row draws, by interval."""
    rows = chart.option["dataset"]["source"]
    (line,) = (each for each in chart.option["series"] if each["type"] == "line" and each["xAxisIndex"] == row)
    assert line["silent"], "a click on it is one on what lies behind"
    return list(rows.iloc[:, line["encode"]["y"]].fillna(0))


def test_the_time_before_stands_over_the_bar_that_it_is_compared_with() -> None:
    now = hourly((0, "Allowed", 5), (3, "Denied", 2))
    was = hourly((0, "Allowed", 7), (2, "Allowed", 1), (3, "Denied", 9))
    was["hour"] = was["hour"] - timedelta(days=1)
    chart = over_time.decisions(now, "flows", WINDOW, (), (136, 84), UTC, Before(was, timedelta(days=1)))
    assert [line_of(chart, row) for row in (0, 1)] == [[7, 0, 1, 0], [0, 0, 0, 9]]
    assert len(chart.series) == len(chart.option["series"])
    assert bars(chart) == bars(decisions(now, "flows", WINDOW))
    (first, *_), told = chart.option["dataset"]["source"].itertuples(index=False), chart.option["tooltip"]["formatter"]
    shown = re.sub(r"\{@\[(\d+)\]\}", lambda found: str(first[int(found[1])]), re.sub("<br>|<[^>]*>", " ", told))
    assert " ".join(shown.split()) == (
        "Thu 19 Nov 03:00-04:00 UTC ■ Allowed 5 ■ Denied 0 "
        "24 hours earlier , Wed 18 Nov 03:00-04:00 UTC ━ Allowed 7 ━ Denied 0"
    )


def test_the_time_before_of_parts_is_of_all_parts_and_names_are_never_one() -> None:
    now, was = (hourly((0, "a", many), (0, "When", many), (1, f"{many}", 1), part="rule") for many in (2, 7))
    was["hour"] = was["hour"] - 4 * HOUR
    chart = over_time.parts(now, "rule", "flows", WINDOW, 300, most=1, before=Before(was, 4 * HOUR))
    assert line_of(chart, 0) == [14, 1, 0, 0]
    names = list(chart.option["dataset"]["source"])
    assert len(set(names)) == len(names) == 3 + 2 * 3 + 1


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (timedelta(hours=24), "24 hours earlier"), (timedelta(days=7), "7 days earlier"),
        (timedelta(hours=4, minutes=30), "4 hours 30 minutes earlier"), (timedelta(minutes=1), "1 minute earlier"),
    ],
)  # fmt: skip
def test_how_much_earlier_is_said_exactly(by: timedelta, words: str) -> None:
    assert time_in_words(by) == words
