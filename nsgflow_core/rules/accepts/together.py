"""What Azure refuses in the rules of an NSG together: what stands twice, and what is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.accepts.base import Found
from nsgflow_core.rules.accepts.limits import MAX_ASGS_IN_AN_NSG, Limits


def priority_twice(written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[Found]:
    """A priority that another rule of the direction has."""
    holders: dict[tuple[str, int], list[Rule]] = {}
    for rule in among:
        holders.setdefault((rule.direction, rule.priority), []).append(rule)
    for rule in written:
        if other := _another(holders[rule.direction, rule.priority], rule):
            yield rule.name, f"has priority {rule.priority} like '{other.name}', in one direction"


def name_twice(written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[Found]:
    """A name that another rule of the NSG has, in either direction and any case."""
    holders: dict[str, list[Rule]] = {}
    for rule in among:
        holders.setdefault(rule.name.casefold(), []).append(rule)
    for rule in written:
        if other := _another(holders[rule.name.casefold()], rule):
            yield rule.name, f"has the name of the {other.direction} rule '{other.name}', as Azure compares names"


def _another(holders: Sequence[Rule], rule: Rule) -> Rule | None:
    """Another holder of the same; the rule itself where it stands there twice."""
    return next((held for held in holders if held is not rule), rule if len(holders) > 1 else None)


def too_many_rules(_written: Sequence[Rule], among: Sequence[Rule], limits: Limits) -> Iterator[Found]:
    """More rules than an NSG takes, over both directions."""
    if len(among) > limits.rules:
        yield "", f"would hold {len(among):,} rules, of {limits.rules:,}"


def too_many_terms(written: Sequence[Rule], among: Sequence[Rule], limits: Limits) -> Iterator[Found]:
    """More addresses or ports in one list than a rule takes, or in all lists of one kind than an NSG takes."""
    for rule in written:
        for kind, held in _lists(rule):
            if held > limits.in_rule:
                yield rule.name, f"names {held:,} {kind}, of {limits.in_rule:,}"
    if limits.in_nsg is not None:
        totals: Counter[str] = Counter()
        for rule in among:
            totals.update(dict(_lists(rule)))
        for kind, held in totals.items():
            if held > limits.in_nsg:
                yield "", f"would name {held:,} {kind} in all, of {limits.in_nsg:,}"


def _lists(rule: Rule) -> tuple[tuple[str, int], ...]:
    return (
        ("sources", len(rule.sources)),
        ("destinations", len(rule.destinations)),
        ("source ports", len(rule.source_ports)),
        ("destination ports", len(rule.destination_ports)),
    )


def too_many_groups(_written: Sequence[Rule], among: Sequence[Rule], _limits: Limits) -> Iterator[Found]:
    """More application security groups in all rules than an NSG takes."""
    groups = {group.casefold() for rule in among for group in (*rule.source_asgs, *rule.destination_asgs)}
    if len(groups) > MAX_ASGS_IN_AN_NSG:
        yield "", f"would name {len(groups)} application security groups, of {MAX_ASGS_IN_AN_NSG}"
