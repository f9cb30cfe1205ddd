"""The kinds of places that logs are in, one row each: a source to import, or a workspace to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.ui.connect import choices, source, workspace
from nsgflow_core.ui.frame import url


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


def choose() -> Place:
    """The kind of place that the logs are in, kept in the URL and, with the page's other choices, in the session."""
    choices.keep()
    choices.come_back(_PARAMETER)
    chosen = url.choice(
        st.container(), "Where the logs are", tuple(PLACES), _PARAMETER, words=lambda key: PLACES[key].words
    )
    choices.remember_place(chosen)
    return PLACES[chosen]
