"""What the first steps of all places share: the card, how far opening is, and the work that opens a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from nsgflow_core.errors import InputError, StoreError
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.state import OpenedSource, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame.sign_in import access

_TURNS = "_connect_turns"


def show(words: str, note: str, fields: Callable[[], None]) -> None:
    """The step: the fields of one kind of place, and how far opening it is."""
    with cards.card(words, note, number=1, key="source"):
        fields()
        opening = state().opening
        if opening and opening.is_done and opening.error:
            cards.show_error(opening.error)
        elif opening and not opening.is_done:
            connect_work.follow(opening, cards.show_waiting)
            st.button("Stop", on_click=_drop, icon=":material/close:", key="stop_opening")


@access.refused_in_words
def open_in_background(words: str, opener: Callable[[Work[OpenedSource]], Source]) -> None:
    """Open a source and list its blobs, in the background."""
    access.editor()

    def run(work: Work[OpenedSource]) -> OpenedSource:
        source = opener(work)
        work.words = f"Listing {source.name}…"
        return OpenedSource(source, words, tuple(source.blobs()))

    held = state()
    _drop()
    held.opened = None
    held.opening = Work("Signing in…", run)


def key_of(key: str) -> str:
    """The key under which a field is drawn now: another one after each time that it was emptied."""
    turn = st.session_state.get(_TURNS, {}).get(key, 0)
    return f"{key}_{turn}" if turn else key


def empty(key: str) -> None:
    """Take what was typed out of a field. It is drawn as a new one: of a form's field that was left by Tab the browser
    goes on showing what was typed (Streamlit 1.67, tried), while the server holds nothing any more. A callback."""
    st.session_state[key_of(key)] = ""
    turns = st.session_state.setdefault(_TURNS, {})
    turns[key] = turns.get(key, 0) + 1


def names_of(local: LocalStore) -> dict[str, Any]:
    """What the local store calls subnets and NSGs, for a store of this session alone; nothing where it cannot be
    opened, which the page says."""
    try:
        return {"subnets": local.subnets, "nsg_names": local.nsg_names}
    except StoreError:
        return {}


def needed(text: str, message: str, hint: str) -> str:
    """The text. Raises InputError where there is none."""
    if not text:
        raise InputError(message, hint)
    return text


def _drop() -> None:
    held = state()
    connect_work.leave(held.opening)
    held.opening = None
