"""Which store the pages show now, and the way to the others."""

from __future__ import annotations

from functools import partial

import streamlit as st

from nsgflow_core.errors import NsgflowError
from nsgflow_core.ui.connect import cards, local
from nsgflow_core.ui.connect.state import state
from nsgflow_core.ui.frame import navigation, session, url
from nsgflow_core.ui.frame.plain import store_badge
from nsgflow_core.words.numbers import counted


def show() -> None:
    """One line: the session's store and its freshness, then a button for each other store."""
    shown = session.active()
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="showing")
    row.markdown("All pages show", width="content")
    if shown.is_sample:
        row.badge("Sample estate", icon=":material/science:", color="violet")
    else:
        row.markdown(store_badge(shown.store.name), width="content")
    failed: NsgflowError | None = None
    try:
        held = session.extent()
        newest = f" · newest {held.last:%Y-%m-%d %H:%M} UTC" if held.last else ""
        row.caption(f"{counted(held.tuples, 'log entry')}{newest}", width="content")
    except NsgflowError as error:
        failed = error
    row.space("stretch")
    url.link(row, "overview", "Overview", about="of what is shown")
    _others(row, shown)
    if failed:
        cards.show_error(failed)


def _others(row: st.delta_generator.DeltaGenerator, shown: session.ActiveStore) -> None:
    if shown.store.name != session.local_store().name and local.holds_flows():
        row.button(
            "Show the local store", on_click=session.use_local_store, icon=":material/database:", key="show_local"
        )
    for key, opened in (("workspace", state().workspace), ("cluster", state().cluster)):
        if opened is not None and shown.store.name != opened.store.name:
            row.button(
                "Show the workspace" if key == "workspace" else "Show the Kusto database",
                on_click=partial(session.use_store, opened.store, is_personal=True),
                icon=":material/cloud:",
                key=f"show_{key}",
            )
    opened_lake = state().lake
    if opened_lake is not None and shown.store.name != opened_lake.store.name:
        row.button(
            "Show the Parquet folder", on_click=partial(session.use_store, opened_lake.store), icon=":material/folder:",
            key="show_lake",
        )  # fmt: skip
    if not shown.is_sample:
        row.button("Show the sample estate", on_click=session.use_sample, icon=":material/science:", key="show_sample")


def next_links() -> None:
    """Where to go when there is something to look at."""
    row = st.container(horizontal=True, gap="medium")
    for name in ("overview", "flows", "denied", "required_ports"):
        url.link(row, name, next(page.title for page in navigation.PAGES if page.name == name))
