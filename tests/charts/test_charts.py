"""Figures from hand-made frames: what is drawn, in which colour, and what a click means."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.charts import any_answer, flows, heatmaps, rendered


def pairs(count: int) -> pd.DataFrame:
    rows = [(f"s{n}", f"d{n}", "Allowed", n + 1, 10 * n) for n in range(count)]
    return pd.DataFrame(rows, columns=["source", "destination", "decision", "flows", "bytes"])


def test_matrix_keeps_the_largest_and_adds_up_the_rest() -> None:
    matrix = heatmaps.matrix_of(pairs(40), "flows", most=30)
    assert len(matrix.sources) == len(matrix.destinations) == 31
    assert matrix.sources[0] == "s39"
    assert matrix.sources[-1] == flows.OTHERS
    assert matrix.values.sum() == sum(range(1, 41))


def test_a_cells_position_leads_back_to_its_subnets() -> None:
    matrix = heatmaps.matrix_of(pairs(3), "flows")
    markers = heatmaps.heatmap(matrix, "flows").data[1]
    assert [matrix.cell(int(position)) for position in markers.customdata] == [("s2", "d2"), ("s1", "d1"), ("s0", "d0")]


def test_what_others_add_up_to_makes_no_named_cell_pale() -> None:
    cells = heatmaps.heatmap(heatmaps.matrix_of(pairs(400), "flows", most=3), "flows").data[0]
    assert [round(10**end) for end in (cells.zmin, cells.zmax)] == [398, 400]
    assert 10 ** np.nanmax(cells.z) > 70_000, "what others add up to is drawn as strong as the strongest"


def test_empty_frames_draw_empty_charts() -> None:
    assert len(heatmaps.heatmap(heatmaps.matrix_of(pairs(0), "flows"), "flows").data) == 2


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 KB"), (388e9, "388 GB"), (2e18, "2,000.0 PB")]
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
    over = pd.DataFrame({"hour": hours, "rule": [POISON], "flows": [1]})
    ends = pd.DataFrame({"source": [POISON], "destination": [POISON], "flows": [1]})
    answer = pd.DataFrame({POISON: [POISON], f"{POISON}2": [1]})
    figures = (
        flows.ranked_bars(over, over["rule"], "flows"),
        heatmaps.heatmap(heatmaps.matrix_of(ends, "flows"), "flows"),
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
