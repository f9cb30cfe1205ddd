"""From some rules to others, one rule at a time, in an order that Azure takes: no two of a direction share a priority.

Rules are created before others are removed, allows before denies as they are given, so that no wanted traffic is cut on
the way, there or back.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush

from nsgflow_core.inventory.rule import Access, Rule


@dataclass(frozen=True, slots=True)
class Step:
    """A rule created (or overwritten) or deleted; `is_ahead`: deleted before its time, as others wait for its place."""

    rule: Rule
    creates: bool
    is_ahead: bool = False


def steps(before: Sequence[Rule], after: Sequence[Rule]) -> list[Step]:
    """The way from some rules to others, each without a name or a place that stands twice.

    A rule whose priority is still held waits; one is deleted ahead of its time only where all wait for each other.
    """
    held = {rule.place: rule for rule in before}
    place_of = {rule.name.casefold(): rule.place for rule in before}
    wanted = {rule.name.casefold() for rule in after}
    waiting = {
        rule.place: number
        for number, rule in enumerate(after)
        if rule.place in held and place_of.get(rule.name.casefold()) != rule.place
    }
    ready = sorted({*range(len(after))} - {*waiting.values()})
    blocking = iter(sorted(waiting, key=lambda place: _loss(held[place], wanted)))
    made: list[Step] = []

    def leave(rule: Rule) -> None:
        place = place_of.pop(rule.name.casefold(), None)
        if place is not None:
            del held[place]
            if place in waiting:
                heappush(ready, waiting.pop(place))

    while ready or waiting:
        if ready:
            rule = after[heappop(ready)]
            leave(rule)
            held[rule.place] = rule
            made.append(Step(rule, True))
        elif (place := next(blocking)) in waiting:
            made.append(Step(held[place], False, True))
            leave(held[place])
    gone = [rule for rule in reversed(before) if rule.name.casefold() not in wanted and held.get(rule.place) is rule]
    return made + [Step(rule, False) for rule in gone]


def _loss(rule: Rule, wanted: Set[str]) -> tuple[bool, bool]:
    """What is lost while a rule is away, less first: one that is to come back is missed, and so is a deny."""
    return rule.name.casefold() in wanted, rule.access is Access.DENY
