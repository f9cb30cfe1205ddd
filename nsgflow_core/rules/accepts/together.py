"""What Azure refuses in the rules of an NSG together: what stands twice, and what is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.accepts.base import RefusedAt
from nsgflow_core.rules.accepts.limits import MAX_ASGS_IN_AN_NSG, Limits
from nsgflow_core.words.numbers import counted


def priority_twice(written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[RefusedAt]:
    """A priority that another rule of the direction has."""
    for rule, other in _twice(written, among, lambda rule: rule.place):
        yield rule.name, f"has priority {rule.priority} like {_called(other)}, in one direction"


def name_twice(written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[RefusedAt]:
    """A name that another rule of the NSG has, in either direction and any case."""
    for rule, other in _twice(written, among, lambda rule: rule.name.casefold()):
        which = f"the {other.direction} rule '{other.name}'" if other.priority else f"'{other.name}', {_UNREAD}"
        yield rule.name, f"has the name of {which}, as Azure compares names"


_UNREAD = "a rule that could not be read"
"""See `RuleSet.taken`."""


def _called(rule: Rule) -> str:
    return f"'{rule.name}'" if rule.name else _UNREAD


def _twice(
    written: Sequence[Rule], among: Sequence[Rule], held_by: Callable[[Rule], Hashable]
) -> Iterator[tuple[Rule, Rule]]:
    """Each written rule that has what another one has, with that one; with itself where it stands there twice."""
    holders: dict[Hashable, list[Rule]] = {}
    for rule in among:
        holders.setdefault(held_by(rule), []).append(rule)
    for rule in written:
        found = holders[held_by(rule)]
        if len(found) > 1:
            yield rule, next((other for other in found if other is not rule), rule)


def too_many_rules(_written: Sequence[Rule], among: Sequence[Rule], limits: Limits) -> Iterator[RefusedAt]:
    """More rules than an NSG takes, over both directions."""
    held = sum(1 for rule in among if rule.name)
    if held > limits.rules:
        yield "", f"would hold {counted(held, 'rule')}, of {limits.rules:,}"


def too_many_terms(written: Sequence[Rule], among: Sequence[Rule], limits: Limits) -> Iterator[RefusedAt]:
    """More addresses or ports in one list than a rule takes, or in all lists of one kind than an NSG takes."""
    for rule in written:
        for kind, held in _lists(rule).items():
            if held > limits.in_rule:
                yield rule.name, f"names {held:,} {kind}, of {limits.in_rule:,}"
    if limits.in_nsg is not None:
        totals: Counter[str] = Counter()
        for rule in among:
            totals.update(_lists(rule))
        for kind, held in totals.items():
            if held > limits.in_nsg:
                yield "", f"would name {held:,} {kind} in all, of {limits.in_nsg:,}"


def _lists(rule: Rule) -> dict[str, int]:
    """How many items each list of a rule holds: its sources, destinations, source ports and destination ports."""
    ends = {f"{side.word}s": len(side.terms) for side in rule.sides}
    return ends | {f"{side.word} ports": len(side.ports) for side in rule.sides}


def too_many_groups(_written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[RefusedAt]:
    """More application security groups in all rules than an NSG takes."""
    groups = {group.casefold() for rule in among for side in rule.sides for group in side.asgs}
    if len(groups) > MAX_ASGS_IN_AN_NSG:
        yield "", f"would name {len(groups)} application security groups, of {MAX_ASGS_IN_AN_NSG}"
