"""Compare with another window: which services are new, gone, or used much more or much less."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis import changes
from nsgflow_core.analysis.required_ports import EndsAs
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.times import parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.words.vocabulary import Decision

_BEFORE = {
    "just": "The time just before",
    "week": "A week earlier",
    "all": "All time before",
    "other": "Another window",
}
_WORDS = {"new": "New", "gone": "Gone", "changed": "Changed"}


def asked(place: DeltaGenerator, title: str) -> bool:
    """Offer the comparison beside the page's own table; true when it is wanted."""
    words = {"now": title, "compare": "Compare with another window"}
    return url.choice(place, "Show", tuple(words), "compare", words.__getitem__) == "compare"


def show(view: View, by: EndsAs = "subnet", decision: Decision = Decision.ALLOWED) -> None:
    """The choice of the other window, what is compared in words, and the services that differ."""
    which = url.choice(st.container(), "Compared with", tuple(_BEFORE), "before", _BEFORE.__getitem__)
    after = _after(view.flow_filter)
    try:
        before = _before(after, which)
    except BadFilter as error:
        st.info(plain(error.hint), title=plain(error.message), icon=":material/event_busy:")
        return
    st.markdown(
        f"**{plain(_span(after))}** against **{plain(_span(before))}** before it. Rates are compared, not counts."
    )
    question = view.named(changes.compare(before, after, by, decision))
    found = view.ask(question)
    counts = found["change"].value_counts()
    note = ", ".join(f"{int(counts.get(change, 0)):,} {change}" for change in changes.CHANGES)
    tables.show(
        found.assign(change=found["change"].map(_WORDS)),
        tables.TableView(
            "Changes",
            "changes",
            question,
            bars=("flows_after",),
            note=f"{note} (half or double, and 10 flows)",
            complete=lambda: found,
            height=640 if len(found) > 16 else None,
        ),
    )


def _after(flow_filter: FlowFilter) -> FlowFilter:
    """The page's window with both ends; without a start it is the newest day."""
    held = session.extent()
    until = flow_filter.until or _minute_after(held.last)
    if until is None:
        return flow_filter
    return flow_filter.within(flow_filter.since or until - timedelta(days=1), until)


def _before(after: FlowFilter, which: str) -> FlowFilter:
    """The window to compare with. Raises BadFilter when it is none, or before the first log."""
    since, until, first = after.since, after.until, session.extent().first
    if since is None or until is None or first is None:
        raise BadFilter("There is nothing to compare.", "Import flow logs first.")
    if which == "other":
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        start = _typed(row.text_input("From (UTC)", key="compare_from", placeholder="2026-11-17", width=240))
        end = _typed(row.text_input("Until (UTC)", key="compare_until", placeholder="2026-11-18", width=240))
        if start is None or end is None:
            raise BadFilter("Which other window?", "Write its start and end, like 2026-11-17 or 2026-11-17T10:00.")
        return after.within(start, end)
    length = until - since
    back = {"just": length, "week": timedelta(days=7), "all": until - first}[which]
    start, end = (first, since) if which == "all" else (since - back, until - back)
    if end <= first:
        raise BadFilter(
            f"There are no logs before {first:%Y-%m-%d %H:%M} UTC.",
            "Choose a later window in the filter bar, or another one to compare with.",
        )
    return after.within(max(start, first), end)


def _typed(text: str) -> datetime | None:
    return parse_time(text)


def _minute_after(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1) if moment else None


def _span(flow_filter: FlowFilter) -> str:
    since, until = flow_filter.since, flow_filter.until
    return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC" if since and until else "all time"
