"""The upload for files that say what the network is, alike on Connect and Rules: any kind, any number at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.ui.frame import known
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access

_ROUND = "_given_files_round"


def upload(
    settings: Settings,
    name: str,
    label: str,
    tell: Callable[[list[known.Said]], None],
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Draw it; what is given is kept with the settings, `tell` gets what came of it, and it is empty again."""
    if not known.may_keep(settings):
        st.caption(plain(access.ASK_FOR_EDITOR))
        return
    key = f"{name}_{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        plain(label),
        type=["json", "csv", "txt", "mmdb"],
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(settings, key, tell),
        label_visibility=label_visibility,
    )


def _take(settings: Settings, key: str, tell: Callable[[list[known.Said]], None]) -> None:
    files = [(file.name, file.getvalue()) for file in st.session_state.get(key) or []]
    if not files:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    try:
        tell(known.take_in(settings, files))
    except NsgflowError as error:
        tell([known.Said(str(error), is_good=False)])
