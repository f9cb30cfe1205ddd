"""The sample estate: what it is, and showing it."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.ui.connect.places import step
from nsgflow_core.ui.frame import session


def show(words: str) -> None:
    """The step for the sample estate."""
    step.show(words, "What everyone sees first.", _fields)


def _fields() -> None:
    st.markdown(
        "A hub and three spokes with one week of flow logs in all three formats, made up by nsgflow: scans from the "
        "internet, a forgotten open port, a service that appears on the last day. It needs no Azure account, and has "
        "a store of its own beside yours."
    )
    is_shown = session.active().is_sample
    st.button(
        "The pages show it" if is_shown else "Show the sample estate",
        on_click=session.use_sample,
        disabled=is_shown,
        type="secondary" if is_shown else "primary",
        icon=":material/science:",
        key="use_sample",
    )
