"""Figures from hand-made frames: what is drawn, in which colour, and what a click means."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from nsgflow_core.charts import any_answer, flows, heatmaps, rendered
from nsgflow_core.charts.pointed import matrix


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0B"),
        (999, "999B"),
        (1_500, "1.5KB"),
        (480_640, "480.6KB"),
        (999_990, "1MB"),
        (388e9, "388GB"),
        (2e18, "2,000PB"),
    ],
)
def test_bytes_in_words(count: float, words: str) -> None:
    assert flows.bytes_in_words(count) == words


@pytest.mark.parametrize(
    ("count", "words"), [(7, "7"), (999, "999"), (1_234, "1.2k"), (24_400, "24.4k"), (3e6, "3.0M")]
)
def test_count_in_words(count: float, words: str) -> None:
    assert flows.count_in_words(count) == words


POISON = '<a href="http://127.0.0.1:1/x">&lt;b&gt;\u202ex</a>%{x}'


def test_names_in_charts_are_text_and_no_html() -> None:
    hours = pd.to_datetime(["2026-11-20T10:00Z"])
    answer = pd.DataFrame({POISON: [POISON], f"{POISON}2": [1]})
    figures = (
        any_answer.of(answer),
        any_answer.of(pd.DataFrame({"at": hours, POISON: [1]})),
    )
    for figure in figures:
        assert figure is not None
        drawn = json.dumps(figure.to_dict(), default=str, ensure_ascii=False)
        assert "<a" not in drawn
        assert "\u202e" not in drawn
        assert "&lt;a href=" in drawn
        assert not any(POISON[-4:] in str(trace.hovertemplate) for trace in figure.data)


def test_a_query_gets_the_chart_that_it_asks_for():
    def drawn(answer, kind):
        figure = rendered.of(answer, kind)
        assert figure is not None
        return figure.data

    times = pd.to_datetime(["2026-11-01T00:00Z", "2026-11-01T01:00Z"] * 2).tz_localize(None)
    told = pd.DataFrame({"t": times, "port": ["22", "22", "443", "443"], "n": [1, 2, 30, 40]})
    assert [(each.name, list(each.y)) for each in drawn(told, "timechart")] == [("443", [30, 40]), ("22", [1, 2])]
    arrays = pd.DataFrame({"port": [22], "n": ["[1,2]"], "t": ['["2026-11-01T00:00:00.0000000Z","2026-11-01T01:00Z"]']})
    (series,) = drawn(arrays, "timechart")
    assert (series.name, list(series.y), len(series.x)) == ("22", [1, 2], 2)
    counted = pd.DataFrame({"rule": ["a", "b"], "n": [1, 2]})
    kinds = {kind: drawn(counted, kind)[0].type for kind in ("piechart", "barchart", "columnchart")}
    assert kinds == {"piechart": "pie", "barchart": "bar", "columnchart": "bar"}
    assert rendered.of(counted, "table") is None
    assert rendered.of(counted, "timechart") is None


@pytest.mark.parametrize("days", [1, 2, 31])
def test_the_hours_above_a_calendar_of_few_days_have_room(days: int) -> None:
    hours = pd.DataFrame({"hour": pd.date_range("2026-11-18", periods=24 * days, freq="h", tz="UTC"), "tuples": 1})
    layout = heatmaps.coverage_by_hour(hours).layout
    assert layout.margin.t >= 40
    assert layout.height - layout.margin.t - layout.margin.b == 24 * days


@pytest.mark.parametrize(("ink", "page"), [("#333333", "#FFFFFF"), ("#CCCCCC", "#10171F")])
def test_numbers_in_cells_are_read_on_the_strongest_shade_in_light_and_dark(ink: str, page: str) -> None:
    """In the ink that ECharts has for each page, which it writes in where a label has no colour and is no "inside"."""
    pairs = pd.DataFrame({"source": ["a", "b"], "destination": ["b", "a"], "flows": [1, 1_000]})
    option = matrix.heatmap(matrix.matrix_of(pairs, "flows"), "flows").option
    label = option["series"][0]["label"]
    assert "color" not in label
    assert isinstance(label["position"], list)
    *shade, opacity = map(float, option["visualMap"]["inRange"]["color"][-1][5:-1].split(","))
    lies_on = [opacity * over + (1 - opacity) * under for over, under in zip(shade, rgb(page), strict=True)]
    dark, light = sorted((luminance(rgb(ink)), luminance(lies_on)))
    assert (light + 0.05) / (dark + 0.05) > 4.4


def rgb(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    """Of WCAG 2.2."""
    parts = [each / 255 for each in colour]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
