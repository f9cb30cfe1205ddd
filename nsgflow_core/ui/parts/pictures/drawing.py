"""The way from a chart to the page: Streamlit draws it, but for grey words, which its light theme leaves too faint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from nsgflow_core.charts.flows import CONFIG, written_in
from nsgflow_core.words.visible import visible

GREY = "#6B7784"
"""4.6:1 on white, where Streamlit's own has 3.7:1. No run hears that a browser turned dark: until the next one this has
3.9:1 there."""
_WORDS: Mapping[str, Iterable[str]] = {
    "xAxis": ("axisLabel", "nameTextStyle"),
    "yAxis": ("axisLabel", "nameTextStyle"),
    "calendar": ("dayLabel", "monthLabel"),
}
"""Parts of an ECharts option that write in grey, and what of them does."""


def echarts(
    option: Mapping[str, Any], height: int, key: str, alt: str, on_select: Callable[[], None] | None = None
) -> None:
    """Draw an ECharts option; `alt` says what it shows to who does not see it, as text, where marks mean nothing."""
    st.echarts_chart(legible(option), height=height, key=key, on_select=on_select or "ignore", alt=visible(alt))


def plotly(figure: Any, key: str, alt: str) -> None:
    """Draw a Plotly figure."""
    if _is_light():
        written_in(figure, GREY)
    st.plotly_chart(figure, key=key, config=CONFIG, alt=visible(alt))


def legible(option: Mapping[str, Any]) -> dict[str, Any]:
    """The option with its grey words as dark as a light page asks for; as it is on any other."""
    if not _is_light():
        return dict(option)
    return {**option, **{part: _grey(option[part], words) for part, words in _WORDS.items() if part in option}}


def _is_light() -> bool:
    return st.context.theme.type == "light"


def _grey(part: Any, words: Iterable[str]) -> Any:
    if isinstance(part, list):
        return [_grey(each, words) for each in part]
    return {**part, **{name: {**part.get(name, {}), "color": GREY} for name in words}}
