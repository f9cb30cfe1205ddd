"""A file that could not be made at the click: the browser says no more than that, so the page says why soon after."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.unforeseen import reference_to

_KEY = "_failed_files"


def watched(name: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same, for a click, which is outside of this session: what it raises is told here too, until it succeeds."""
    failed = _failed()

    def made() -> bytes:
        try:
            content = make()
        except NsgflowError as refused:
            failed[name] = str(refused)
            raise
        except Exception as failure:
            failed[name] = f"Something went wrong on our side, reference {reference_to(failure, 'as a file was made')}."
            raise
        failed.pop(name, None)
        return content

    return made


def show() -> None:
    """A line for each file that could not be made; it stays in sight (look.css): what is exported lies far down."""
    failed = list(_failed().items())
    if not failed:
        return
    place = st.container(key="unmade_files", gap=None)
    for name, why in failed:
        row = place.container(
            horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"failed_{name}"
        )
        row.markdown(f":orange[:material/warning:] {plain(f'{name} was not made: {why}')}", width="stretch")
        row.button(
            "Close", on_click=_close, args=(name,), icon=":material/close:", type="tertiary", key=f"close_{name}"
        )


def _close(name: str) -> None:
    _failed().pop(name, None)


def _failed() -> dict[str, str]:
    """File -> why it was not made, of this session."""
    held: dict[str, str] = st.session_state.setdefault(_KEY, {})
    return held
