"""The chapter on questions: what is still open, and what was answered by whom, when and why."""

from __future__ import annotations

from datetime import tzinfo

from nsgflow_core.rules.dossier.base import Chapter, Table, moment
from nsgflow_core.rules.dossier.case import Case
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.warnings import undone_or_not
from nsgflow_core.words.numbers import and_more, counted

_OPEN = ("Id", "Question", "Until answered", "Who is concerned (flows)")
_ANSWERED = ("Id", "Question", "Answer", "By", "At", "Note", "What it does")


def questions(case: Case) -> Chapter:
    """Open questions first: until they are answered, something else holds, and the board should know what."""
    asked = case.draft.questions
    still_open = case.draft.decisions_to_make
    answered = [_answered_row(each, each.answer, case.zone) for each in asked if each.answer is not None]
    tables = []
    if still_open:
        tables.append(Table.of("Nobody answered", _OPEN, [_open_row(question) for question in still_open]))
    if answered:
        tables.append(Table.of("Answered", _ANSWERED, answered))
    points = [f"{counted(len(still_open), 'question')} nobody answered."] if still_open else []
    points += [
        f"{undone_or_not(each)}: decided {each.answer.signature.words}."
        for each in asked
        if (each.deny or each.stopped_by) and each.answer is not None and each.answer.choice != each.standing
    ]
    sentences = (*(() if asked else ("The draft asks nothing.",)), *(each.waits for each in case.decided.unasked))
    return Chapter("questions", "Questions", sentences, tables=tuple(tables), open_points=tuple(points))


def _open_row(question: DraftQuestion) -> tuple[str, ...]:
    who = ", ".join(f"{address} ({flows:,})" for address, flows in question.addresses)
    holds = f"{question.label(question.standing)}: {question.follows(question.standing)}"
    return question.id, question.words, holds, who + and_more(question.unlisted)


def _answered_row(question: DraftQuestion, answer: Answer, zone: tzinfo) -> tuple[str, ...]:
    signature = answer.signature
    return (
        *(question.id, question.words, question.label(answer.choice)),
        *(signature.by or "unknown", moment(signature.at, zone), answer.note, question.follows(answer.choice)),
    )
