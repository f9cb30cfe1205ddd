"""The figures of the Rules page, in the palette and frame of `charts`."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR, NEUTRAL
from nsgflow_core.rules.draft.over_permission import times_in_words
from nsgflow_core.words.prefixes import Family

DIAL_HEIGHT = 250
_FAINT = 0.45


def dial(points: pd.DataFrame, chosen: str, family: Family = 4) -> go.Figure:
    """Rules above and over-permission below, a bar for each point of the dial, from exact to simple; one is marked.

    Expects the columns of `rules/draft/curve.py`. Over-permission of one family is drawn by its power of ten, and
    written in words; that of both is told where one points.
    """
    opened = points["over_permission_v6" if family == 6 else "over_permission"]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.16)
    is_chosen = (points["name"] == chosen).tolist()
    powers = [math.log10(max(ratio, 1)) for ratio in opened]
    rows = (
        ("Rules", points["rules"].tolist(), [f"{count:,}" for count in points["rules"]], ALLOWED_COLOUR),
        ("Opened / seen", powers, [times_in_words(ratio) for ratio in opened], DENIED_COLOUR),
    )
    for place, (title, heights, words, colour) in enumerate(rows, start=1):
        more = "<br>Opened per seen: %{customdata[1]}" if colour == DENIED_COLOUR else ""
        bars = go.Bar(
            x=points["name"],
            y=heights,
            text=[f"<b>{text}</b>" if here else text for text, here in zip(words, is_chosen, strict=True)],
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [colour if here else NEUTRAL for here in is_chosen],
                "opacity": [1 if here else _FAINT for here in is_chosen],
                "line": {"width": 0},
            },
            customdata=points[["meaning", "opened"]],
            hovertemplate=f"<b>%{{x}}</b>: {title.lower()} %{{text}}<br>%{{customdata[0]}}{more}<extra></extra>",
        )
        figure.add_trace(bars, row=place, col=1)
        top = max([*heights, 1]) * 1.35
        figure.update_yaxes(title_text=title, range=[0, top], showticklabels=False, showgrid=False, row=place, col=1)
    figure.update_xaxes(showgrid=False, tickfont={"size": 12})
    figure.update_layout(
        showlegend=False, bargap=0.35, height=DIAL_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 13}
    )
    return figure


def taught(days: pd.DataFrame) -> go.Figure:
    """New services and rules of each day, a pair of bars for each (columns day, new_services, new_rules)."""
    figure = go.Figure()
    for name, title, colour in (("new_services", "New services", ALLOWED_COLOUR), ("new_rules", "New rules", NEUTRAL)):
        figure.add_bar(
            x=[f"{day:%a %d %b}" for day in days["day"]],
            y=days[name],
            name=title,
            text=[f"{count:,}" if count else "" for count in days[name]],
            textposition="outside",
            cliponaxis=False,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"%{{x}}: %{{y:,}} {title.lower()}<extra></extra>",
        )
    top = max([*days["new_services"], *days["new_rules"], 1]) * 1.2
    figure.update_yaxes(range=[0, top], showticklabels=False, showgrid=False)
    figure.update_xaxes(type="category", showgrid=False, tickfont={"size": 12})
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}}
    figure.update_layout(
        legend=legend, bargap=0.35, height=DIAL_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"size": 13}
    )
    return figure
