"""Heatmaps: sources by destinations, which can be clicked, and days by hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nsgflow_core.charts.flows import (
    ALLOWED_COLOUR,
    DENIED_COLOUR,
    INK,
    OTHERS,
    bytes_in_words,
    count_in_words,
    framed,
    in_words,
    shortened,
)
from nsgflow_core.charts.plain import plain


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
    return framed(figure, 150 + 34 * rows, measure)


def _scale(matrix: Matrix, logs: np.ndarray[Any, Any]) -> dict[str, float]:
    """The colours' ends, from the named cells alone: beside what all others add up to, those would all look pale."""
    named = logs[np.ix_([n != OTHERS for n in matrix.sources], [n != OTHERS for n in matrix.destinations])]
    held = named[np.isfinite(named)]
    return {"zmin": float(held.min()), "zmax": float(held.max())} if held.size and held.min() < held.max() else {}


def _ends(names: Sequence[str], most: int) -> dict[str, Any]:
    """An axis of the matrix: one shortened name a row or column, and no line of its own."""
    texts = [plain(shortened(name, most)) for name in names]
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
    return framed(figure, 48 + 24 * len(days), "tuples")
