"""The list of gaps: the verdict, then each kind with its sentences, the heaviest first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import streamlit as st

from nsgflow_core.coverage.cost.monthly import cost_totals
from nsgflow_core.coverage.finding.settings import KEEP_DAYS
from nsgflow_core.coverage.gap import Gap, gaps_frame
from nsgflow_core.coverage.kinds import Weight
from nsgflow_core.coverage.truth import Truth
from nsgflow_core.ui.coverage import made
from nsgflow_core.ui.coverage.made import CoverageDesk
from nsgflow_core.ui.frame import navigation, url
from nsgflow_core.ui.frame.plain import Markdown, plain
from nsgflow_core.ui.parts import said, tables

_SHOWN = 6
_WINDOWS = {"all": "All that arrived", "30": "Last 30 days", "7": "Last 7 days"}
_LEAST = {str(days): f"Kept for {days} days at least" for days in (KEEP_DAYS, 7, 90, 365)}
_HIDDEN = ("kind", "subject", "target_id", "found", "hides", "region", "flow_log")


def asked() -> Truth:
    """The findings in the window, and for the days to keep, that are chosen."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    window = url.choice(row, "Window", tuple(_WINDOWS), "window", _WINDOWS.__getitem__)
    days = url.pick_one(row, "Kept at least", tuple(_LEAST), "at_least", _LEAST.__getitem__)
    return made.truth_of(window, int(days))


def verdict(desk: CoverageDesk) -> None:
    """The sentence, the counts, and what could not be judged."""
    truth = desk.truth
    if truth.gaps:
        st.warning(plain(truth.sentence), icon=":material/rule:")
    elif truth.is_told:
        st.success(plain(truth.sentence), icon=":material/check:")
    else:
        st.info(plain(truth.sentence), icon=":material/info:")
    for note in truth.notes:
        st.caption(plain(note))
    if truth.notes:
        label = "Give files on Connect"
        st.page_link(navigation.page_file("connect"), label=plain(label), icon=":material/upload_file:")
    if not truth.gaps:
        return
    row = st.container(horizontal=True, gap="medium")
    for weight in (Weight.NOTHING, Weight.PARTLY, Weight.KEEPING):
        count = sum(each.kind.weight is weight for each in truth.gaps)
        row.metric(plain(weight), plain(f"{count:,}"), width="content")
    if desk.wanted:
        more = cost_totals(desk.costs)[1]
        row.metric("Closing them, a month", plain(f"{more:+,.2f} {desk.prices.currency}"), width="content")


def show(truth: Truth) -> None:
    """All gaps, and below them, closed, what is none."""
    for weight, found in groupby(truth.gaps, key=lambda each: each.kind.weight):
        st.subheader(plain(weight), anchor=False)
        _kinds(found)
    if truth.gaps:
        with st.expander("All gaps as a table"):
            frame = gaps_frame(truth.gaps)
            tables.show(
                frame,
                tables.TableView("Gaps", "coverage-gaps", hide=_HIDDEN, complete=lambda: frame, note="as files too"),
            )
    if truth.told:
        with st.expander(plain(f"No gap, but good to know: {len(truth.told):,}")):
            _kinds(truth.told)


def _kinds(found: Iterable[Gap]) -> None:
    for kind, alike in groupby(found, key=lambda each: each.kind):
        sentences = [each.says for each in alike]
        listed = sentences[:_SHOWN]
        if left := len(sentences) - len(listed):
            listed.append(f"And {left:,} more, in the table below.")
        with st.container(gap="xxsmall"):
            st.markdown(f"{_icon(kind.weight)} **{plain(kind.title)}**")
            st.markdown(said.as_list(listed))
            hides = f"Hides {kind.hides}. " if kind.weight.is_gap else ""
            if words := f"{hides}{kind.advice}":
                st.caption(plain(words))


def _icon(weight: Weight) -> Markdown:
    """How much a finding hides, at a glance."""
    if weight is Weight.NOTHING:
        return Markdown(":red[:material/visibility_off:]")
    if weight is Weight.PARTLY:
        return Markdown(":orange[:material/contrast:]")
    return Markdown(":blue[:material/inventory_2:]") if weight.is_gap else Markdown(":gray[:material/info:]")
