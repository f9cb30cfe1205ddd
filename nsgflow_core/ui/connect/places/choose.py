"""The kinds of places that logs are in, one row each: a source to import, or a workspace or database to ask.

And which of their fields keep what was chosen while other pages are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.ui.connect.places import account, cluster, folder, lake, sample, workspace
from nsgflow_core.ui.frame import choices, params, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One kind of place: its words, what shows its first step under them, whether its blobs are then listed, and
    whether whoever opens it must be an editor, since what is opened there is imported for all."""

    words: str
    show_step: Callable[[str], None]
    is_listed: bool
    for_editors: bool

    def show(self) -> None:
        """Its first step: how to get there."""
        if self.for_editors and not access.may_edit():
            st.info(plain(access.ASK_FOR_EDITOR), title="Editors import here", icon=":material/lock:")
            return
        self.show_step(self.words)


PLACES: dict[str, PlaceChoice] = {
    "account": PlaceChoice("Storage account", account.show, is_listed=True, for_editors=True),
    "folder": PlaceChoice("Folder on this machine", folder.show, is_listed=True, for_editors=True),
    "workspace": PlaceChoice("Log Analytics workspace", workspace.show, is_listed=False, for_editors=False),
    "cluster": PlaceChoice("Azure Data Explorer", cluster.show, is_listed=False, for_editors=False),
    "lake": PlaceChoice("Parquet folder", lake.show, is_listed=False, for_editors=True),
    "sample": PlaceChoice("Sample estate", sample.show, is_listed=False, for_editors=False),
}
"""By their text in the URL."""
_PLACE = "_connect_place"
FIELDS = (
    *("connect_way", "connect_account", "connect_tenant", "connect_containers"),
    *("connect_folder", "connect_lake", "connect_lake_window"),
    *("connect_workspace_id", "connect_cloud", "connect_workspace_way", "connect_workspace_tenant"),
    *("connect_cluster", "connect_database", "connect_cluster_cloud", "connect_cluster_way", "connect_cluster_tenant"),
    *("connect_window", "connect_since", "connect_until"),
    "coverage_log",
)
"""The keys of the fields. A secret's field has type="password" and is never here (tested on the page itself). What
*Remember* asks for belongs to one click, and is offered anew for each source."""


def choose() -> PlaceChoice:
    """The kind of place that the logs are in, kept in the URL and, with the page's other choices, in the session."""
    choices.keep(FIELDS)
    if "from" not in st.session_state and "from" not in params.names():  # opened from the menu
        params.put({"from": st.session_state.get(_PLACE, "")})
    chosen = url.choice(
        st.container(), "Where the logs are", tuple(PLACES), "from", words=lambda key: PLACES[key].words
    )
    st.session_state[_PLACE] = chosen
    return PLACES[chosen]
