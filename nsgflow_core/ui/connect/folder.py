"""Whether folders of the server may be read from the page: only where the server serves this machine alone."""

from __future__ import annotations

import ipaddress
import os

import streamlit as st

FOLDERS_VARIABLE = "NSGFLOW_ALLOW_FOLDERS"


def is_offered() -> bool:
    """True when the server listens on loopback only, or whoever runs it allows folders.

    A server that others reach would show its own files to each of them.
    """
    return os.environ.get(FOLDERS_VARIABLE, "").strip() == "1" or is_on_loopback()


def is_on_loopback() -> bool:
    """True when nobody but this machine reaches the server."""
    address = str(st.get_option("server.address") or "")
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address.lower() == "localhost"


def show_why_not() -> None:
    """Why there is no folder to choose, and the ways round it."""
    st.info(
        "Anyone who reaches this server could read files of the machine it runs on. Whoever runs it can allow folders "
        f"with the setting `{FOLDERS_VARIABLE}=1`, or start it with `--server.address 127.0.0.1`. Without: "
        "`python -m nsgflow_core import FOLDER` on that machine fills the same store.",
        title="Folders are not offered here",
        icon=":material/lock:",
    )
