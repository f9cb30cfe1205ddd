"""What a person decided about a draft's rules: accept, reject, widen, rename, note. Kept with the store as JSON.

Decisions are laid over a fresh draft each time, by the name that the draft gives a rule. A decision whose rule the
draft no longer has is kept and reported, never dropped silently.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from nsgflow_core.ask.kinds import port_ends
from nsgflow_core.errors import BadInventory, BadRuleSet
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import ANY, ANY_PORT, AZURE_LOAD_BALANCER, INTERNET, VIRTUAL_NETWORK, PortRange, Rule
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes.document import json_values
from nsgflow_core.inventory.shapes.given import text_of
from nsgflow_core.rules.accepts.checks import check_accepted
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.placing.naming import check_name, describe, joined, widened
from nsgflow_core.words.prefixes import Prefix, is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction

TAGS = (ANY, VIRTUAL_NETWORK, INTERNET, AZURE_LOAD_BALANCER)
"""What may stand for a whole side when a rule is widened."""


_APPROVAL = "verdict"
"""What files of decisions call the approval."""


class Approval(StrEnum):
    """What a person said about a rule."""

    OPEN = ""
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """One person's word on one drafted rule.

    `rule` is the drafted name. `name` renames it, `note` becomes its description. `sources`, `destinations` and
    `ports` widen: prefixes, or one tag; ports like "443" or "8000-8100". Empty means as drafted.
    """

    rule: str
    approval: Approval = Approval.OPEN
    name: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


def settings_key(scope: Scope, direction: Direction) -> str:
    """Where the decisions of a scope and direction are kept."""
    kind = "nsg" if scope.nsg else "subnet"
    return f"rule-decisions/{direction}/{kind}/{scope.name.casefold()}"


def load_decisions(store: Settings, scope: Scope, direction: Direction) -> tuple[RuleDecision, ...]:
    """The decisions kept for a scope and direction; none when nothing was decided. Raises BadRuleSet when damaged."""
    text = store.setting(settings_key(scope, direction))
    return read_decisions(text) if text else ()


def save_decisions(store: Settings, scope: Scope, direction: Direction, decisions: Iterable[RuleDecision]) -> None:
    """Keep the decisions of a scope and direction, in place of those before."""
    kept = tuple(decisions)
    about = f"{direction} of {scope.name}: {_changed_words(_before(store, scope, direction), kept)}"
    store.save_setting(settings_key(scope, direction), write_decisions(kept), about)


def _before(store: Settings, scope: Scope, direction: Direction) -> tuple[RuleDecision, ...]:
    try:
        return load_decisions(store, scope, direction)
    except BadRuleSet:  # damaged: what is kept now takes its place
        return ()


def _changed_words(before: Sequence[RuleDecision], after: Sequence[RuleDecision]) -> str:
    """Which decisions are others than before, as the history tells it."""
    was = {made.rule: made for made in before}
    now = {made.rule: made for made in after}
    changed = [f"{rule} {made.approval or 'open'}" for rule, made in now.items() if was.get(rule) != made]
    changed += [f"{rule} forgotten" for rule in was if rule not in now]
    return ", ".join(changed) or "as before"


def write_decisions(decisions: Iterable[RuleDecision]) -> str:
    """The decisions as JSON that `read_decisions` reads back."""
    kept = sorted(decisions, key=lambda decision: decision.rule)
    return json.dumps([_written(decision) for decision in kept], ensure_ascii=False)


def read_decisions(content: str | bytes) -> tuple[RuleDecision, ...]:
    """Decisions from JSON, as it is kept or as a file. Raises BadRuleSet when it is none."""
    try:
        (items,) = json_values(text_of(content))
        return tuple(_decision(item) for item in items)
    except (BadInventory, ValueError, TypeError, KeyError, AttributeError) as error:
        why = error.message.rstrip(".") if isinstance(error, BadInventory) else error
        raise BadRuleSet(
            f"The rule decisions cannot be read: {why}.",
            "Decide again on the Rules page, or give the file as it was downloaded.",
        ) from None


def _written(decision: RuleDecision) -> dict[str, Any]:
    return {_APPROVAL if key == "approval" else key: value for key, value in asdict(decision).items()}


def _decision(item: Mapping[str, Any]) -> RuleDecision:
    def words(key: str) -> tuple[str, ...]:
        return tuple(str(word) for word in item.get(key) or ())

    return RuleDecision(
        rule=str(item["rule"]),
        approval=Approval(item.get(_APPROVAL) or ""),
        name=str(item.get("name") or ""),
        note=str(item.get("note") or ""),
        sources=words("sources"),
        destinations=words("destinations"),
        ports=words("ports"),
    )


def with_decision(decisions: Iterable[RuleDecision], made: RuleDecision) -> tuple[RuleDecision, ...]:
    """The decisions with one more, in place of an earlier one on the same rule."""
    others = [decision for decision in decisions if decision.rule != made.rule]
    return tuple(sorted([*others, made], key=lambda decision: decision.rule))


@dataclass(frozen=True)
class Decided:
    """A draft with decisions laid over it: `rejected` rules are out of it, `unmatched` decisions met no rule."""

    draft: Draft
    rejected: tuple[Rule, ...]
    unmatched: tuple[RuleDecision, ...]


def apply_decisions(draft: Draft, decisions: Iterable[RuleDecision]) -> Decided:
    """The draft as decided; evidence, openings and warnings go with it.

    Rejected rules leave the rule set; renamed and widened ones keep their priority and evidence. `over_permission`
    stays that of the drafted rules: a warning names each rule that a person widened.
    Raises BadRuleSet for a name, prefix or port that is none, and RefusedByAzure for an edited rule that Azure would
    refuse: a name that is taken, IPv6 beside IPv4.
    """
    by_name = {decision.rule: decision for decision in decisions}
    drafted = {rule.name for rule in draft.to_decide}
    rules, rejected, names = [], [], {}
    for rule in draft.rule_set.rules:
        decision = by_name.get(rule.name) if rule.name in drafted else None
        if decision is None:
            rules.append(rule)
        elif decision.approval is Approval.REJECT:
            rejected.append(rule)
        else:
            rules.append(_edited(rule, decision))
            names[rule.name] = rules[-1].name
    edited = [rule for rule in rules if rule not in draft.rule_set.rules]
    others = [rule for rule in rules if rule in draft.rule_set.rules]
    check_accepted(edited, beside=(*others, *_elsewhere(draft)), limits=draft.material.options.limits)
    unmatched = tuple(decision for name, decision in sorted(by_name.items()) if name not in drafted)
    gone = {rule.name for rule in rejected}
    made = replace(
        draft,
        rule_set=replace(draft.rule_set, rules=tuple(rules)),
        evidence={names.get(name, name): found for name, found in draft.evidence.items() if name not in gone},
        closing=frozenset(names.get(name, name) for name in draft.closing if name not in gone),
        openings={names.get(name, name): opening for name, opening in draft.openings.items() if name not in gone},
        warnings=(*draft.warnings, *_said(rejected, unmatched, by_name, drafted)),
    )
    return Decided(made, tuple(rejected), unmatched)


def _elsewhere(draft: Draft) -> tuple[Rule, ...]:
    """The NSG's own rules of the other direction, with which edited rules share names and limits."""
    existing = draft.material.existing
    return tuple(r for r in existing.own_rules if r.direction is not draft.direction) if existing else ()


def _said(
    rejected: list[Rule], unmatched: tuple[RuleDecision, ...], by_name: Mapping[str, RuleDecision], drafted: set[str]
) -> list[str]:
    """What the decisions did, as sentences for the draft's warnings."""
    widened = [
        name
        for name, decision in sorted(by_name.items())
        if name in drafted
        and decision.approval is not Approval.REJECT
        and (decision.sources or decision.destinations or decision.ports)
    ]
    sentences = [f"Rejected: {rule.name}." for rule in rejected]
    sentences += [f"Widened by hand, beyond the measured over-permission: {name}." for name in widened]
    return sentences + [f"A decision waits for a rule that this draft does not have: {d.rule}." for d in unmatched]


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
    return joined((*drafted, *(PortRange(*_port_ends(text)) for text in wanted)))


def _port_ends(text: str) -> tuple[int, int]:
    ends = port_ends(text)
    if ends is None or ends[0] > ends[1]:
        hint = "Write a number from 0 to 65535, a range like 8000-8100, or *."
        raise BadRuleSet(f"'{in_short(text)}' is not a port.", hint)
    return ends
