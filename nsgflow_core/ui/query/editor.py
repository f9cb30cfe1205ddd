"""Where a KQL query is written: examples, the window that is put into the tables, and Run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.views import window_start
from nsgflow_core.stores.kql_on_local.examples import EXAMPLES
from nsgflow_core.stores.kql_on_local.saved import LONGEST_QUERY_NAME, save_query, saved_queries
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.ui.frame import choices, params, session, url
from nsgflow_core.ui.frame.plain import plain

WINDOWS = ("24h", "7d", "all")
"""Of those that the other pages offer, and counted back like theirs."""
_TEXT = "kql"
_ASKED = "kql_asked"
_EXAMPLE = "kql_example"
_NAME = "kql_name"
_FOLLOWED = "_kql_followed"
_LONGEST_LINK = 6_000
"""Characters of a query that a link carries; browsers and proxies cut longer ones."""
_CODE_TYPE = "<style>.st-key-kql textarea { font-family: monospace; }</style>"
"""Streamlit's text area knows no code type; a query is read by its columns."""


@dataclass(frozen=True, slots=True)
class KqlQuestion:
    """A query that was run, and the start of its window (UTC); None is the beginning of the store."""

    text: str
    since: datetime | None


def show() -> KqlQuestion | None:
    """The editor; what was run last, or None before the first run."""
    if not isinstance(session.current_store(), KeptStore):
        st.info(
            "This page runs KQL on flow logs kept on this machine. What is shown answers KQL itself: take a query from "
            "any chart or table (Query), and run it in the Azure portal or the cluster's web page.",
            title=f"The pages show {plain(session.current_store().name)}",
            icon=":material/cloud:",
        )
        return None
    st.caption(
        "The flows on this machine as `NTANetAnalytics` (VNet flow logs) and `AzureNetworkAnalytics_CL` (NSG flow "
        "logs), one row per hour and service as Traffic Analytics writes them; each public address has a row of its "
        "own."
    )
    st.html(_CODE_TYPE)
    _take_link()
    window = _write()
    text = str(st.session_state.get(_ASKED, "")).strip()
    params.put({"kql": text if len(text) <= _LONGEST_LINK else ""})
    st.session_state[_FOLLOWED] = text
    return KqlQuestion(text, window_start(window, session.extent().recent_until)) if text else None


def _write() -> str:
    """The fields and buttons; the window that is chosen."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox(
        "Example or saved query", tuple(_offered()), key=_EXAMPLE, on_change=_take_example, width=260, format_func=plain
    )
    window = url.choice(row, "Window, up to the newest flow", WINDOWS, "kql_window", default="7d")
    st.session_state.setdefault(_TEXT, next(iter(EXAMPLES.values())))
    choices.keep([_TEXT, _EXAMPLE])
    st.text_area(
        "KQL",
        key=_TEXT,
        height=190,
        label_visibility="collapsed",
        placeholder="NTANetAnalytics | take 10",
        on_change=_run,
    )
    below = st.container(horizontal=True, vertical_alignment="center")
    below.button("Run", on_click=_run, type="primary", icon=":material/play_arrow:", key="kql_run")
    _columns(below)
    _save(below)
    below.caption("Ctrl+Enter runs it.")
    return window


def _take_link() -> None:
    """A query of a link is written and run; it reads nothing but the tables, within the limits of any other.

    Back to a view without a query is a view without its answer.
    """
    given = params.get("kql")
    if not given and url.is_history_step():
        st.session_state.pop(_ASKED, None)
    if given and given != st.session_state.get(_FOLLOWED) and len(given) <= _LONGEST_LINK:
        st.session_state[_TEXT] = st.session_state[_ASKED] = given


def _offered() -> dict[str, str]:
    store = session.current_store()
    return {**EXAMPLES, **(saved_queries(store) if isinstance(store, KeptStore) else {})}


def _take_example() -> None:
    st.session_state[_TEXT] = _offered().get(st.session_state[_EXAMPLE], "")


def _run() -> None:
    st.session_state[_ASKED] = st.session_state[_TEXT]


def _columns(place: DeltaGenerator) -> None:
    """What can be asked for: each table's columns with their types, to search and copy."""
    with place.popover("Tables and columns", icon=":material/table_rows:"):
        table = st.selectbox("Table", tuple(DOCUMENTED), key="kql_table")
        st.code("\n".join(f"{name}: {kind}" for name, kind in DOCUMENTED[table].items()), language=None, height=320)


def _save(place: DeltaGenerator) -> None:
    with place.popover("Save", icon=":material/save:"):
        st.text_input("Name", key=_NAME, max_chars=LONGEST_QUERY_NAME)
        if st.button("Save with the store", key="kql_save"):
            save_query(session.store_to_change(), st.session_state[_NAME], st.session_state[_TEXT])
            st.rerun()
