"""What the Rules page works on, made once per question: the traffic gathered, the draft, the replays, the audit.

These are large and nobody changes them, so they are shared and not copied: by question and the store's identity, and
within the session alone where the store is read with the user's own credential.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

import pandas as pd
import streamlit as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.compare.changes import PacketChange, changes
from nsgflow_core.rules.compare.checking import check_intents
from nsgflow_core.rules.compare.coverage import Covered, coverage
from nsgflow_core.rules.compare.intents import read_intents
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.curve import curve
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.proof.check import DenialCheck
from nsgflow_core.rules.proof.check import denied_since as denied_since
from nsgflow_core.rules.proof.completeness import Completeness, completeness
from nsgflow_core.rules.proof.days import days_of
from nsgflow_core.rules.proof.held_out import LeftOut, leave_out
from nsgflow_core.rules.proof.staging import fall_of
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.rules.replay.replay import fetch_logged
from nsgflow_core.rules.review import shared
from nsgflow_core.rules.review.applying import Decided, apply_decisions
from nsgflow_core.rules.review.decisions import Decisions
from nsgflow_core.rules.review.kept import load_decisions
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.frame.page import View
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.memory.answers import KeptAnswers
from nsgflow_core.ui.rules import kept
from nsgflow_core.words.vocabulary import Direction

T = TypeVar("T")

_MADE = KeptAnswers(512 << 20)
"""Those of stores that all sessions may read: a draft of 10 M tuples is about 100 MB."""


@dataclass(frozen=True)
class RulesSubject:
    """What the page is about: a part of the traffic, one NSG or subnet, a direction, and the rules as they are."""

    view: View
    scope: Scope
    direction: Direction
    existing: RuleSet | None
    options: DraftOptions
    exactness: float
    settings: Settings
    network: Network
    network_mark: str

    @property
    def space(self) -> AddressSpace:
        """What names stand for in the rules of this scope."""
        return self.network.space(self.existing, self.scope)

    def within(self, flow_filter: FlowFilter) -> RulesSubject:
        """The same in another window."""
        return replace(self, view=self.view.narrowed(flow_filter))


def material(subject: RulesSubject) -> Material:
    """The traffic behind the draft."""
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(
        _key("material", subject),
        lambda: gather(
            store,
            asked,
            subject.scope,
            subject.direction,
            options=subject.options,
            existing=subject.existing,
            space=subject.space,
        ).along(subject.network, store, asked),
    )


def draft(subject: RulesSubject, answers: tuple[Answer, ...] = ()) -> Draft:
    """The draft at the dial's point with these answers, before anybody decided on its rules."""
    gathered = material(subject)
    return _once(
        _key("draft", subject, subject.exactness, answers),
        lambda: compose(answered(gathered, answers), subject.exactness),
    )


def dial_curve(subject: RulesSubject, answers: tuple[Answer, ...] = ()) -> pd.DataFrame:
    """Rules and over-permission at every point of the dial (see `draft/curve.py`)."""
    gathered = material(subject)
    points = _once(_key("curve", subject, answers), lambda: curve(answered(gathered, answers), subject.exactness))
    return points.copy()


def decided(subject: RulesSubject) -> Decided:
    """The draft as decided. Kept decisions that no longer fit are said and left out."""
    try:
        decisions = load_decisions(subject.settings, subject.scope, subject.direction)
        return apply_decisions(draft(subject, decisions.answers), decisions)
    except BadRuleSet as error:
        said = f"The kept review is left out: {plain(error.message)}"
        st.warning(plain(error.hint), title=said, icon=":material/info:")
    given = answers(subject)
    return apply_decisions(draft(subject, given), Decisions(answers=given))


def answers(subject: RulesSubject) -> tuple[Answer, ...]:
    """What was answered; nothing where what is kept cannot be read, which `decided` says."""
    try:
        return load_decisions(subject.settings, subject.scope, subject.direction).answers
    except BadRuleSet:
        return ()


