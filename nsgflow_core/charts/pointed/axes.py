"""The parts of an ECharts option for bars over time: axes, the brush, bars and the columns behind them."""

from __future__ import annotations

from typing import Any

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import NEUTRAL
from nsgflow_core.words.visible import visible

LEFT, RIGHT = 64, 12
"""Pixels beside the bars."""
_COLUMN = 2
"""The column of the dataset that a column without bar stands on."""


def brush() -> dict[str, Any]:
    """A drag along time. Its icon lies unseen at the top left, where ui/frame/browser/brush.js presses it."""
    unseen = {"iconStyle": {"opacity": 0}, "emphasis": {"iconStyle": {"opacity": 0}}, "showTitle": False}
    place = {"left": 0, "top": 0, "padding": 0, "itemGap": 0, "itemSize": 16}
    return {
        "brush": {
            "xAxisIndex": "all", "brushType": "lineX", "brushMode": "single", "transformable": False,
            "toolbox": ["lineX"], "throttleType": "debounce", "throttleDelay": 100, "outOfBrush": {"colorAlpha": 0.3},
        },
        "toolbox": {"show": True, **place, **unseen, "feature": {"brush": {"type": ["lineX"]}}},
    }  # fmt: skip


def time_axis(at: int, whole: Window, *, is_last: bool) -> dict[str, Any]:
    """A row's axis of time, from the window's start to its end; the last row's is written."""
    ends = {"min": int(whole.since.timestamp() * 1000), "max": int(whole.until.timestamp() * 1000)}
    words = {
        "year": "{yyyy}", "month": "{MMM} {yyyy}", "day": "{d} {MMM}", "hour": "{HH}:{mm}", "minute": "{HH}:{mm}",
        "second": "{HH}:{mm}:{ss}", "millisecond": "{HH}:{mm}:{ss}", "none": "{d} {MMM} {HH}:{mm}",
    }  # fmt: skip
    label = {"show": is_last, "formatter": words, "hideOverlap": True}
    pointer = {"type": "line", "label": {"show": False}}
    lines = {"splitLine": {"show": False}, "axisTick": {"show": is_last}, "axisLine": {"show": True}}
    return {"type": "time", "gridIndex": at, **ends, "axisLabel": label, "axisPointer": pointer, **lines}


def value_axis(at: int, row: str, unit: str, height: int, *, is_empty: bool) -> dict[str, Any]:
    """An axis is never drawn from no data: it would run from nothing to something that nobody logged."""
    name = {"name": f"{row} ({unit})" if unit else row, "nameLocation": "end", "nameGap": 8}
    align = {"nameTextStyle": {"align": "left", "padding": [0, 0, 0, 8 - LEFT]}}
    space = {"min": 0, "max": 1, "axisLabel": {"show": False}, "splitLine": {"show": False}} if is_empty else {}
    whole = {} if unit and unit != "B" else {"minInterval": 1}
    return {
        "type": "value",
        "gridIndex": at,
        "splitNumber": 3 if height > 100 else 2,
        **name,
        **align,
        **whole,
        **space,
    }


def column_axis(at: int) -> dict[str, Any]:
    """What the columns behind the bars stand on: 0 to 1."""
    return {"type": "value", "gridIndex": at, "min": 0, "max": 1, "show": False}


def columns(at: int) -> dict[str, Any]:
    """Unseen columns from bottom to top, one an interval: a click beside a small bar means its interval."""
    look = {"itemStyle": {"color": NEUTRAL, "opacity": 0}, "z": 1}
    states = {
        "emphasis": {"itemStyle": {"opacity": 0.14}},
        "select": {"itemStyle": {"opacity": 0.28, "borderWidth": 0}},
    }
    return _series(at, 2 * at + 1, _COLUMN, "100%") | look | states


def bars(at: int, name: str, column: int, colour: str) -> dict[str, Any]:
    """The bars of a series, above the others of its row; `column` of the dataset holds their heights."""
    look = {"name": visible(name), "stack": f"row {at}", "itemStyle": {"color": colour}, "z": 3, "barMinHeight": 2}
    states = {"select": {"itemStyle": {"borderColor": NEUTRAL, "borderWidth": 2}}}
    return _series(at, 2 * at, column, "86%") | look | states


def _series(at: int, y_axis: int, column: int, width: str) -> dict[str, Any]:
    axes = {"xAxisIndex": at, "yAxisIndex": y_axis, "encode": {"x": 1, "y": column}}
    return {"type": "bar", **axes, "barWidth": width, "barGap": "-100%", "selectedMode": "single", "cursor": "pointer"}


def nothing(middle: float, name: str, measure: str) -> dict[str, Any]:
    """Words in the middle of a row that nothing stands in."""
    text = f"No {measure}" + (f" {name.lower()}" if name.lower() != measure else "")
    style = {"text": text, "fill": NEUTRAL, "font": "13px 'Source Sans', sans-serif", "align": "center"}
    return {"type": "text", "left": "center", "top": middle - 8, "style": style, "silent": True}
