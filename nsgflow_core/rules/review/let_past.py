"""What admin rules always let past an NSG although a draft for it would stop it: the draft does not close that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nsgflow_core.inventory.rule import Access
from nsgflow_core.rules.audit.along import ALWAYS, InPlace
from nsgflow_core.rules.audit.passing import ListedRule, Stage, TooLongError, Walk
from nsgflow_core.rules.audit.regions import TooManyAtomsError
from nsgflow_core.rules.decide.beside import places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.draft.draft import Draft


@dataclass(frozen=True, slots=True)
class LetPast:
    """An admin rule that always allows, a packet that it lets past and the deny that would stop it; "" unknown."""

    who: str
    packet: str
    denied_by: str

    @property
    def sentence(self) -> str:
        """Like "Admin rule open (10) always allows some of what this draft closes, like ..."."""
        who = self.who[:1].upper() + self.who[1:]
        if not self.packet:
            return f"{who} may always allow some of what this draft closes; telling takes too long."
        like = f"like {self.packet}, which {self.denied_by} would stop"
        return f"{who} always allows some of what this draft closes, {like}: it passes whatever this NSG says."


def let_past(made: Draft) -> tuple[LetPast, ...]:
    """One for each admin rule that lets packets past a deny of the draft, where files tell where its NSG is set.

    By the arithmetic of addresses; the default rules close too.
    """
    known = made.material.network
    if known is None or not made.own_rules:
        return ()
    own = made.material.existing
    guards = (own,) if own is not None else known.known.guards(made.scope)
    ends, found = Ends(known.known), dict[str, LetPast]()
    for guard in guards:
        for place in places_of(ends, guard):
            if place.admin_rules_of(made.direction):
                rules = made.rule_set.with_defaults().towards(made.direction)
                try:
                    here = InPlace(rules, made.material.space, place, made.direction)
                except TooManyAtomsError:
                    continue
                found |= {each.who: each for each in _let_past(here) if each.who not in found}
    return tuple(found.values())


def _let_past(here: InPlace) -> Iterator[LetPast]:
    rules = zip(here.regions.of_rule, here.regions.rules, strict=True)
    closing: Stage = [ListedRule(region, rule.access is Access.ALLOW, rule.name) for region, rule in rules]
    for at, row in enumerate(here.admin_stage):
        if row.verb != ALWAYS:
            continue
        ahead: Stage = [ListedRule(other.region, passes=False) for other in here.admin_stage[:at]]
        yield from _first_denied(here, row, [ahead, closing])


def _first_denied(here: InPlace, row: ListedRule, stages: list[Stage]) -> Iterator[LetPast]:
    """A packet that an admin rule lets past a deny of the draft: one whatever names stand for, where there is such."""
    walk, told, found = Walk(), set[ListedRule](), list[LetPast]()
    passing = walk.through(here.within(row.region), stages)
    is_left = True
    while is_left and not any(" if " not in each.packet for each in found):
        try:
            is_left = next(passing, None) is not None
        except TooLongError:
            found, is_left = found or [LetPast(row.name, "", "")], False
        for taking in [each for each in walk.stopped if each.name and each not in told]:
            told.add(taking)
            found.append(LetPast(row.name, here.regions.describe(walk.stopped[taking]), taking.name))
    yield from sorted(found, key=lambda each: " if " in each.packet)[:1]
