"""Remember what is open: a name, and how often the server imports what is new."""

from __future__ import annotations

import zlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.errors import InputError
from nsgflow_core.ui.connect.remembered import doing
from nsgflow_core.ui.connect.state import OpenedSource, state
from nsgflow_core.ui.frame.plain import Markdown, plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.watch.connections import LONGEST_PLACE_NAME, Connection, every_words
from nsgflow_core.words.visible import visible

EVERY = (0, 5, 15, 60, 6 * 60, 24 * 60)
"""Minutes to choose from."""
_RHYTHM = "remember_every"
_REMEMBER = {
    "workspace": "Remember this workspace",
    "cluster": "Remember this database",
    "lake": "Remember this Parquet",
}


def rhythm_words(minutes: int) -> Markdown:
    """How often, for people."""
    return plain(every_words(minutes).capitalize() if minutes else "Only when asked")


def show(place: DeltaGenerator, opened: OpenedSource, since: str, until: str) -> None:
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


def asked_here() -> list[Connection]:
    """What this session has open that is asked where it lies, as it would be remembered; its name is a proposal."""
    held = state()
    found = []
    if held.workspace:
        found.append(_proposed("workspace", held.workspace.store.name, held.workspace.overview.workspace_id))
    if held.cluster:
        client = held.cluster.store.client
        found.append(_proposed("cluster", held.cluster.store.name, client.cluster, client.database))
    if held.lake:
        found.append(_proposed("lake", held.lake.store.name, held.lake.place, sign_in=held.lake.sign_in))
    return [each for each in found if each]


def show_for_asked(place: DeltaGenerator, opened: Connection) -> None:
    """For what is asked and never imported."""
    if not access.may_edit():
        return
    with place.popover(_REMEMBER[opened.asked], icon=":material/bookmark:", key=f"remember_{opened.asked}"):
        asked = (opened, _name(opened.name, opened.place + opened.database))
        key = f"remember_{opened.asked}_now"
        st.button("Remember", on_click=doing.remember_asked, args=asked, type="primary", key=key)


def _proposed(asked: str, name: str, place: str, database: str = "", sign_in: str = "entra") -> Connection | None:
    """None for what cannot be remembered, as a test server in a cluster's place."""
    try:
        return Connection(visible(name)[:LONGEST_PLACE_NAME], place, sign_in, asked=asked, database=database)
    except InputError:
        return None


def _name(words: str, place: str) -> str:
    """The key of the field for a name; each place has its own, since a closed popover forgets what it was set to."""
    key = f"remember_name_{zlib.crc32(place.encode()):x}"
    st.text_input("Name", words[:LONGEST_PLACE_NAME], key=key, max_chars=LONGEST_PLACE_NAME, autocomplete="off")
    return key
