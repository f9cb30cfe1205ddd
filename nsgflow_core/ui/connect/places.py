"""The kinds of places that logs are in, one row each: a source to import, or a workspace to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.ui.connect import source, workspace
from nsgflow_core.ui.frame import access, url
from nsgflow_core.ui.frame.plain import plain


@dataclass(frozen=True, slots=True)
class Place:
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


PLACES: dict[str, Place] = {
    "account": Place("Storage account", source.show_account, is_listed=True, for_editors=True),
    "folder": Place("Folder on this machine", source.show_folder, is_listed=True, for_editors=True),
    "workspace": Place("Log Analytics workspace", workspace.show, is_listed=False, for_editors=False),
    "sample": Place("Sample estate", source.show_sample, is_listed=False, for_editors=False),
}
"""By their text in the URL."""


def choose() -> Place:
    """The kind of place that the logs are in, kept in the URL."""
    chosen = url.choice(
        st.container(), "Where the logs are", tuple(PLACES), "from", words=lambda key: PLACES[key].words
    )
    return PLACES[chosen]
