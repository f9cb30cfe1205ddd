"""Who changed what in the local store, and when: the newest changes, at the end of the page."""

from __future__ import annotations

import streamlit as st

from nsgflow_core import COMMAND
from nsgflow_core.errors import StoreMissing
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.parts import tables

_MOST = 200


def show() -> None:
    """A folded table; nothing before the first change."""
    try:
        changes = session.local_store().history(_MOST)
    except StoreMissing:
        return
    if changes.empty:
        return
    with st.expander("Who changed what in the local store", icon=":material/history:"):
        note = f"The latest {_MOST}; all: {COMMAND} history" if len(changes) == _MOST else ""
        tables.show(changes, tables.TableView("History", "history", note=note, hide=("subject",), height=300))
