"""Put our scripts into the page: small files of JavaScript beside this one, which draw nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

_SCRIPTS = ("history.js", "brush.js", "paper.js")
_HERE = Path(__file__).parent
_NARROW, _WIDTH = "_narrow", "script_width"


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def load() -> None:
    """Have them in the page, in a box that takes no place; a script that is there already does nothing."""
    with st.container(key="scripts"):
        for name in _SCRIPTS:
            st.components.v2.component(f"nsgflow_{Path(name).stem}", js=_text(name))(key=f"script_{Path(name).stem}")
        _hear_width()


def _hear_width() -> None:
    """What the window tells of its width holds for the session: a page that is drawn anew does not ask again."""
    width = st.components.v2.component("nsgflow_width", js=_text("width.js"))
    width(key=_WIDTH, data={"told": is_narrow()}, on_narrow_change=_note_width)


def _note_width() -> None:
    st.session_state[_NARROW] = bool(st.session_state[_WIDTH].narrow)


def is_narrow() -> bool:
    """True in a window as narrow as a phone's: what is drawn shows what matters most, and no more than fits."""
    return bool(st.session_state.get(_NARROW, False))
