"""Empty states in words: a store without flows, and a filter that nothing meets, with what to loosen."""

from __future__ import annotations

import streamlit as st

from nsgflow_core.analysis import traffic
from nsgflow_core.ask.answers import label
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.base import Extent
from nsgflow_core.ui.frame import filter_bar, navigation, params, session
from nsgflow_core.ui.frame.plain import plain

_AT_MOST_TRIED = 6


def stop_without_flows(shown: session.ActiveStore, held: Extent) -> None:
    """End the page with what to do when the store holds nothing."""
    if held.tuples:
        return
    st.info(
        "Import flow logs from a storage account or a folder, or look at the sample estate first.",
        title=f"{plain(shown.store.name)} holds no flows yet",
        icon=":material/database:",
    )
    row = st.container(horizontal=True)
    row.page_link(navigation.page_file("connect"), label="Import flow logs", icon=":material/upload:")
    row.button("Show the sample estate", on_click=session.use_sample, icon=":material/science:", key="show_sample")
    params.stop()


def stop_without_match(about: FlowFilter, asked: FlowFilter) -> None:
    """End the page when no flow meets the filter, saying which single filter is in the way."""
    if _entries(about):
        return
    tries = _looser(about, asked)
    found = [(key, words, count) for key, words, looser in tries if (count := _entries(looser))]
    st.info(
        "Loosen one of them:" if found else "No single filter is in the way: loosen several, or clear them all.",
        title="No flow meets these filters",
        icon=":material/filter_alt_off:",
    )
    row = st.container(horizontal=True)
    for key, words, count in found:
        row.button(
            f"Without {plain(words)}: {count:,} log entries",
            on_click=filter_bar.loosen,
            args=(key,),
            key=f"loosen_{key}",
        )
    row.button("Clear all filters", on_click=filter_bar.clear, icon=":material/close:", key="clear_unmatched")
    params.stop()


def _looser(about: FlowFilter, asked: FlowFilter) -> list[tuple[str, str, FlowFilter]]:
    """(key, words, filter) of each filter left out alone; what the page itself decides stays."""
    keys = list(dict.fromkeys(condition.dimension for condition in asked.conditions))[:_AT_MOST_TRIED]
    tries = [(key, label(key), about.without(key)) for key in keys]
    if about.since or about.until:
        tries.append(("window", "the window", about.within(None, None)))
    return tries


def _entries(flow_filter: FlowFilter) -> int:
    return int(session.ask(traffic.entries(flow_filter))["tuples"].sum())
