"""The step Draft: the dial and what it costs, the rules to decide on, the closing rules, what is left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts import rules as charts_rules
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.seen import evidence_query
from nsgflow_core.rules.review.decisions import Approval
from nsgflow_core.ui.frame import filter_bar, params, url
from nsgflow_core.ui.frame.browser.scripts import is_full
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.pictures import drawing
from nsgflow_core.ui.rules import cache, groups, scope
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import editor, questions
from nsgflow_core.ui.rules.drafting.desk import Desk, say_last_edit
from nsgflow_core.words.numbers import counted

_EVIDENCE_ALONE = ("days", "confidence", "review", "note", "admitted_by", "source_addresses", "destination_addresses")
_CLOSING_HIDES = (*_EVIDENCE_ALONE, "first_seen", "last_seen")
_DRAFTED_HIDES = ("access", "description")
_AROUND_CURVE = 24
"""Pixels, so that the place of the curve shows no bars to scroll."""


def desk_of(subject: RulesSubject) -> Desk:
    """The draft at the dial's point with what was decided."""
    return Desk(subject, cache.decided(subject))


def show(subject: RulesSubject) -> None:
    """The whole step."""
    answers = cache.answers(subject)
    if not cache.draft(subject, answers).own_rules:
        _stop_without_traffic(desk_of(subject))
    turned, place_of_curve = _turned(subject, answers)
    desk = desk_of(turned)
    say_last_edit()
    questions.show(desk)
    drafted, closing = desk.split
    _heading(desk, drafted)
    editor.show(desk, drafted, "rules_editor", _DRAFTED_HIDES)
    _unmatched(desk)
    _closing(desk, closing)
    _set_apart(desk.drafted)
    groups.show(desk.drafted.material, subject.settings)
    with place_of_curve:  # it fits a draft for each point of the dial, so everything else is there before
        _curve(desk, answers)


def _turned(subject: RulesSubject, answers: tuple[Answer, ...]) -> tuple[RulesSubject, DeltaGenerator]:
    """The dial beside the place of its curve; the subject at the point that the dial shows."""
    names = list(scope.DIAL)
    sides = st.grid(2, min_column_width=420, gap=("small", "large"))
    with sides.cell():
        chosen = url.slider(st.container(), "How exact", names, scope.DIAL_KEY, scope.DEFAULT_DIAL)
        turned = replace(subject, exactness=scope.DIAL[chosen])
        drafted = cache.draft(turned, answers)
        st.markdown(plain(next(rung.meaning for rung in RUNGS if rung.name == chosen)))
        _numbers(drafted)
    with sides.cell():
        return turned, st.container(height=charts_rules.DIAL_HEIGHT + _AROUND_CURVE, border=False)


def _curve(desk: Desk, answers: tuple[Answer, ...]) -> None:
    points = cache.dial_curve(desk.subject, answers)
    curve = charts_rules.dial(points, desk.drafted.fit.rung.name, desk.drafted.opened.drawn_family)
    drawing.plotly(curve, "dial_curve", "Rules and over-permission at each point of the dial")


def _numbers(drafted: Draft) -> None:
    rules = [rule for rule in drafted.own_rules if rule.name in drafted.openings]
    looks = sum(bool(drafted.evidence[rule.name].review) for rule in rules)
    row = st.container(horizontal=True, gap="medium")
    row.metric("Rules", f"{len(rules):,}", width="content")
    opened, whole = drafted.fit.opened_beside_ranges, drafted.opened
    (family, ratio), *other = opened.told
    row.metric(f"Opened per seen, {plain(family)}" if family else "Opened per seen", plain(ratio), width="content")
    for family, ratio in other:
        row.metric(plain(family), plain(ratio), width="content")
    row.metric("To look at", f"{looks:,}", width="content")
    words = "Addresses × ports that the rules open, over those that were used. 1× opens nothing unseen."
    if drafted.ranges:
        ranges = counted(len(drafted.ranges), "marked range")
        words += f" With the {ranges} of ports that are new every day: {whole.words}."
    st.caption(plain(words))


def _heading(desk: Desk, rules: Sequence[Rule]) -> None:
    to_decide = desk.drafted.to_decide
    approvals = [desk.on(rule).approval for rule in to_decide]
    counts = {approval: approvals.count(approval) for approval in Approval}
    subject = desk.subject
    how = "double-click a cell to read it whole or edit it; kept at once" if desk.may_decide else access.ASK_FOR_EDITOR
    how = f" · {how}" if is_full() or not desk.may_decide else ""
    closing = len(to_decide) - len(rules)
    note = (
        f"{len(rules)} drafted{f', {closing} closing' if closing else ''} · {counts[Approval.ACCEPT]} accepted, "
        f"{counts[Approval.REJECT]} rejected, {counts[Approval.OPEN]} open{how}"
    )
    question = evidence_query.question(subject.view.flow_filter, subject.scope, subject.direction)
    row = tables.chart_heading("Rules", question, "rules", note)
    row.button(
        "Accept all open", on_click=editor.accept_all, args=(desk,), type="tertiary", icon=":material/done_all:",
        key="accept_all", disabled=not (counts[Approval.OPEN] and desk.may_decide),
    )  # fmt: skip
    row.button(
        "Forget the review", on_click=editor.forget_all, args=(desk,), type="tertiary", icon=":material/undo:",
        key="forget_decisions", disabled=desk.decisions.is_empty or not desk.may_decide,
    )  # fmt: skip
    editor.as_file(row, desk)


def _unmatched(desk: Desk) -> None:
    if desk.decided.unmatched:
        names = plain(", ".join(made.rule for made in desk.decided.unmatched))
        st.caption(f"Reviewed, and not drafted at this point of the dial or in this window: {names}.")


def _closing(desk: Desk, closing: Sequence[Rule]) -> None:
    """The rules below the drafted ones, each with why it is there, and what to know about them."""
    if closing:
        st.subheader("Closing rules, below the drafted ones", anchor=False)
        editor.show(desk, closing, "closing_editor", _CLOSING_HIDES)
    for refusal in desk.decided.draft.refused:
        st.error(plain(f"{refusal.sentence} {refusal.remedy}"), icon=":material/block:")
    for past in desk.decided.let_past:
        st.markdown(f":orange[:material/lock_open:] {plain(past.sentence)}")
    for warning in desk.drafted.warnings:
        st.markdown(f":orange[:material/warning:] {plain(warning)}")


def _set_apart(drafted: Draft) -> None:
    apart = drafted.set_apart
    if apart.empty:
        return
    with st.expander(f"Set apart: {len(apart):,} kinds of traffic that become no rule, with the reason"):
        tables.show(
            apart,
            tables.TableView("Set apart", "set-apart", bars=("flows",), hide=("packets", "bytes", "days", "question")),
        )


def _stop_without_traffic(desk: Desk) -> None:
    subject = desk.subject
    say_last_edit()
    st.info(
        "Try the other direction, a longer window or fewer filters. Nothing is drafted, and nothing would be closed: "
        "a deny without evidence would cut what the logs do not show.",
        title=f"No allowed {plain(subject.direction)} traffic was logged for {plain(subject.scope.name)} here",
        icon=":material/search_off:",
    )
    if desk.subject.view.asked.without(*desk.subject.view.settled) != FlowFilter():
        st.button("Clear all filters", on_click=filter_bar.clear, icon=":material/close:", key="clear_undrafted")
    questions.show(desk)
    _set_apart(desk.drafted)
    params.stop()
