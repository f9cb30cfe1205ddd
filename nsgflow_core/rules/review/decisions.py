"""What people decided about a draft: its rules (accept, reject, widen, rename, own) and its questions.

Kept with the store as JSON. Decisions are laid over a fresh draft each time, by the name that the draft gives a rule
and the id of a question. A decision whose rule or question the draft no longer has is kept and reported, never dropped
silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from nsgflow_core.rules.draft.asking.answers import UNSIGNED, Answer, Choice, Signature
from nsgflow_core.rules.draft.asking.question import DraftQuestion


class Approval(StrEnum):
    """What a person said about a rule."""

    OPEN = ""
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """One person's word on one drafted rule.

    `rule` is the drafted name. `name` renames it, `note` becomes its description. `sources`, `destinations` and
    `ports` widen: prefixes, or one tag; ports like "443" or "8000-8100". Empty means as drafted. `owner` answers for
    the rule, `ticket` is the change that it came with, and `expires` the last day on which it is wanted.
    """

    rule: str
    approval: Approval = Approval.OPEN
    name: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    owner: str = ""
    ticket: str = ""
    expires: date | None = None
    signature: Signature = UNSIGNED

    @property
    def says_nothing(self) -> bool:
        """True when it leaves the rule as drafted and open."""
        return replace(self, signature=UNSIGNED) == RuleDecision(self.rule)

    @property
    def waits(self) -> str:
        """What is said of it over a draft that has no such rule."""
        return f"A review waits for a rule that this draft does not have: {self.rule}."

    def is_past(self, today: date) -> bool:
        """True when its last day is over."""
        return self.expires is not None and self.expires < today


Signed = TypeVar("Signed", RuleDecision, Answer)


def signed(made: Signed, by: str, at: datetime | None = None) -> Signed:
    """The decision in the name of a person, at a moment (UTC; now where none is given)."""
    return replace(made, signature=Signature(by, (at or datetime.now(UTC)).replace(microsecond=0)))


def answer_to(question: DraftQuestion, choice: Choice, note: str = "") -> Answer:
    """An answer that is not signed yet."""
    return Answer(question.id, choice, note.strip(), question.words)


@dataclass(frozen=True)
class Decisions:
    """All that was decided about one scope and direction: on rules, and on questions, at most one word on each."""

    rules: tuple[RuleDecision, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nobody decided anything."""
        return not (self.rules or self.answers)

    def on(self, rule: str) -> RuleDecision:
        """The decision on a drafted rule, an open one where nothing was decided."""
        return self._by_rule.get(rule) or RuleDecision(rule)

    @cached_property
    def _by_rule(self) -> dict[str, RuleDecision]:
        return {made.rule: made for made in self.rules}

    def with_rules(self, *made: RuleDecision) -> Decisions:
        """With these, in place of earlier ones on the same rules; one that says nothing takes its rule's away."""
        held = {each.rule: each for each in (*self.rules, *made)}
        return replace(self, rules=tuple(held[rule] for rule in sorted(held) if not held[rule].says_nothing))

    def without(self, seen: Decisions) -> Decisions:
        """Without what somebody saw; what others decided since stays."""
        return Decisions(
            tuple(each for each in self.rules if each not in seen.rules),
            tuple(each for each in self.answers if each not in seen.answers),
        )

    def with_answers(self, *made: Answer) -> Decisions:
        """With these, in place of earlier ones to the same questions."""
        held = {each.question: each for each in (*self.answers, *made)}
        return replace(self, answers=tuple(held[question] for question in sorted(held)))

    def without_answers(self, questions: Iterable[str]) -> Decisions:
        """Without the answers to these questions, which are open again."""
        gone = set(questions)
        return replace(self, answers=tuple(each for each in self.answers if each.question not in gone))

    def updated(self, later: Decisions) -> Decisions:
        """With all of the later ones, in place of these on the same rules and questions."""
        return self.with_rules(*later.rules).with_answers(*later.answers)


def changed_words(before: Decisions, after: Decisions) -> str:
    """Which decisions are others than before, as the history tells it."""
    was, now = _told(before), _told(after)
    changed = [words for key, words in now.items() if was.get(key) != words]
    changed += [f"{key} forgotten" for key in was if key not in now]
    return ", ".join(changed) or "as before"


def _told(decisions: Decisions) -> dict[str, str]:
    """Each decision in words, by what it is about."""
    rules = {made.rule: f"{made.rule} {_rule_words(made)}" for made in decisions.rules}
    return rules | {_about(made): f"{_about(made)} {_answer_words(made)}" for made in decisions.answers}


def _about(made: Answer) -> str:
    return f"question {made.question}"


def _answer_words(made: Answer) -> str:
    return f"{made.choice}{_more([('about', made.about), ('note', made.note)])}"


def _rule_words(made: RuleDecision) -> str:
    expires = made.expires.isoformat() if made.expires else ""
    sides = [(side, " ".join(getattr(made, side))) for side in ("sources", "destinations", "ports")]
    told = [("named", made.name), ("owner", made.owner), ("ticket", made.ticket), ("until", expires)]
    return f"{made.approval or 'open'}{_more([*told, ('note', made.note), *sides])}"


def _more(told: Sequence[tuple[str, str]]) -> str:
    words = "; ".join(f"{name} {text}" for name, text in told if text)
    return f" ({words})" if words else ""
