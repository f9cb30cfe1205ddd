"""The step Draft: the dial and what it costs, the rules to decide on, the closing rules, what is left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from nsgflow_core.charts import flows as charts
from nsgflow_core.charts import rules as charts_rules
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft import evidence_query
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.over_permission import times_in_words
from nsgflow_core.rules.draft.questions import OpenQuestion
from nsgflow_core.rules.review.decisions import Approval
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache, editor, scope
from nsgflow_core.ui.rules.cache import Subject
from nsgflow_core.ui.rules.editor import Desk
from nsgflow_core.words.numbers import counted

_EVIDENCE_ALONE = ("days", "confidence", "review", "note", "admitted_by", "source_addresses", "destination_addresses")
_CLOSING_HIDES = (*_EVIDENCE_ALONE, "first_seen", "last_seen")
_DRAFTED_HIDES = ("access", "description")
_HUGE = 1e9


def desk_of(subject: Subject) -> Desk:
    """The draft at the dial's point with what was decided; ends the page where no traffic was allowed."""
    drafted = cache.draft(subject)
    if not drafted.own_rules:
        _stop_without_traffic(subject, drafted)
    decided, decisions = cache.decided(subject, drafted)
    return Desk(subject, drafted, decided, decisions)


def show(subject: Subject) -> None:
    """The whole step."""
    if not cache.draft(subject).own_rules:
        _stop_without_traffic(subject, cache.draft(subject))
    desk = desk_of(_turned(subject))
    editor.say()
    drafted, closing = desk.split
    _heading(desk, drafted)
    editor.show(desk, drafted, "rules_editor", _DRAFTED_HIDES)
    _unmatched(desk)
    _closing(desk, closing)
    _questions(desk.drafted.decisions_to_make)
    _set_apart(desk.drafted)


def _turned(subject: Subject) -> Subject:
    """The dial beside its curve; the subject at the point that the dial shows."""
    names = list(scope.DIAL)
    sides = st.grid(2, min_column_width=420, gap=("small", "large"))
    with sides.cell():
        chosen = url.slider(st.container(), "How exact", names, scope.DIAL_KEY, scope.DEFAULT_DIAL)
        turned = replace(subject, exactness=scope.DIAL[chosen])
        drafted = cache.draft(turned)
        st.markdown(plain(next(rung.meaning for rung in RUNGS if rung.name == chosen)))
        _numbers(drafted)
    with sides.cell():
        points = cache.dial_curve(turned)
        st.plotly_chart(
            charts_rules.dial(points, drafted.fit.rung.name),
            key="dial_curve",
            config=charts.CONFIG,
            alt="Rules and over-permission at each point of the dial",
        )
    return turned


def _numbers(drafted: Draft) -> None:
    rules = [rule for rule in drafted.own_rules if rule.name in drafted.openings]
    looks = sum(bool(drafted.evidence[rule.name].review) for rule in rules)
    row = st.container(horizontal=True, gap="large")
    row.metric("Rules", f"{len(rules):,}", width="content")
    row.metric("Opened per seen", plain(times_in_words(drafted.over_permission_beside_ranges)), width="content")
    row.metric("To look at", f"{looks:,}", width="content")
    words = "Addresses × ports that the rules open, over those that were used. 1× opens nothing unseen."
    if drafted.over_permission > _HUGE and any(":" in term for r in rules for term in (*r.sources, *r.destinations)):
        words += " A whole IPv6 /64 counts 2⁶⁴ addresses, which is why the number is so large."
    if drafted.ranges:
        whole = times_in_words(drafted.over_permission)
        words += f" With the {counted(len(drafted.ranges), 'marked range')} of ports that are new every day: {whole}."
    st.caption(plain(words))


