"""DataFrames as Plotly figures. Allowed and Denied have one colour each, on every chart and in both themes.

Figures leave background, font and grid to the page's theme, so they follow light and dark.
"""

from __future__ import annotations

import plotly.graph_objects as go

from nsgflow_core.words.vocabulary import Decision

ALLOWED_COLOUR = "#3D85C6"
DENIED_COLOUR = "#DF6F2A"
COLOURS = {Decision.ALLOWED: ALLOWED_COLOUR, Decision.DENIED: DENIED_COLOUR}
"""Blue and orange: told apart with every common colour blindness, and visible on white and on near-black."""
OTHER_COLOURS = ("#DF6F2A", "#159C84", "#A06CB4", "#B58A1B", "#5FA8D3", "#C75D8E")
NEUTRAL = "#7C8794"
OTHERS = "Others"
CONFIG = {"displayModeBar": False, "scrollZoom": False}
"""Plotly without its own toolbar: the page has the download and the query."""
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def bytes_in_words(count: float) -> str:
    """1536 as "1.5KB" (1 KB is 1,000 bytes): as Streamlit spells bytes in a table's cells and ECharts' hints."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if abs(round(value, 1)) < 1_000:
            return f"{value:,.1f}".removesuffix(".0") + unit
        value /= 1_000
    return f"{value:,.1f}".removesuffix(".0") + _UNITS[-1]


def count_in_words(count: float) -> str:
    """A count short enough for a heatmap cell: 1,234 as "1.2k"."""
    value = float(count)
    for unit in ("", "k", "M", "G"):
        if abs(value) < 1_000 or unit == "G":
            return f"{value:,.0f}{unit}" if not unit or value >= 100 else f"{value:,.1f}{unit}"
        value /= 1_000
    return f"{value:,.0f}"


def in_words(count: float, measure: str) -> str:
    """A measure's value for people: bytes in units, everything else with separators."""
    return bytes_in_words(count) if "bytes" in measure else f"{count:,.0f}"


def shortened(name: str, most: int) -> str:
    """A name of at most so many letters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def written_in(figure: go.Figure, colour: str) -> None:
    """Give that colour to the words of a figure's bars, and of its axes, to which the page's theme gives its own."""
    axes = {"tickfont_color": colour, "title_font_color": colour}
    figure.update_layout(font_color=colour).update_xaxes(axes).update_yaxes(axes)


def framed(figure: go.Figure, height: int, measure: str) -> go.Figure:
    """The same margins, type and number format on every chart."""
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 13}, hoverlabel={"align": "left"}
    )
    if "bytes" in measure:
        figure.update_yaxes(tickformat="~s", ticksuffix="B")
    return figure
