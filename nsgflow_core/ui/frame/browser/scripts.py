"""Put our scripts into the page: small files of JavaScript beside this one, which draw nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from nsgflow_core.ui.frame.asking import links

_SCRIPTS = ("history.js", "brush.js", "paper.js", "popover.js")
_HERE = Path(__file__).parent
_LEAST, _WIDTH, _COOKIE = "_least_width", "script_width", "nsgflow_width"
_STEPS = (641, 700, 760, 880, 1000, 1200, 1360, 1440)
"""Pixels. A window is as wide as the last of these that it reaches; one that tells nothing has the last."""
_FULL = 1200


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def load() -> None:
    """Have them in the page, in a box that takes no place; a script that is there already does nothing.

    Its height is the box's own: look.css comes with the page, after bars that stand for what is not fetched yet.
    """
    with st.container(key="scripts", height=1, border=False):
        for name in _SCRIPTS:
            st.components.v2.component(f"nsgflow_{Path(name).stem}", js=_text(name))(key=f"script_{Path(name).stem}")
        _hear_width()


def _hear_width() -> None:
    """What the window tells of its width holds for the session: a page that is drawn anew does not ask again.

    A new session takes the width that the browser's last one told, and is told where that is another by now.
    """
    width = st.components.v2.component("nsgflow_width", js=_text("width.js"))
    width(key=_WIDTH, data={"told": least_width(), "steps": _STEPS, "cookie": _COOKIE}, on_least_change=_note_width)


def _note_width() -> None:
    links.let_stand()
    st.session_state[_LEAST] = int(st.session_state[_WIDTH].least or 0)


def least_width() -> int:
    """Pixels that the window has at least, in steps; 0 in one as narrow as a phone's."""
    if _LEAST not in st.session_state:
        st.session_state[_LEAST] = _told_before(st.context.cookies.get(_COOKIE, ""))
    return int(st.session_state[_LEAST])


def _told_before(cookie: str) -> int:
    """The width in a cookie, which anybody can write; the widest where it is no step of ours."""
    steps = {str(step): step for step in (0, *_STEPS)}
    return steps.get(cookie, _STEPS[-1])


def is_narrow() -> bool:
    """True in a window as narrow as a phone's: what is drawn shows what matters most, and no more than fits."""
    return least_width() < _STEPS[0]


def is_full() -> bool:
    """True in a window in which words beside a title leave room for its controls, and tables keep their order."""
    return least_width() >= _FULL
