"""DataFrames as Plotly figures. Allowed and Denied have one colour each, on every chart and in both themes.

Figures leave background, font and grid to the page's theme, so they follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
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
    return _framed(figure, 300, measure)


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
    return _framed(figure, height, measure)


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
    ticks = [plain(_shortened(name, 44)) for name in names]
    figure.update_yaxes(autorange="reversed", tickmode="array", tickvals=list(range(len(frame))), ticktext=ticks)
    figure.update_yaxes(showgrid=False, automargin=True)
    figure.update_xaxes(visible=False, range=[0, float(frame[measure].max() or 1) * 1.15])
    figure.update_layout(clickmode="event+select", dragmode=False, bargap=0.28)
    return _framed(figure, ranked_height(len(frame)), measure)


@dataclass(frozen=True)
class Matrix:
    """Values between sources (rows) and destinations (columns), largest first; 0 where nothing flowed."""

    sources: list[str]
    destinations: list[str]
    values: np.ndarray[Any, Any]

    def cell(self, position: int) -> tuple[str, str]:
        """Source and destination of a cell, counted along the rows."""
        row, column = divmod(position, len(self.destinations))
        return self.sources[row], self.destinations[column]


def matrix_of(pairs: pd.DataFrame, measure: str, most: int = 30) -> Matrix:
    """The matrix of source and destination labels; beyond `most` a side, the smallest are added up as "Others"."""
    sources, destinations = _largest(pairs, "source", measure, most), _largest(pairs, "destination", measure, most)
    named = pairs.assign(
        source=pairs["source"].where(pairs["source"].isin(sources), OTHERS),
        destination=pairs["destination"].where(pairs["destination"].isin(destinations), OTHERS),
    )
    wide = named.pivot_table(index="source", columns="destination", values=measure, aggfunc="sum", fill_value=0)
    rows = [*sources, *([OTHERS] if OTHERS in wide.index and OTHERS not in sources else [])]
    columns = [*destinations, *([OTHERS] if OTHERS in wide.columns and OTHERS not in destinations else [])]
    return Matrix(rows, columns, wide.reindex(index=rows, columns=columns).to_numpy(dtype=float))


def heatmap(matrix: Matrix, measure: str, colour: str = ALLOWED_COLOUR) -> go.Figure:
    """Source by destination on a logarithmic colour scale; empty cells stay empty.

    Plotly gives no click on a heatmap's cells, so an invisible marker lies on each cell that holds something: its
    `customdata` is the cell's position in the matrix.
    """
    values = matrix.values
    columns, rows = len(matrix.destinations), len(matrix.sources)
    logs = np.log10(np.where(values > 0, values, np.nan))
    figure = go.Figure(
        go.Heatmap(
            z=logs,
            x=list(range(columns)),
            y=list(range(rows)),
            colorscale=_fading(colour),
            showscale=False,
            hoverinfo="skip",
            xgap=2,
            ygap=2,
            **_scale(matrix, logs),
        )
    )
    figure.add_trace(_cell_markers(matrix, measure, with_text=columns <= 16))
    figure.update_xaxes(_ends(matrix.destinations, 22), side="top", tickangle=-35, ticklabeloverflow="allow")
    figure.update_xaxes(range=[-0.5, columns - 0.5])
    figure.update_yaxes(_ends(matrix.sources, 26), range=[rows - 0.5, -0.5])
    figure.update_layout(clickmode="event+select", dragmode=False, hovermode="closest", hoverdistance=40)
    return _framed(figure, 150 + 34 * rows, measure)


def _scale(matrix: Matrix, logs: np.ndarray[Any, Any]) -> dict[str, float]:
    """The colours' ends, from the named cells alone: beside what all others add up to, those would all look pale."""
    named = logs[np.ix_([n != OTHERS for n in matrix.sources], [n != OTHERS for n in matrix.destinations])]
    held = named[np.isfinite(named)]
    return {"zmin": float(held.min()), "zmax": float(held.max())} if held.size and held.min() < held.max() else {}


def _ends(names: Sequence[str], most: int) -> dict[str, Any]:
    """An axis of the matrix: one shortened name a row or column, and no line of its own."""
    texts = [plain(_shortened(name, most)) for name in names]
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": texts}
    return {**ticks, "showgrid": False, "zeroline": False, "automargin": True, "showline": False}


