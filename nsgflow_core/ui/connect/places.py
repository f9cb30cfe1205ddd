"""The kinds of places that logs are in, one row each: a source to import, or a workspace to ask; and which of their
fields keep what was chosen while other pages are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.ui.connect import source, workspace
from nsgflow_core.ui.frame import choices, url


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of place: its words, what shows its first step under them, and whether its blobs are then listed."""

    words: str
    show_step: Callable[[str], None]
    is_listed: bool

    def show(self) -> None:
        """Its first step: how to get there."""
        self.show_step(self.words)


PLACES: dict[str, Place] = {
    "account": Place("Storage account", source.show_account, is_listed=True),
    "folder": Place("Folder on this machine", source.show_folder, is_listed=True),
    "workspace": Place("Log Analytics workspace", workspace.show, is_listed=False),
    "sample": Place("Sample estate", source.show_sample, is_listed=False),
}
"""By their text in the URL."""
_PARAMETER = "from"
_PLACE = "_connect_place"
FIELDS = (
    *("connect_way", "connect_account", "connect_tenant", "connect_containers"),
    "connect_folder",
    *("connect_workspace_id", "connect_cloud", "connect_workspace_way", "connect_workspace_tenant"),
    *("connect_window", "connect_since", "connect_until"),
    "coverage_log",
)
"""The keys of the fields. A secret's field has type="password" and is never here (tested on the page itself). What
*Remember* asks for belongs to one click, and is offered anew for each source."""


def choose() -> Place:
    """The kind of place that the logs are in, kept in the URL and, with the page's other choices, in the session."""
    choices.keep(FIELDS)
    if _PARAMETER not in st.session_state and _PARAMETER not in st.query_params:  # opened from the menu
        url.put(_PARAMETER, st.session_state.get(_PLACE, ""))
    chosen = url.choice(
        st.container(), "Where the logs are", tuple(PLACES), _PARAMETER, words=lambda key: PLACES[key].words
    )
    st.session_state[_PLACE] = chosen
    return PLACES[chosen]
