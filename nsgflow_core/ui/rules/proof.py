"""The step Proof: what speaks for the draft before anybody applies it: held-out days, and what each day taught."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.charts import flows as charts
from nsgflow_core.charts import rules as charts_rules
from nsgflow_core.charts.flows import DENIED_COLOUR
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.proof.days import Calendar
from nsgflow_core.rules.proof.held_out import HeldOutProof, percent
from nsgflow_core.rules.proof.learning import learn
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache, draft
from nsgflow_core.ui.rules.cache import Subject

_CHANGES = ("day", "why", "source_ip", "destination_ip", "protocol", "port", "flows", "decided_by", "logged_rule")
_SHARES = {"share_of_flows": "flows_passed", "share_of_services": "services_passed"}
_HIDDEN = ("busiest", "set_apart_flows", "open_flows", "newly_allowed_flows")


def show(subject: Subject) -> None:
    """The whole step."""
    desk = draft.desk_of(subject)
    st.subheader("Each day left out in turn", anchor=False)
    proof = _proved(subject)
    _held_out(proof)
    _learning(desk.drafted, proof)


def _proved(subject: Subject) -> HeldOutProof:
    """The proof, a day after the other, with how far it is: on a large store each day takes some seconds."""
    window = cache.held_out_days(subject)
    days = window if len(window) > 1 else ()
    place = st.empty()
    left_out = []
    for number, day in enumerate(days):
        place.progress(number / len(days), text=plain(f"A draft without {day}…"))
        left_out.append(cache.left_out(subject, day))
    place.empty()
    return HeldOutProof(tuple(left_out), window)


def _held_out(proof: HeldOutProof) -> None:
    if not proof.days:
        st.info(plain(proof.sentence), title="At least two days are needed", icon=":material/event_busy:")
        return
    row = st.container(horizontal=True, gap="large")
    row.metric("Flows that would have passed", plain(percent(proof.share_of_flows)), width="content")
    row.metric("(Pair, port)s that would have passed", plain(percent(proof.share_of_services)), width="content")
    whole = sum(not each.cut_flows for each in proof.days)
    row.metric("Days without a loss", plain(f"{whole} of {len(proof.days)}"), width="content")
    if proof.worst:
        st.warning(plain(proof.sentence), icon=":material/event_busy:")
    else:
        st.success(plain(proof.sentence), icon=":material/check:")
    st.caption("For each day a draft is made from all the others, and replayed on it. Without your decisions.")
    days = proof.frame()
    shown = days.assign(day=_named(days), **{name: days[name].map(percent) for name in _SHARES}).rename(columns=_SHARES)
    view = tables.TableView(
        "Days left out", "days-left-out", bars=("cut_flows",), colour=DENIED_COLOUR, hide=_HIDDEN, complete=lambda: days
    )
    tables.show(shown, view)
    changes = proof.outcomes()
    if len(changes):
        shown = changes[list(_CHANGES)].rename(columns={"source_ip": "source", "destination_ip": "destination"})
        view = tables.TableView(
            "What would have changed on those days", "held-out-changes", bars=("flows",), colour=DENIED_COLOUR,
            complete=lambda: changes, note="a row for each service of a day, in order of days",
        )  # fmt: skip
        tables.show(shown.assign(day=_named(changes)), view)


def _named(days: pd.DataFrame) -> list[str]:
    """The days as people say them."""
    return [f"{day:%a} {day}" for day in days["day"]]


def _learning(drafted: Draft, proof: HeldOutProof) -> None:
    st.subheader("What each day taught", anchor=False)
    learned = learn(drafted)
    if learned.is_long_enough:
        st.success(plain(learned.sentence), icon=":material/school:")
    else:
        st.warning(plain(learned.sentence), icon=":material/school:")
    calendar = Calendar(proof.window)
    icon = ":orange[:material/calendar_month:]" if calendar.missing else ":green[:material/calendar_month:]"
    st.markdown(f"{icon} {plain(calendar.sentence)}")
    if learned.days:
        st.plotly_chart(
            charts_rules.taught(learned.frame()),
            key="learning_curve",
            config=charts.CONFIG,
            alt="New services and rules on each day of the window",
        )
