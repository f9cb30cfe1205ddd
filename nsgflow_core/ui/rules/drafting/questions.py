"""The questions of a draft, first on the step Draft: one click answers one; who answered, and when, is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.review.decisions import Decisions, answer_to
from nsgflow_core.ui.frame.browser.scripts import least_width
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.rules.drafting.desk import Desk, by_this_person, keep
from nsgflow_core.words.apart import subscriptions_in_short
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short

SHOWN = 3
"""Open questions above the rules at once; the others follow when these are answered, or on request: each has an answer
that holds until then."""
_BESIDE = 1000
"""Pixels of a window in which the two answers stand beside their question."""
_WHO = 4
_ALL = "_rules_all_questions"


def show(desk: Desk) -> None:
    """Open questions with their two answers, and the answered ones folded away; nothing where nothing is asked."""
    asked = desk.decided.draft.questions
    still_open = [question for question in asked if question.answer is None]
    if still_open:
        _open(desk, still_open)
    closed = [question for question in asked if question.answer is not None]
    if closed:
        with st.expander(plain(f"{counted(len(closed), 'answered question')}, with who answered")):
            for question in closed:
                _answered(desk, question)
    _unasked(desk)


def _unasked(desk: Desk) -> None:
    """The answers to questions that this point of the dial, or window, does not ask, and a way to take them back."""
    waiting = desk.decided.unasked
    for answer in waiting:
        st.markdown(f":orange[:material/hourglass_empty:] {plain(answer.waits)}")
    if waiting:
        st.button(
            f"Take back {counted(len(waiting), 'such answer')}", on_click=_ask_again, args=(desk, waiting),
            type="tertiary", icon=":material/undo:", disabled=not desk.may_decide, key="forget_unasked",
        )  # fmt: skip


def _open(desk: Desk, questions: Sequence[DraftQuestion]) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.subheader(plain(f"{counted(len(questions), 'question')} to decide"), anchor=False, width="content")
    row.caption("Until somebody answers, the marked one holds.", width="content")
    shown = questions if st.session_state.get(_ALL) else questions[:SHOWN]
    with st.container(border=True, gap="medium", key="open_questions"):
        for question in shown:
            _asked(desk, question)
        if len(questions) > SHOWN:
            is_all = len(shown) == len(questions)
            st.button(
                f"Show the first {SHOWN}" if is_all else f"Show {len(questions) - SHOWN:,} more",
                on_click=_turn, key="all_questions", type="tertiary",
                icon=":material/expand_less:" if is_all else ":material/expand_more:",
            )  # fmt: skip


def _turn() -> None:
    """All of them, or the first ones again; a callback."""
    st.session_state[_ALL] = not st.session_state.get(_ALL)


def _asked(desk: Desk, question: DraftQuestion) -> None:
    """A question with who it is about, and its answers at its right, or below where there is no room."""
    row = st.container(horizontal=least_width() >= _BESIDE, vertical_alignment="center", gap="small")
    with row.container(gap="xxsmall"):
        words = subscriptions_in_short(question.words)
        whole = plain(question.words) if words != question.words else None
        st.markdown(f":orange[:material/help:] {plain(words)}", help=whole)
        if who := _who(question):
            st.caption(who)
    answers = row.container(
        horizontal=True, vertical_alignment="center", gap="small", width="content", key=f"answers_{question.id}"
    )
    for choice in Choice:
        _button(answers, desk, question, choice)


def _button(row: DeltaGenerator, desk: Desk, question: DraftQuestion, choice: Choice) -> None:
    holds = question.answer is None and question.standing is choice
    label = heard(subscriptions_in_short(question.label(choice)), question.words)
    row.button(
        label, on_click=_answer, args=(desk, question, choice), disabled=not desk.may_decide,
        help=plain(question.follows(choice)), key=f"{choice}_{question.id}",
        icon=":material/radio_button_checked:" if holds else ":material/radio_button_unchecked:",
    )  # fmt: skip


def _answered(desk: Desk, question: DraftQuestion) -> None:
    answer = question.answer
    if answer is None:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":green[:material/check:] {plain(question.words)}")
        st.caption(
            plain(f"{question.label(answer.choice)}, {_signed_words(answer)}. {question.follows(answer.choice)}")
        )
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        row.text_input(
            "Note", answer.note, key=f"note_{question.id}", on_change=_note, args=(desk, question, answer),
            disabled=not desk.may_decide, placeholder="why, for whoever signs the change", width=420,
        )  # fmt: skip
        row.button(
            "Ask again", on_click=_ask_again, args=(desk, [answer]), type="tertiary", icon=":material/undo:",
            disabled=not desk.may_decide, key=f"again_{question.id}",
        )  # fmt: skip


def _signed_words(answer: Answer) -> str:
    at = format_time(answer.signature.at)
    return f"said {answer.signature.by or 'an unknown person'}" + (f" at {at}" if at else "")


def _who(question: DraftQuestion) -> str:
    """Which rule it is about, and the busiest of those concerned, as Markdown."""
    about = f"Rule {plain(question.rule)}. " if question.rule else ""
    if not question.addresses:
        return about
    named = ", ".join(f"{plain(address)} ({flows:,})" for address, flows in question.addresses[:_WHO])
    more = question.total - min(len(question.addresses), _WHO)
    return f"{about}Busiest, with flows: {named}{f' and {more:,} more' if more > 0 else ''}."


def _answer(desk: Desk, question: DraftQuestion, choice: Choice) -> None:
    """Keep an answer; a callback."""
    keep(desk, lambda held: held.with_answers(by_this_person(answer_to(question, choice))))


def _ask_again(desk: Desk, answers: Sequence[Answer]) -> None:
    """Take answers back; a callback."""
    keep(desk, lambda held: held.without_answers([answer.question for answer in answers]))


def _note(desk: Desk, question: DraftQuestion, answer: Answer) -> None:
    """Keep another note with an answer, in the name of who writes it; a callback."""
    note = in_short(str(st.session_state[f"note_{question.id}"]).strip(), 1_000)

    def noted(held: Decisions) -> Decisions:
        said = next((each for each in held.answers if each.question == answer.question), answer)
        return held.with_answers(by_this_person(answer_to(question, said.choice, note)))

    keep(desk, noted)
