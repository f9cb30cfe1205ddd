"""A folder of the server, and the server's own sign-in: whether the page offers them, why not, and opening one."""

from __future__ import annotations

import streamlit as st

from nsgflow_core import COMMAND
from nsgflow_core.credentials import TypedBy
from nsgflow_core.errors import InputError
from nsgflow_core.sources.base import Source
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.ui.connect.places import step
from nsgflow_core.ui.connect.state import OpenedSource
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import reached
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.watch.opening import FOLDERS_VARIABLE as FOLDERS_VARIABLE
from nsgflow_core.watch.opening import IDENTITY_VARIABLE as IDENTITY_VARIABLE


def is_offered() -> bool:
    """True when the server is reached by this machine only, or whoever runs it allows folders.

    A server that others reach would show its own files to each of them.
    """
    return reached.lends().folders


def is_on_loopback() -> bool:
    """True when nobody but this machine reaches the server."""
    return reached.reach() is TypedBy.OWN


def is_identity_offered() -> bool:
    """True when the server is reached by this machine only, or whoever runs it lends its sign-in to who reaches it."""
    return reached.lends().identity


def show_whose_sign_in() -> None:
    """Why this machine's own sign-in is no choice here, where it is none."""
    if not is_identity_offered():
        st.caption(
            "Others reach this server, so its own sign-in to Azure is no choice here. Whoever runs it can lend it with "
            f"the setting {plain(IDENTITY_VARIABLE)}=1."
        )


def show_why_not() -> None:
    """Why there is no folder to choose, and the ways round it."""
    st.info(
        "Anyone who reaches this server could read files of the machine it runs on. Whoever runs it can allow folders "
        f"with the setting {plain(FOLDERS_VARIABLE)}=1, or start it with `--server.address 127.0.0.1`. Without: "
        f"{plain(COMMAND)} import FOLDER on that machine fills the same store.",
        title="Folders are not offered here",
        icon=":material/lock:",
    )


def show(words: str) -> None:
    """The step for a folder."""
    step.show(words, "Blobs copied from a storage account, read where they lie.", _fields)


def open_again(path: str) -> None:
    """Fill the field with what is remembered, and open it. A callback."""
    st.session_state["connect_folder"] = path
    if is_offered():
        _open()


def _open() -> None:
    path, may_open = str(st.session_state.get("connect_folder", "")).strip().strip('"'), is_offered()

    def opener(_work: Work[OpenedSource]) -> Source:
        if not may_open:
            raise InputError("Folders are not offered here.", "Choose another place that the logs are in.")
        return FolderSource(step.needed(path, "No folder is named.", "Write its whole path."))

    step.open_in_background("Folder", opener)


def _fields() -> None:
    if not is_offered():
        show_why_not()
        return
    with st.form("connect_folder_form", border=False):
        st.text_input(
            "Folder or file",
            key="connect_folder",
            placeholder="/home/me/flow-logs, a container copied with azcopy or Storage Explorer",
            autocomplete="off",
        )
        st.form_submit_button("See what is there", type="primary", icon=":material/search:", on_click=_open)
