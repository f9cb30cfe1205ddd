"""Which window is compared with which: the bar's own, and an earlier one that is chosen here. Both in the URL."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.analysis.compared import periods
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.plain import plain

_OTHER = {"other": "Another window"}


@dataclass(frozen=True, slots=True)
class Windows:
    """The filter in the earlier window, and in the one that is looked at; each with both ends."""

    before: FlowFilter
    after: FlowFilter


def chosen(place: DeltaGenerator, flow_filter: FlowFilter, note: str = "") -> Windows | None:
    """The two windows, after the choice of the earlier one; None where there is no earlier one, which it says."""
    words = dict(periods.EARLIER) | _OTHER
    which = url.choice(place, "Compared with", tuple(words), "before", words.__getitem__)
    try:
        held = session.extent()
        after = periods.now(flow_filter, held)
        before = _written(after) if which == "other" else periods.before(after, which, held)
    except BadFilter as error:
        st.info(plain(error.hint), title=plain(error.message), icon=":material/event_busy:")
        return None
    which_day = "" if flow_filter.since else "The newest day: "
    zone = clock.zone()
    st.markdown(
        f"{which_day}**{plain(periods.in_words(after, zone))}** against **{plain(periods.in_words(before, zone))}**. "
        f"{plain(note)}"
    )
    return Windows(before, after)


def newest(flow_filter: FlowFilter) -> Windows | None:
    """The bar's window and the one just before, without a word; None where there is none."""
    held = session.extent()
    try:
        after = periods.now(flow_filter, held)
        return Windows(periods.before(after, "just", held), after)
    except BadFilter:
        return None


def _written(after: FlowFilter) -> FlowFilter:
    """The window that is written into two fields. Raises BadFilter."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    texts = (
        url.field(row, f"From ({clock.words()})", "compare_from", "2026-11-17"),
        url.field(row, f"Until ({clock.words()})", "compare_until", "2026-11-17"),
    )
    start, end = (parse_time(text, clock.zone()) for text in texts)
    if start is None or end is None:
        raise BadFilter("Which other window?", "Write its start and end, like 2026-11-17 or 2026-11-17T10:00.")
    return after.within(start, end)
