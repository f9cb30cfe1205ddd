"""Days by hours as a heatmap that is only looked at: where something was logged, and where nothing was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR, framed

_HOURS = 40
"""Pixels above the days, for the hours: Plotly makes room for them by itself only where 64 are left for the days."""


def _fading(colour: str) -> list[list[object]]:
    """A scale of one hue from faint to strong; never so strong that the page's text colour is hard to read on it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return [[0.0, f"rgba({red},{green},{blue},0.08)"], [1.0, f"rgba({red},{green},{blue},0.62)"]]


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
    return framed(figure, _HOURS + 24 * len(days) + 8, "tuples").update_layout(margin_t=_HOURS)