def _cell_markers(matrix: Matrix, measure: str, *, with_text: bool) -> go.Scatter:
    rows, columns = np.nonzero(matrix.values > 0)
    counts = matrix.values[rows, columns]
    short = bytes_in_words if "bytes" in measure else count_in_words
    return go.Scatter(
        x=columns,
        y=rows,
        mode="markers+text" if with_text else "markers",
        text=[short(count) for count in counts] if with_text else None,
        textfont={"size": 12, "color": INK},
        marker={"symbol": "square", "size": 26, "opacity": 0},
        selected={"marker": {"opacity": 0}, "textfont": {"color": INK}},
        unselected={"marker": {"opacity": 0}, "textfont": {"color": INK}},
        customdata=rows * len(matrix.destinations) + columns,
        hovertext=[
            f"<b>{plain(matrix.sources[row])} → {plain(matrix.destinations[column])}</b><br>"
            f"{in_words(count, measure)} {measure}"
            for row, column, count in zip(rows, columns, counts, strict=True)
        ],
        hoverinfo="text",
        showlegend=False,
    )


def _fading(colour: str) -> list[list[object]]:
    """A scale of one hue from faint to strong; never so strong that the page's text colour is hard to read on it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return [[0.0, f"rgba({red},{green},{blue},0.08)"], [1.0, f"rgba({red},{green},{blue},0.62)"]]


def _largest(pairs: pd.DataFrame, side: str, measure: str, most: int) -> list[str]:
    totals = pairs.groupby(side)[measure].sum().sort_values(ascending=False, kind="stable")
    return [str(name) for name in totals.index[: most if len(totals) > most else None]]


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


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _framed(figure: go.Figure, height: int, measure: str) -> go.Figure:
    """The same margins, type and number format on every chart."""
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 13}, hoverlabel={"align": "left"}
    )
    if "bytes" in measure:
        figure.update_yaxes(tickformat="~s", ticksuffix="B")
    return figure


def coverage_by_hour(hours: pd.DataFrame) -> go.Figure:
    """Days by hours of the day (UTC): blue where something was logged, orange where nothing was.

    Expects hour (UTC) and tuples, with every hour from the first to the last; outside of those it stays empty.
    """
    wide = hours.assign(day=hours["hour"].dt.floor("D"), at=hours["hour"].dt.hour)
    wide = wide.pivot_table(index="day", columns="at", values="tuples", aggfunc="sum").reindex(columns=range(24))
    counts = wide.to_numpy(dtype=float, na_value=np.nan)
    days = [f"{day:%a %Y-%m-%d}" for day in wide.index]
    logs = np.log10(np.where(counts > 0, counts, np.nan))
    silent = np.where(counts == 0, 1.0, np.nan)
    figure = go.Figure()
    for values, colour in ((logs, ALLOWED_COLOUR), (silent, DENIED_COLOUR)):
        held = values[np.isfinite(values)]
        highest = float(held.max()) if held.size else 1.0
        lowest = float(held.min()) - 0.5 if held.size else 0.0  # so that the quietest hour is still to be seen
        words = [["" if np.isnan(count) else f"{count:,.0f} log entries" for count in row] for row in counts]
        figure.add_trace(
            go.Heatmap(
                z=values, x=list(range(24)), y=days, xgap=2, ygap=2, colorscale=_fading(colour), showscale=False,
                zmin=lowest, zmax=highest,
                customdata=words, hoverongaps=False,
                hovertemplate="%{y} %{x}:00 UTC<br><b>%{customdata}</b><extra></extra>",
            )
        )  # fmt: skip
    ticks = list(range(0, 24, 3))
    figure.update_xaxes(
        tickmode="array", tickvals=ticks, ticktext=[f"{hour:02}:00" for hour in ticks], showgrid=False, zeroline=False,
        side="top", range=[-0.5, 23.5],
    )  # fmt: skip
    figure.update_yaxes(showgrid=False, zeroline=False, automargin=True, type="category", autorange="reversed")
    return _framed(figure, 48 + 24 * len(days), "tuples")
