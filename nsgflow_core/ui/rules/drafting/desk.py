"""A draft on the desk: as drafted and as decided, and how what somebody decides is kept, though others decide too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import streamlit as st

from nsgflow_core.credentials import TypedBy
from nsgflow_core.errors import BadRuleSet, NsgflowError
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.roles import os_user
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.review.applying import Decided, as_decided
from nsgflow_core.rules.review.decisions import Decisions, RuleDecision, Signed, signed
from nsgflow_core.rules.review.kept import change_decisions
from nsgflow_core.ui.frame import known, reached
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access, setup
from nsgflow_core.ui.rules import cache
from nsgflow_core.ui.rules.cache import RulesSubject

_SAID, ROUND = "_rules_said", "_rules_round"
Change = Callable[[Decisions], Decisions]
"""What somebody's click makes of the decisions that are kept."""


@dataclass(frozen=True)
class Desk:
    """A draft on the desk: as drafted, as decided, and the decisions between them."""

    subject: RulesSubject
    decided: Decided

    @property
    def drafted(self) -> Draft:
        """The draft with what was answered, before decisions on its rules."""
        return self.decided.drafted

    @property
    def decisions(self) -> Decisions:
        """All that was decided."""
        return self.decided.decisions

    def on(self, rule: Rule) -> RuleDecision:
        """The decision on a drafted rule, an open one where nothing was decided."""
        return self.decisions.on(rule.name)

    def edited(self, rule: Rule) -> Rule:
        """The rule as decided; a rejected one as drafted."""
        name = self.on(rule).name or rule.name
        return next((each for each in self.decided.draft.rule_set.rules if each.name == name), rule)

    @property
    def may_decide(self) -> bool:
        """True when this session may keep decisions."""
        return known.may_keep(self.subject.settings)

    @property
    def split(self) -> tuple[list[Rule], list[Rule]]:
        """The drafted rules with evidence of their own, and the closing ones below them."""
        rules = self.drafted.to_decide
        return [r for r in rules if r.name in self.drafted.openings], [
            r for r in rules if r.name not in self.drafted.openings
        ]

    def change(self, change: Change) -> None:
        """Change what is kept by now, after trying it on the draft. Raises BadRuleSet.

        Where a kept review no longer fits, and is left out of this draft, what is decided anew takes its place.
        """
        tried = partial(as_decided, cache.material(self.subject), self.subject.exactness)

        def made(held: Decisions) -> Decisions:
            is_left_out = bool(held.rules) and not self.decisions.rules
            return change(replace(held, rules=()) if is_left_out and not _fits(tried, held) else held)

        change_decisions(self.subject.settings, self.subject.scope, self.subject.direction, made, tried)


def _fits(tried: Callable[[Decisions], Decided], decisions: Decisions) -> bool:
    try:
        tried(decisions)
    except BadRuleSet:
        return False
    return True


def say_last_edit() -> None:
    """What came of the last edit, where it could not be kept as it was."""
    for title, words in st.session_state.pop(_SAID, []):
        st.warning(plain(words), title=plain(title), icon=":material/edit_off:")


def by_this_person(made: Signed) -> Signed:
    """The decision in the name of who looks: their sign-in, or the user of this machine where nobody else reaches it.

    Raises NotAllowed for readers and strangers.
    """
    person = access.editor().person
    is_own = not setup.is_on() and reached.reach() is TypedBy.OWN
    return signed(made, os_user().person.name if is_own else person.name)


def keep(desk: Desk, change: Change, said: Mapping[str, str] = MappingProxyType({})) -> None:
    """Change what is kept; what it cannot be is said on the next run, which shows what is kept, and so is `said`.

    The change is made here, of what is kept by now: others may have decided while this page was open, and whose it is
    is asked then, since a role can be taken away.
    """
    try:
        desk.change(change)
        notes = list(said.items())
    except NsgflowError as error:
        notes = [(f"Not kept: {error.message}", error.hint)]
    st.session_state[_SAID] = notes
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
