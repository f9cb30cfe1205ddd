"""A picture that is clicked: a mark offers at the page's bottom what can be done with it."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.charts.pointed.picture import Picture
from nsgflow_core.ui.frame.pointing import pointed
from nsgflow_core.ui.frame.pointing.narrowing import Thing
from nsgflow_core.ui.parts.pictures import drawing


def show(picture: Picture, name: str, words: str) -> None:
    """Draw it. `words` say what it shows; the table below it says the same to who reads it."""
    before = f"_marked_{name}"

    def selected() -> None:
        marks = list(picture.selected(st.session_state[name]["selection"]["selected"]))
        fresh = [mark for mark in marks if mark not in st.session_state.get(before, ())]
        st.session_state[before] = marks
        if fresh:
            pointed.at(Thing(fresh[0].values, fresh[0].window), fresh[0].words)
        else:
            pointed.away()

    drawing.echarts(picture.option, picture.height, name, f"{words}. The same is in the table below.", selected)
