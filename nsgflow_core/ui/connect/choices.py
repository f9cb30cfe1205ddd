"""Which fields of Connect keep what was chosen while other pages are shown: all but secrets."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.ui.frame import choices, url

FIELDS = (
    *("connect_way", "connect_account", "connect_tenant", "connect_containers"),
    "connect_folder",
    *("connect_workspace_id", "connect_cloud", "connect_workspace_way", "connect_workspace_tenant"),
    *("connect_window", "connect_since", "connect_until"),
    *("connect_name", "connect_every"),
    "coverage_log",
)
"""The keys of the fields. A secret's field has type="password" and is never here (tested on the page itself)."""
_PLACE = "_connect_place"


def keep() -> None:
    """Before any of them is drawn."""
    choices.keep(FIELDS)


def come_back(parameter: str) -> None:
    """The kind of place that this session looked at before, when the page is opened from the menu: into the URL."""
    if parameter not in st.session_state and parameter not in st.query_params:
        url.put(parameter, st.session_state.get(_PLACE, ""))


def remember_place(place: str) -> None:
    """The kind of place to come back to."""
    st.session_state[_PLACE] = place
