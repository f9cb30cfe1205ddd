"""Decisions laid over a draft: rejected rules and their questions leave it, renamed and widened ones are as decided."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from nsgflow_core.ask.text.spelling import port_ends
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY, ANY_PORT, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK, Access, PortRange, Rule
from nsgflow_core.rules.accepts.checks import check_accepted
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.closed.proof import reopened_by
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.placing.naming import check_name, describe, joined_ports, widened
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.let_past import LetPast, let_past
from nsgflow_core.words.prefixes import INTERNET, Prefix, is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short

TAGS = (ANY, VIRTUAL_NETWORK, INTERNET, AZURE_LOAD_BALANCER)
"""What may stand for a whole side when a rule is widened."""


@dataclass(frozen=True)
class Decided:
    """A draft with decisions laid over it: `drafted` is without those on its rules, and `rejected` are out of `draft`.

    `unmatched` decisions met no rule of it, `unasked` answers no question. `let_past` is what admin rules always let
    past its closing rules; the warnings of `draft` have that too. `by_name`: decisions by the rules' names in `draft`.
    """

    drafted: Draft
    draft: Draft
    decisions: Decisions
    rejected: tuple[Rule, ...]
    unmatched: tuple[RuleDecision, ...]
    unasked: tuple[Answer, ...]
    let_past: tuple[LetPast, ...]
    by_name: Mapping[str, RuleDecision]


def as_decided(material: Material, exactness: float, decisions: Decisions, today: date | None = None) -> Decided:
    """The draft of gathered material at one point of the dial, as people decided: answers first, then its rules.

    `today` is the day against which ends are judged (UTC; the day it is, where none is given). Raises BadRuleSet.
    """
    made = compose(answered(material, decisions.answers), exactness)
    return apply_decisions(made, decisions, today)


def apply_decisions(draft: Draft, decisions: Decisions, today: date | None = None) -> Decided:
    """The draft as decided; evidence, openings, questions and warnings go with it.

    Rejected rules leave the rule set, with the questions about them; renamed and widened ones keep their priority and
    evidence. `over_permission` stays that of the drafted rules: a warning names each rule that a person widened.
    Raises BadRuleSet for a name, prefix or port that is none, and for what would let in again what was denied last;
    RefusedByAzure for an edited rule that Azure would refuse: a name that is taken, IPv6 beside IPv4.
    """
    by_name = {made.rule: made for made in decisions.rules}
    drafted = {rule.name for rule in draft.to_decide}
    rules, rejected, names = _decided_rules(draft.rule_set.rules, {n: by_name[n] for n in drafted & set(by_name)})
    _check_edited(draft, rules)
    laid_over = _laid_over(draft, rules, names, {rule.name for rule in rejected})
    unmatched = tuple(made for name, made in sorted(by_name.items()) if name not in drafted)
    decided_on = {name: by_name[name] for name in sorted(drafted & set(by_name))}
    past = let_past(laid_over)
    asked = {question.id for question in draft.questions}
    unasked = tuple(answer for answer in decisions.answers if answer.question not in asked)
    said = _said(decided_on, (*unmatched, *unasked), today or datetime.now(UTC).date())
    laid_over = replace(laid_over, warnings=(*(each.sentence for each in past), *draft.warnings, *said))
    on_written = {names[name]: made for name, made in decided_on.items() if name in names}
    return Decided(draft, laid_over, decisions, tuple(rejected), unmatched, unasked, past, on_written)


def _decided_rules(
    drafted: Iterable[Rule], decided: Mapping[str, RuleDecision]
) -> tuple[list[Rule], list[Rule], dict[str, str]]:
    """The rules as decided, those that were rejected, and the new name of each that was decided on and stays."""
    rules, rejected, names = [], [], {}
    for rule in drafted:
        made = decided.get(rule.name)
        if made is None:
            rules.append(rule)
        elif made.approval is Approval.REJECT:
            rejected.append(rule)
        else:
            rules.append(_edited(rule, made))
            names[rule.name] = rules[-1].name
    return rules, rejected, names


def _check_edited(draft: Draft, rules: Sequence[Rule]) -> None:
    """Raises RefusedByAzure for what a person made of the drafted rules, beside all others of the NSG."""
    as_drafted, existing = set(draft.rule_set.rules), draft.material.existing
    edited = [rule for rule in rules if rule not in as_drafted]
    others = [rule for rule in rules if rule in as_drafted]
    elsewhere = existing.beside(draft.direction) if existing else ()
    check_accepted(edited, beside=(*others, *elsewhere), limits=draft.material.options.limits)
    opens = {_opened_by(rule) for rule in as_drafted}
    if wider := {rule.name for rule in edited if _opened_by(rule) not in opens}:
        _check_closed(draft, rules, wider)


def _opened_by(rule: Rule) -> tuple[object, ...]:
    """What a rule opens, and at which priority, whatever it is called."""
    return rule.priority, rule.sources, rule.destinations, rule.destination_ports


def _check_closed(draft: Draft, rules: Sequence[Rule], wider: Container[str]) -> None:
    """Raises BadRuleSet where what a person widened would let in again what was denied last."""
    own, material = [rule for rule in rules if rule.direction is draft.direction], draft.material
    denies = [rule for rule in own if rule.access is Access.DENY]
    allows = [rule for rule in own if rule.access is Access.ALLOW and rule.name in wider]
    undone = (
        row
        for rule in allows
        for row in reopened_by(rule, denies, material.closed, material.space).itertuples(index=False, name=None)
    )
    for source, destination, protocol, port, denied_by, *_, name in undone:
        raise BadRuleSet(
            f"{name}, widened by hand, would allow {source} -> {destination} {protocol} {port} again, which "
            f"{denied_by} denies.",
            "Widen it less; whether those flows are to be let in is asked by themselves.",
        )


def _laid_over(draft: Draft, rules: Iterable[Rule], names: Mapping[str, str], gone: set[str]) -> Draft:
    """The draft with these rules in place of its own: what it knows of each goes with its name."""
    return replace(
        draft,
        rule_set=replace(draft.rule_set, rules=tuple(rules)),
        evidence={names.get(name, name): found for name, found in draft.evidence.items() if name not in gone},
        closing=frozenset(names.get(name, name) for name in draft.closing if name not in gone),
        openings={names.get(name, name): opening for name, opening in draft.openings.items() if name not in gone},
        questions=tuple(
            replace(each, rule=names.get(each.rule, each.rule)) for each in draft.questions if each.rule not in gone
        ),
    )


def _said(decided: Mapping[str, RuleDecision], waiting: Iterable[RuleDecision | Answer], today: date) -> list[str]:
    """What the decisions did, as sentences for the draft's warnings."""
    rejected = [name for name, made in decided.items() if made.approval is Approval.REJECT]
    stay = {name: made for name, made in decided.items() if name not in rejected}
    widened = [name for name, made in stay.items() if made.sources or made.destinations or made.ports]
    sentences = [f"Rejected: {name}." for name in rejected]
    sentences += [f"Widened by hand, beyond the measured over-permission: {name}." for name in widened]
    sentences += [
        f"{made.name or name} was to end on {made.expires:%Y-%m-%d}{f' ({made.owner})' if made.owner else ''}: "
        "reject it, or give it a later day."
        for name, made in stay.items()
        if made.is_past(today)
    ]
    return sentences + [each.waits for each in waiting]