def replayed(subject: RulesSubject, rule_set: RuleSet) -> pd.DataFrame:
    """The outcomes of the scope's flows under a rule set (see `replay_scope`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    scope, direction, network, existing = subject.scope, subject.direction, subject.network, subject.existing
    return _once(
        _key("replay", subject, rule_set),
        lambda: replay_scope(store, rule_set, asked, scope, direction, network, existing),
    )


def elsewhere(subject: RulesSubject, made: Draft) -> list[str]:
    """What the decided draft does to the other subnets of its NSG, in words (see `shared.elsewhere`)."""
    store, asked, existing = subject.view.store, subject.view.flow_filter, subject.existing
    if existing is None:
        return []
    return _once(_key("elsewhere", subject, made.rule_set), lambda: shared.elsewhere(store, made, asked, existing))


def held_out_days(subject: RulesSubject) -> tuple[date, ...]:
    """The days of the window on which the scope's traffic was logged (see `days_of`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(_key("days", subject), lambda: days_of(store, asked, subject.scope, subject.direction))


def left_out(subject: RulesSubject, day: date) -> LeftOut:
    """The draft of all days but one, replayed on that one (see `leave_out`)."""
    drafted = draft(subject)
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(_key("left-out", subject, subject.exactness, day), lambda: leave_out(store, asked, drafted, day))


def complete(subject: RulesSubject) -> Completeness:
    """Whether the logs of the scope are whole in the window (see `completeness`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    known = subject.network.known
    return _once(_key("complete", subject), lambda: completeness(store, asked, known, subject.scope, subject.direction))


def falls(subject: RulesSubject, decided: Draft, day: date) -> pd.DataFrame:
    """What of one day's allowed traffic would have fallen to the closing deny (see `fall_of`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(_key("falls", subject, decided.rule_set, day), lambda: fall_of(store, asked, decided, day))


def cut_since(subject: RulesSubject, since: datetime) -> DenialCheck:
    """The denials of the scope's traffic that appeared since (see `check`)."""
    store = subject.view.store
    asked = subject.scope.narrow(subject.view.flow_filter, subject.direction).without("decision")
    return _once(_key("cut-since", subject, since), lambda: denied_since(store, asked, since))


def audited(subject: RulesSubject, rule_set: RuleSet) -> pd.DataFrame:
    """The audit of a rule set on the window (see `audit`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(_key("audit", subject, rule_set), lambda: audit(store, rule_set, asked, subject.network))


def mark(subject: RulesSubject, *more: object) -> str:
    """A fingerprint of the subject and more."""
    return _key("mark", subject, *more)


def covered(subject: RulesSubject, rule_set: RuleSet) -> list[Covered]:
    """What named rules admit of what the NSG admitted in the window, a direction each (see `coverage`)."""
    store, asked = subject.view.store, subject.view.flow_filter
    return _once(_key("coverage", subject, rule_set), lambda: coverage(store, asked, (rule_set,))[1])


def compared(subject: RulesSubject, old: RuleSet, new: RuleSet) -> list[PacketChange]:
    """What two rule sets decide differently (see `changes`). Raises BadRuleSet."""
    return _once(_key("compared", subject, old, new), lambda: changes(old, new, subject.space))


def checked(subject: RulesSubject, intents: str) -> pd.DataFrame:
    """The intents of a text against all imported rules and the window's traffic. Raises BadIntent and BadRuleSet."""
    store, asked = subject.view.store, subject.view.flow_filter
    network = subject.network
    wanted = read_intents(intents, store.subnets, network.space())

    def check_all() -> pd.DataFrame:
        return check_intents(wanted, kept.rule_sets(subject.settings), network, fetch_logged(store, asked))

    return _once(_key("checked", subject, wanted), check_all)


def _key(what: str, subject: RulesSubject, *more: object) -> str:
    asked = (subject.view.flow_filter, subject.scope, subject.direction, subject.options, subject.existing)
    return f"{what}/{hashlib.sha256(repr((asked, subject.network_mark, more)).encode()).hexdigest()}"


def _once(asked: str, make: Callable[[], T]) -> T:
    return session.kept_once(_MADE, session.current_store().identity, asked, make, "Reading the traffic…")
