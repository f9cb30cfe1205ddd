"""Denied, by story: source, rule and destination in one table, sweeps as a line, the Internet apart from the inside."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.denied_stories import INSIDE, OUTSIDE, Stories, stories
from nsgflow_core.charts import flows
from nsgflow_core.ui.flows import drill
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.pointing import narrowing
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.apart import told_apart

TOLD = {"rule": "By rule and port", "story": "By story", "rows": "Flow rows"}
KEY = "told"
"""The parameter of a link that says which."""
_LETTERS = 26
"""Of an end of a story on screen."""
_SIDES = ((INSIDE, "From the inside", "denied-inside"), (OUTSIDE, "Noise of the Internet", "denied-internet"))


def told(place: DeltaGenerator) -> str:
    """How denied traffic is told: a key of TOLD."""
    return url.choice(place, "Told", tuple(TOLD), KEY, TOLD.__getitem__)


def show(view: View) -> None:
    """The stories of each side; a row's arrow narrows the page to its flows."""
    found = stories(view.flow_filter, view.ask, view.asking)
    for side, title, name in _SIDES:
        _show_side(view, found, side, title, name)


def show_rows(view: View) -> None:
    """Single log entries of what the page shows."""
    drill.show_rows(view, "Denied flow rows", "denied-rows")


def _show_side(view: View, found: Stories, side: str, title: str, name: str) -> None:
    rows = found.table[found.table["side"] == side]
    if rows.empty:
        st.subheader(plain(f"{title}: nothing"), anchor=False)
        return
    places = rows.index.tolist()
    tables.show(
        rows.reset_index(drop=True),
        tables.TableView(
            title,
            name,
            bars=("flows",),
            colour=flows.DENIED_COLOUR,
            hide=("side", "source", "destination", "ports"),  # the story tells them
            on_screen={"story": _in_few_letters(rows)},
            height=640,
        ),
        on_pick=lambda at: _open(view, found, places[at]),
    )


def _in_few_letters(rows: pd.DataFrame) -> list[str]:
    """The stories with their ends so short that both are seen on a narrow screen."""
    short = told_apart([*rows["source"], *rows["destination"]], _LETTERS)
    ends = zip(rows["source"], rows["destination"], rows["story"], strict=True)
    return [story.replace(f"{a} → {b}", f"{short[a]} → {short[b]}", 1) for a, b, story in ends]


def _open(view: View, found: Stories, place: int) -> None:
    """The flows of a story: the page narrowed to it; a callback."""
    change = narrowing.between(view.asked, found.behind(place).without(*view.settled))
    narrowing.apply(change | {KEY: "rows"})
