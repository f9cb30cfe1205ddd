"""DataFrames as Plotly figures. Allowed and Denied have one colour each, on every chart and in both themes.

Figures leave background, font and grid to the page's theme, so they follow light and dark.
"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nsgflow_core.charts.plain import plain
from nsgflow_core.words.vocabulary import Decision

ALLOWED_COLOUR = "#3D85C6"
DENIED_COLOUR = "#DF6F2A"
COLOURS = {Decision.ALLOWED: ALLOWED_COLOUR, Decision.DENIED: DENIED_COLOUR}
"""Blue and orange: told apart with every common colour blindness, and visible on white and on near-black."""
OTHER_COLOURS = ("#DF6F2A", "#159C84", "#A06CB4", "#B58A1B", "#5FA8D3", "#C75D8E")
NEUTRAL = "#7C8794"
OTHERS = "Others"
INK = "#000037"
"""Not a colour: Streamlit's Plotly theme puts the page's text colour in its place, in light and dark (GRAY_90)."""
CONFIG = {"displayModeBar": False, "scrollZoom": False}
"""Plotly without its own toolbar: the page has the download and the query."""
_MILLISECONDS = {"hour": 3_600_000, "day": 86_400_000}
_BAR = 0.85
"""Of its interval. Left to itself, a single bar is a millisecond wide, its axis is labelled in fractions of a second,
and each stands around its interval's start instead of in it."""
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def bytes_in_words(count: float) -> str:
    """1536 as "1.5 KB" (1 KB is 1,000 bytes, as on every page)."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if abs(value) < 1_000:
            return f"{value:,.0f} {unit}" if unit == "B" or value >= 100 else f"{value:,.1f} {unit}"
        value /= 1_000
    return f"{value:,.1f} {_UNITS[-1]}"


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


def decisions_over_time(intervals: pd.DataFrame, measure: str = "flows") -> go.Figure:
    """Allowed above, Denied below, each with a scale of its own: denied traffic is often a thousandth of the rest.

    Expects the columns hour or day (UTC), decision and the measure.
    """
    time = intervals.columns[0]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.1, row_heights=[0.6, 0.4])
    for row, decision in enumerate(Decision, start=1):
        part = intervals[intervals["decision"] == decision]
        figure.add_trace(_bars_over(part, time, measure, str(decision), COLOURS[decision]), row=row, col=1)
        figure.update_yaxes(title_text=str(decision), row=row, col=1)
        if not part[measure].any():  # an axis is never drawn from no data: it would run from -1
            figure.update_yaxes(range=[0, 1], showticklabels=False, showgrid=False, row=row, col=1)
            words = {"text": f"No {measure} {str(decision).lower()}", "font": {"color": NEUTRAL}, "showarrow": False}
            middle = {"x": 0.5, "y": 0.5, "xref": "x domain", "yref": "y domain"}
            figure.add_annotation(**words, **middle, row=row, col=1)
    if len(intervals):
        ends = intervals[time].min(), intervals[time].max() + pd.Timedelta(_MILLISECONDS[time], "ms")
        figure.update_xaxes(type="date", range=ends)
    figure.update_layout(showlegend=False, bargap=0.15)
    return framed(figure, 300, measure)


def parts_over_time(
    intervals: pd.DataFrame, part: str, measure: str = "flows", most: int = 5, height: int = 300
) -> go.Figure:
    """Stacked bars over time, one colour for each of the largest parts, the rest as "Others".

    Expects the columns hour or day (UTC), the part (like rule) and the measure.
    """
    time = intervals.columns[0]
    largest = intervals.groupby(part)[measure].sum().nlargest(most).index.tolist()
    named = intervals.assign(**{part: intervals[part].where(intervals[part].isin(largest), OTHERS)})
    stacked = named.groupby([time, part], as_index=False)[measure].sum()
    figure = go.Figure()
    for place, name in enumerate([*largest, OTHERS]):
        rows = stacked[stacked[part] == name]
        if not rows.empty:
            colour = NEUTRAL if name == OTHERS else OTHER_COLOURS[place % len(OTHER_COLOURS)]
            figure.add_trace(_bars_over(rows, time, measure, str(name), colour))
    legend = {"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0, "traceorder": "normal", "font": {"size": 12}}
    figure.update_layout(barmode="stack", bargap=0.15, legend=legend)
    return framed(figure, height, measure)


def ranked_height(bars: int) -> int:
    """How high a chart of that many bars is, in pixels."""
    return 56 + 26 * bars


def ranked_bars(frame: pd.DataFrame, names: pd.Series[str], measure: str, colour: str = DENIED_COLOUR) -> go.Figure:
    """Horizontal bars, the largest on top; a click gives the row's position in the frame."""
    figure = go.Figure(
        go.Bar(
            x=frame[measure],
            y=list(range(len(frame))),
            orientation="h",
            marker={"color": colour, "line": {"width": 0}},
            text=[in_words(value, measure) for value in frame[measure]],
            textposition="outside",
            cliponaxis=False,
            customdata=list(range(len(frame))),
            hovertext=[plain(name) for name in names],
            hovertemplate="%{hovertext}<br>%{text} " + measure + "<extra></extra>",
        )
    )
    ticks = [plain(shortened(name, 44)) for name in names]
    figure.update_yaxes(autorange="reversed", tickmode="array", tickvals=list(range(len(frame))), ticktext=ticks)
    figure.update_yaxes(showgrid=False, automargin=True)
    figure.update_xaxes(visible=False, range=[0, float(frame[measure].max() or 1) * 1.15])
    figure.update_layout(clickmode="event+select", dragmode=False, bargap=0.28)
    return framed(figure, ranked_height(len(frame)), measure)


def _bars_over(rows: pd.DataFrame, time: str, measure: str, name: str, colour: str) -> go.Bar:
    return go.Bar(
        x=rows[time],
        y=rows[measure],
        width=_BAR * _MILLISECONDS[time],
        offset=0,
        name=plain(name),
        marker={"color": colour, "line": {"width": 0}},
        customdata=[in_words(value, measure) for value in rows[measure]],
        hovertemplate="%{x|%a %Y-%m-%d %H:%M} UTC<br>"
        + f"<b>%{{customdata}}</b> {measure}, %{{fullData.name}}<extra></extra>",
    )


def shortened(name: str, most: int) -> str:
    """A name of at most so many letters."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def framed(figure: go.Figure, height: int, measure: str) -> go.Figure:
    """The same margins, type and number format on every chart."""
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 13}, hoverlabel={"align": "left"}
    )
    if "bytes" in measure:
        figure.update_yaxes(tickformat="~s", ticksuffix="B")
    return figure
