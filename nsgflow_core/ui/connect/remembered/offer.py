"""Remember what is open: a name, and how often the server imports what is new."""

from __future__ import annotations

import zlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ui.connect.remembered import doing
from nsgflow_core.ui.connect.state import Opened, OpenedWorkspace
from nsgflow_core.ui.frame.plain import Markdown, plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.watch.connections import LONGEST_NAME, every_words

EVERY = (0, 5, 15, 60, 6 * 60, 24 * 60)
"""Minutes to choose from."""
_RHYTHM = "remember_every"


def rhythm_words(minutes: int) -> Markdown:
    """How often, for people."""
    return plain(every_words(minutes).capitalize() if minutes else "Only when asked")


def show(place: DeltaGenerator, opened: Opened, since: str, until: str) -> None:
    """For a source, with the window that is chosen."""
    if not access.may_edit():
        return
    with place.popover("Remember", icon=":material/bookmark:", key="remember"):
        named = _name(opened.source.name, opened.source.place.text)
        st.selectbox("Import what is new", EVERY, format_func=rhythm_words, key=_RHYTHM)
        st.caption(
            "By this server while it runs. Your key, SAS or sign-in is lent to it for that, in memory; it is never "
            "written down."
        )
        asked = (opened, since, until, named, _RHYTHM)
        st.button("Remember", on_click=doing.remember, args=asked, type="primary", key="remember_now")


def show_for_workspace(place: DeltaGenerator, opened: OpenedWorkspace) -> None:
    """For a workspace, which is asked and never imported."""
    if not access.may_edit():
        return
    workspace_id = opened.overview.workspace_id
    with place.popover("Remember this workspace", icon=":material/bookmark:", key="remember_workspace"):
        asked = (workspace_id, _name(opened.store.name, workspace_id))
        st.button(
            "Remember", on_click=doing.remember_workspace, args=asked, type="primary", key="remember_workspace_now"
        )


def _name(words: str, place: str) -> str:
    """The key of the field for a name; each place has its own, since a closed popover forgets what it was set to."""
    key = f"remember_name_{zlib.crc32(place.encode()):x}"
    st.text_input("Name", words[:LONGEST_NAME], key=key, max_chars=LONGEST_NAME, autocomplete="off")
    return key
