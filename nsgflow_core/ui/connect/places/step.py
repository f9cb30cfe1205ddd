"""What the first steps of all places share: the card, how far opening is, and the work that opens a source."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nsgflow_core.errors import InputError
from nsgflow_core.sources.base import Source
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.connect import work as connect_work
from nsgflow_core.ui.connect.state import Opened, state
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame.sign_in import access


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
def open_in_background(words: str, opener: Callable[[Work[Opened]], Source]) -> None:
    """Open a source and list its blobs, in the background."""
    access.editor()

    def run(work: Work[Opened]) -> Opened:
        source = opener(work)
        work.words = f"Listing {source.name}…"
        return Opened(source, words, tuple(source.blobs()))

    held = state()
    held.opened = None
    held.opening = Work("Signing in…", run)


def needed(text: str, message: str, hint: str) -> str:
    """The text. Raises InputError where there is none."""
    if not text:
        raise InputError(message, hint)
    return text


def _drop() -> None:
    state().opening = None
