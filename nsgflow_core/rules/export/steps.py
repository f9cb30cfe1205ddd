"""From some rules to others, one rule at a time, in an order that Azure takes: no two of a direction share a priority.

Rules are created before others are removed, allows before denies as they are given, so that no wanted traffic is cut on
the way, there or back. An NSG that holds all the rules it takes loses first what goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from nsgflow_core.inventory.rule import Access, Rule


class Ahead(StrEnum):
    """Why a rule is deleted before its time, in words."""

    PRIORITY = "Its priority goes to another rule."
    ROOM = "An NSG takes no more rules: its place goes to another one."


@dataclass(frozen=True, slots=True)
class RuleStep:
    """A rule created (or overwritten) or deleted; `ahead`: why before its time."""

    rule: Rule
    creates: bool
    ahead: Ahead | None = None


def steps(before: Sequence[Rule], after: Sequence[Rule], room: int | None = None) -> list[RuleStep]:
    """The way from some rules to others, each without a name or a place that stands twice.

    A rule whose priority is still held waits; one is deleted ahead of its time only where all wait for each other, or
    where the NSG takes but `room` more rules than it holds (None: as many as there are; below zero: so many must go).
    """
    return _Way(before, after, len(after) if room is None else room).made()


class _Way:
    """What the NSG holds on the way, and which rules wait for a place there."""

    def __init__(self, before: Sequence[Rule], after: Sequence[Rule], room: int) -> None:
        self.before, self.after, self.room = before, after, room
        self.held = {rule.place: rule for rule in before}
        self.place_of = {rule.name.casefold(): rule.place for rule in before}
        self.wanted = {rule.name.casefold() for rule in after}
        self.waiting = {
            rule.place: number
            for number, rule in enumerate(after)
            if rule.place in self.held and self.place_of.get(rule.name.casefold()) != rule.place
        }
        self.ready = sorted({*range(len(after))} - {*self.waiting.values()})

    def made(self) -> list[RuleStep]:
        """The steps in order."""
        blocking = iter(sorted(self.waiting, key=lambda place: _loss(self.held[place], self.wanted)))
        leaving = iter(self._going())
        found: list[RuleStep] = []
        while self.ready or self.waiting:
            if self.ready and (goes := self._makes_room(self.after[self.ready[0]], leaving)):
                found.append(self._gone(goes, Ahead.ROOM))
            elif self.ready:
                found.append(self._written(self.after[heappop(self.ready)]))
            elif (place := next(blocking)) in self.waiting:
                found.append(self._gone(self.held[place], Ahead.PRIORITY))
        return found + [RuleStep(rule, False) for rule in self._going()]

    def _going(self) -> list[Rule]:
        """What is still held and not to stay, the last one first."""
        return [
            rule
            for rule in reversed(self.before)
            if rule.name.casefold() not in self.wanted and self.held.get(rule.place) is rule
        ]

    def _makes_room(self, rule: Rule, leaving: Iterator[Rule]) -> Rule | None:
        """The rule that must go before another one can be written, if there is one."""
        if self.room > 0 or rule.name.casefold() in self.place_of:
            return None
        return next((each for each in leaving if self.held.get(each.place) is each), None)

    def _written(self, rule: Rule) -> RuleStep:
        self._leave(rule)
        self.held[rule.place] = rule
        self.room -= 1
        return RuleStep(rule, True)

    def _gone(self, rule: Rule, why: Ahead) -> RuleStep:
        self._leave(rule)
        return RuleStep(rule, False, why)

    def _leave(self, rule: Rule) -> None:
        """Take the rule of this name away, where one is held: who waits for its place is ready."""
        place = self.place_of.pop(rule.name.casefold(), None)
        if place is not None:
            self.room += 1
            del self.held[place]
            if place in self.waiting:
                heappush(self.ready, self.waiting.pop(place))


def _loss(rule: Rule, wanted: Set[str]) -> tuple[bool, bool]:
    """What is lost while a rule is away, less first: one that is to come back is missed, and so is a deny."""
    return rule.name.casefold() in wanted, rule.access is Access.DENY