def _heading(desk: Desk, rules: Sequence[Rule]) -> None:
    to_decide = desk.drafted.to_decide
    approvals = [desk.on(rule).approval for rule in to_decide]
    counts = {approval: approvals.count(approval) for approval in Approval}
    subject = desk.subject
    how = "edit the columns with a pencil; it is kept at once" if desk.may_decide else access.ASK_FOR_EDITOR
    closing = len(to_decide) - len(rules)
    note = (
        f"{len(rules)} drafted{f', {closing} closing' if closing else ''} · {counts[Approval.ACCEPT]} accepted, "
        f"{counts[Approval.REJECT]} rejected, {counts[Approval.OPEN]} open · {how}"
    )
    question = evidence_query.question(subject.view.flow_filter, subject.scope, subject.direction)
    row = tables.chart_heading("Rules", question, "rules", note)
    row.button(
        "Accept all open", on_click=editor.accept_all, args=(desk,), type="tertiary", icon=":material/done_all:",
        key="accept_all", disabled=not (counts[Approval.OPEN] and desk.may_decide),
    )  # fmt: skip
    row.button(
        "Forget decisions", on_click=editor.forget_all, args=(desk,), type="tertiary", icon=":material/undo:",
        key="forget_decisions", disabled=not (desk.decisions and desk.may_decide),
    )  # fmt: skip
    editor.as_file(row, desk)


def _unmatched(desk: Desk) -> None:
    if desk.decided.unmatched:
        names = plain(", ".join(made.rule for made in desk.decided.unmatched))
        st.caption(f"Decisions that wait for a rule which this point of the dial or window does not have: {names}.")


def _closing(desk: Desk, closing: Sequence[Rule]) -> None:
    """The rules below the drafted ones, each with why it is there, and what to know about them."""
    if closing:
        st.subheader("Closing rules, below the drafted ones", anchor=False)
        editor.show(desk, closing, "closing_editor", _CLOSING_HIDES)
    for refusal in desk.decided.draft.refused:
        st.error(plain(f"{refusal.sentence} {refusal.remedy}"), icon=":material/block:")
    for warning in desk.drafted.warnings:
        st.markdown(f":orange[:material/warning:] {plain(warning)}")


def _questions(questions: Sequence[OpenQuestion]) -> None:
    if not questions:
        return
    st.subheader("Decisions to make", anchor=False)
    for asked in questions:
        with st.container(border=True, gap="small"):
            about = f"**{plain(asked.rule)}** " if asked.rule else ""
            st.markdown(f":orange[:material/help:] {about}{plain(asked.question)}")
            who = ", ".join(f"{plain(address)} ({flows:,})" for address, flows in asked.addresses)
            more = f" and {asked.total - len(asked.addresses):,} more" if asked.total > len(asked.addresses) else ""
            st.caption(f"Busiest, with flows: {who}{more}. {_HOW.get(asked.kind, '')}")


_HOW = {
    "internet": "To list addresses instead: Choices › Always the addresses.",
    "close-internet": "To close it: Choices › Close the way to the Internet.",
    "new-ports": "To set such ports apart instead: Choices › Set such ports apart.",
    "dynamic-range": "To draft a rule anyway: Choices › Rules for high ports too.",
}


def _set_apart(drafted: Draft) -> None:
    apart = drafted.set_apart
    if apart.empty:
        return
    with st.expander(f"Set apart: {len(apart):,} kinds of traffic that become no rule, with the reason"):
        tables.show(
            apart,
            tables.TableView("Set apart", "set-apart", bars=("flows",), hide=("packets", "bytes", "days")),
        )


def _stop_without_traffic(subject: Subject, drafted: Draft) -> None:
    st.info(
        "Try the other direction, a longer window or fewer filters. Nothing is drafted, and nothing would be closed: "
        "a deny without evidence would cut what the logs do not show.",
        title=f"No allowed {plain(subject.direction)} traffic was logged for {plain(subject.scope.name)} here",
        icon=":material/search_off:",
    )
    _set_apart(drafted)
    st.stop()
