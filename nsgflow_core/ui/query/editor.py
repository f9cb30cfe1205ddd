"""Where a KQL query is written: examples, the window that is put into the tables, and Run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from nsgflow_core.stores.kql_on_local.engine import EXAMPLES
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session, url

WINDOWS: dict[str, timedelta | None] = {"7d": timedelta(days=7), "24h": timedelta(hours=24), "all": None}
_TEXT = "kql"
_ASKED = "kql_asked"
_CODE_TYPE = "<style>.st-key-kql textarea { font-family: monospace; }</style>"
"""Streamlit's text area knows no code type; a query is read by its columns."""


@dataclass(frozen=True, slots=True)
class KqlQuestion:
    """A query that was run, and the start of its window (UTC); None is the beginning of the store."""

    text: str
    since: datetime | None


def show() -> KqlQuestion | None:
    """The editor; what was run last, or None before the first run."""
    if not isinstance(session.current_store(), LocalStore):
        st.info(
            "This page runs KQL on flow logs kept on this machine. A workspace answers KQL itself: take a query from "
            "any chart or table (Query), and run it in the Azure portal.",
            title="The pages show a Log Analytics workspace",
            icon=":material/cloud:",
        )
        return None
    st.caption(
        "The flows on this machine as `NTANetAnalytics` (VNet flow logs) and `AzureNetworkAnalytics_CL` (NSG flow "
        "logs), one row per hour and service as Traffic Analytics writes them; public addresses stand in the address "
        "columns."
    )
    st.html(_CODE_TYPE)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox("Example", tuple(EXAMPLES), key="kql_example", on_change=_take_example, width=260)
    window = url.choice(row, "Window, up to the newest flow", tuple(WINDOWS), "kql_window")
    st.session_state.setdefault(_TEXT, next(iter(EXAMPLES.values())))
    st.text_area("KQL", key=_TEXT, height=190, label_visibility="collapsed", placeholder="NTANetAnalytics | take 10")
    st.button("Run", on_click=_run, type="primary", icon=":material/play_arrow:", key="kql_run")
    text = str(st.session_state.get(_ASKED, "")).strip()
    return KqlQuestion(text, _start_of(WINDOWS[window])) if text else None


def _take_example() -> None:
    st.session_state[_TEXT] = EXAMPLES[st.session_state["kql_example"]]


def _run() -> None:
    st.session_state[_ASKED] = st.session_state[_TEXT]


def _start_of(length: timedelta | None) -> datetime | None:
    newest = session.extent().last
    return newest - length if newest and length else None
