"""The step Proof: whole logs, held-out days, what each day taught, which stage of closing is due, what is cut since."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pandas as pd
import streamlit as st

from nsgflow_core.charts import rules as charts_rules
from nsgflow_core.charts.flows import DENIED_COLOUR
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.proof import staging
from nsgflow_core.rules.proof.completeness import Completeness, Logs
from nsgflow_core.rules.proof.days import Calendar
from nsgflow_core.rules.proof.held_out import UNDECIDED, HeldOutProof
from nsgflow_core.rules.proof.learning import learn
from nsgflow_core.rules.replay.services import by_service
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.pictures import drawing
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import draft
from nsgflow_core.words.numbers import counted, percent

_CHANGES = ("day", "why", "source", "destination", "protocol", "port", "pairs", "flows", "decided_by", "logged_rule")
_SHARES = {"share_of_flows": "flows_passed", "share_of_services": "pairs_passed"}
_PAIRS = {"services": "pairs", "cut_services": "cut_pairs"}
_HIDDEN = ("busiest", "set_apart_flows", "open_flows", "newly_allowed_flows")


def show(subject: RulesSubject) -> None:
    """The whole step."""
    desk = draft.desk_of(subject)
    st.subheader("Are the logs whole?", anchor=False)
    _logs(cache.complete(subject))
    st.subheader("Each day left out in turn", anchor=False)
    proof = _proved(subject)
    _held_out(proof)
    _learning(desk.drafted, proof)
    _closing(subject, desk.decided.draft, proof.window)
    _after(subject, proof.window)


def _logs(found: Completeness) -> None:
    """What is missing, and the NICs and flows behind it."""
    if found.state is Logs.COMPLETE:
        st.success(plain(found.sentence), icon=":material/check:")
    elif found.state is Logs.CANNOT_TELL:
        st.info(plain(found.sentence), icon=":material/info:")
    else:
        st.warning(plain(found.refusal), title="Logs are missing", icon=":material/running_with_errors:")
        for said in found.missing[1:]:
            st.markdown(f":orange[:material/running_with_errors:] {plain(said)}")
    for note in found.notes:
        st.caption(plain(note))
    with st.expander(plain(f"Who logged: {counted(len(found.gaps.nics), 'NIC')}")):
        tables.show(found.gaps.nics, tables.TableView("NICs", "nics", bars=("tuples",)))
        if len(found.gaps.gaps):
            view = tables.TableView("Hours without a log", "gaps", bars=("met",), colour=DENIED_COLOUR)
            tables.show(found.gaps.gaps, view)
        if len(found.one_ended.flows):
            tables.show(
                found.one_ended.flows,
                tables.TableView("Flows that one end alone logged", "one-ended", bars=("entries",)),
            )


def _proved(subject: RulesSubject) -> HeldOutProof:
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
    row = st.container(horizontal=True, gap="medium")
    row.metric("Flows that would have passed", plain(percent(proof.share_of_flows)), width="content")
    of_pairs = plain(percent(proof.share_of_services))
    row.metric("Pairs that would have passed", of_pairs, width="content", help="A source, a destination and a port.")
    if proof.open_flows:
        row.metric(
            "Flows not decided", plain(f"{proof.open_flows:,}"), width="content", help=plain(f"Each {UNDECIDED}.")
        )
    whole = sum(not (each.cut_flows or each.open_flows) for each in proof.days)
    row.metric("Days without a loss", plain(f"{whole} of {len(proof.days)}"), width="content")
    if proof.is_green:
        st.success(plain(proof.sentence), icon=":material/check:")
    else:
        st.warning(plain(proof.sentence), icon=":material/event_busy:")
    words = ("For each day a draft is made from all the others, and replayed on it. Without your review.", *proof.notes)
    st.caption(plain(" ".join(words)))
    days = proof.frame()
    shown = days.assign(day=_named(days), **{name: days[name].map(percent) for name in _SHARES})
    shown = shown.rename(columns=_SHARES | _PAIRS)
    view = tables.TableView(
        "Days left out", "days-left-out", bars=("cut_flows",), colour=DENIED_COLOUR, hide=_HIDDEN, complete=lambda: days
    )
    tables.show(shown, view)
    changes = proof.outcomes()
    if len(changes):
        shown = by_service(changes, "day", "why")[list(_CHANGES)]
        view = tables.TableView(
            "What would have changed on those days", "held-out-changes", bars=("flows",), colour=DENIED_COLOUR,
            complete=lambda: changes, note="by day, rule and port; the CSV has each pair of addresses",
        )  # fmt: skip
        tables.show(shown.assign(day=_named(shown)), view)


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
        words = "New services and rules on each day of the window"
        drawing.plotly(charts_rules.taught(learned.frame()), "learning_curve", words)


def _closing(subject: RulesSubject, made: Draft, window: tuple[date, ...]) -> None:
    """Allow rules first, then the deny: what would still fall to it, day by day, and which stage is due."""
    st.subheader("Closing in stages", anchor=False)
    falling = staging.together([cache.falls(subject, made, day) for day in window], window)
    due = staging.due(subject.existing, made, falling)
    st.markdown(f":blue[:material/stairs:] {plain(due.sentence)} {plain(_STAGES[due.stage])}")
    st.caption(plain(" ".join(falling.notes)))
    st.caption("What was allowed and would have fallen to the closing deny, if it came now:")
    days = falling.frame()
    tables.show(
        days.assign(day=_named(days)),
        tables.TableView(
            "Falls to the closing deny",
            "falls-by-day",
            bars=("flows",),
            colour=DENIED_COLOUR,
            complete=lambda: days,
            hide=() if days["open_flows"].any() else ("open_flows",),
        ),
    )
    if len(falling.rows):
        shown = by_service(falling.rows, "day")[[name for name in _CHANGES if name != "why"]]
        view = tables.TableView(
            "What falls", "falls", bars=("flows",), colour=DENIED_COLOUR, complete=lambda: falling.rows,
            note="by day, rule and port; the CSV has each pair of addresses",
        )  # fmt: skip
        tables.show(shown.assign(day=_named(shown)), view)


_STAGES = {
    staging.DraftStage.ALLOW: "Due is the stage allow: Export › Stage.",
    staging.DraftStage.CLOSE: "Due is the stage close: Export › Stage.",
    staging.DraftStage.BOTH: "",
    None: "",
}


def _after(subject: RulesSubject, window: tuple[date, ...]) -> None:
    """The denials that appeared since the rules were applied."""
    st.subheader("After applying", anchor=False)
    days = ("", *map(str, window[1:]))
    words = {day: f"since {day}" if day else "not yet applied" for day in days}
    applied = url.pick_one(st.container(), "Applied on", days, "applied", words.__getitem__)
    if not applied:
        st.caption("Choose the day (UTC) on which the rules were applied, to see what they deny since.")
        return
    found = cache.cut_since(subject, datetime.combine(date.fromisoformat(applied), time(), UTC))
    if found.untold:
        st.info(plain(found.sentence), icon=":material/help:")
    elif found.cut.empty:
        st.success(plain(found.sentence), icon=":material/check:")
    else:
        st.warning(plain(found.sentence), icon=":material/block:")
    if found.strangers_sentence:
        st.caption(plain(found.strangers_sentence))
    shown = found.frame(everything=True).rename(columns={"source_ip": "source", "destination_ip": "destination"})
    tables.show(shown, tables.TableView("Denied since", "denied-since", bars=("flows",), colour=DENIED_COLOUR))
