"""Put our scripts into the page: small files of JavaScript beside this one, which draw nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

_SCRIPTS = ("history.js", "brush.js")
_HERE = Path(__file__).parent


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def load() -> None:
    """Have them in the page, in a box that takes no place; a script that is there already does nothing."""
    with st.container(key="scripts"):
        for name in _SCRIPTS:
            st.components.v2.component(f"nsgflow_{Path(name).stem}", js=_text(name))(key=f"script_{Path(name).stem}")
