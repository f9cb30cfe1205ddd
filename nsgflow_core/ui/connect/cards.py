"""What the steps of the Connect page share in look: a numbered card, a calm box for an error, waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.credentials import DeviceCode
from nsgflow_core.errors import NsgflowError
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame.plain import plain


@contextmanager
def card(title: str, note: str = "", *, number: int | None = None, key: str = "") -> Iterator[DeltaGenerator]:
    """One step in a frame of its own; yields the row of its title, for buttons. An error in it stays in it."""
    with st.container(border=True, key=f"card_{key}" if key else None):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.subheader(
            f":blue-badge[{number:d}]&ensp;{plain(title)}" if number else plain(title), anchor=False, width="content"
        )
        row.caption(plain(note), width="stretch")
        try:
            yield row
        except NsgflowError as error:
            show_error(error)


def show_error(error: NsgflowError) -> None:
    """What happened, and what to do next."""
    st.warning(plain(error.hint) or "Nothing was changed.", title=plain(error.message), icon=":material/info:")


def show_waiting(work: Work[Any]) -> None:
    """What is being done; for a device code, what to type and where."""
    if isinstance(work.note, DeviceCode):
        _show_code(work.note)
    else:
        st.markdown(f":material/progress_activity: {plain(work.words)}")


_SIGN_IN_PAGES = {
    "https://microsoft.com/devicelogin": "<https://microsoft.com/devicelogin>",
    "https://www.microsoft.com/devicelogin": "<https://www.microsoft.com/devicelogin>",
    "https://login.microsoft.com/device": "<https://login.microsoft.com/device>",
    "https://microsoft.com/deviceloginus": "<https://microsoft.com/deviceloginus>",
    "https://aka.ms/deviceloginchina": "<https://aka.ms/deviceloginchina>",
}
"""Where Microsoft Entra lets one type a code, as it names them in the answer: these are links, any other is text."""


def _show_code(shown: DeviceCode) -> None:
    """The code to copy, the link to open, and until when it is good."""
    where = _SIGN_IN_PAGES.get(shown.uri, plain(shown.uri))
    st.markdown(f"Open {where} in any browser, sign in, and type this code:")
    st.code(shown.code, language=None, width=260)
    st.caption(f"Good until {shown.expires:%H:%M} UTC. This page goes on by itself once you have signed in.")
