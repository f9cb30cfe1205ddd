"""From some rules to others, one rule at a time, in an order that Azure takes: no two of a direction share a priority.

Rules are created before others are removed, allows before denies as they are given, so that no wanted traffic is cut on
the way, there or back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nsgflow_core.inventory.rule import Access, Rule


@dataclass(frozen=True, slots=True)
class Step:
    """A rule created (or overwritten) or deleted; `is_ahead`: deleted before its time, as others wait for its place."""

    rule: Rule
    creates: bool
    is_ahead: bool = False


def steps(before: Sequence[Rule], after: Sequence[Rule]) -> list[Step]:
    """The way from some rules to others.

    A rule whose priority is still held waits; one is deleted ahead of its time only where all wait for each other.
    """
    held = {(rule.direction, rule.priority): rule for rule in before}
    wanted = {rule.name.casefold() for rule in after}
    waiting, made = list(after), []
    while waiting:
        holders = [held.get((rule.direction, rule.priority)) for rule in waiting]
        ready = next((n for n, holder in enumerate(holders) if holder is None or same(holder, waiting[n])), None)
        if ready is None:
            blocking = [holder for holder in holders if holder is not None]
            away = min(blocking, key=lambda rule: (rule.name.casefold() in wanted, rule.access is Access.DENY))
            made.append(Step(away, False, True))
            del held[away.direction, away.priority]
            continue
        rule = waiting.pop(ready)
        held = {place: holder for place, holder in held.items() if not same(holder, rule)}
        held[rule.direction, rule.priority] = rule
        made.append(Step(rule, True))
    gone = [rule for rule in reversed(before) if rule.name.casefold() not in wanted and rule in held.values()]
    return made + [Step(rule, False) for rule in gone]


def same(one: Rule, other: Rule) -> bool:
    """True for two rules of one name, as Azure compares names."""
    return one.name.casefold() == other.name.casefold()