def _edited(rule: Rule, decision: RuleDecision) -> Rule:
    """The rule as a person wants it: never narrower than drafted, for that would be a rejection of part of it.

    One that opens more than its drafted name says, and got no name of its own, says in its name that it was widened.
    """
    made = replace(
        rule,
        description=describe(decision.note) if decision.note.strip() else rule.description,
        sources=_widened(rule.sources, decision.sources, rule.name),
        destinations=_widened(rule.destinations, decision.destinations, rule.name),
        destination_ports=_more_ports(rule.destination_ports, decision.ports),
    )
    is_wider = replace(made, description=rule.description) != rule
    return replace(made, name=check_name(decision.name or (widened(rule.name) if is_wider else rule.name)))


def _widened(drafted: tuple[str, ...], wanted: tuple[str, ...], rule: str) -> tuple[str, ...]:
    """The drafted terms and the wanted ones; a tag stands for the whole side."""
    tags = [tag for term in wanted for tag in TAGS if term.casefold() == tag.casefold()]
    if tags:
        return (tags[0],)
    for term in wanted:
        if not is_prefix(term):
            raise BadRuleSet(
                f"Rule '{rule}' cannot be widened to '{term}'.", f"Write CIDR prefixes, or one of: {', '.join(TAGS)}."
            )
    if not wanted or not all(is_prefix(term) for term in drafted):
        return drafted
    return tuple(prefix.text for prefix in _outermost(parse_prefix(term) for term in (*drafted, *wanted)))


def _outermost(prefixes: Iterable[Prefix]) -> list[Prefix]:
    """The prefixes that no other one covers, in address order."""
    kept: list[Prefix] = []
    for prefix in sorted(set(prefixes), key=lambda p: (p.first, -p.size)):
        if not any(wider.covers(prefix) for wider in kept):
            kept.append(prefix)
    return kept


def _more_ports(drafted: tuple[PortRange, ...], wanted: tuple[str, ...]) -> tuple[PortRange, ...]:
    if not wanted or ANY_PORT in drafted:
        return drafted
    if ANY in wanted:
        return (ANY_PORT,)
    return joined_ports((*drafted, *(PortRange(*_port_ends(text)) for text in wanted)))


def _port_ends(text: str) -> tuple[int, int]:
    ends = port_ends(text)
    if ends is None or ends[0] > ends[1]:
        hint = "Write a number from 0 to 65535, a range like 8000-8100, or *."
        raise BadRuleSet(f"'{in_short(text)}' is not a port.", hint)
    return ends
