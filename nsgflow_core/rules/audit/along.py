"""What an audit finds once the whole end of a packet is known: admin rules ahead of an NSG, and the other NSG there.

A rule is dead where no packet that it would decide reaches it, in any place that its NSG guards. A port that it opens
to strangers is held elsewhere where none of their packets gets past what stands beside it there. What is said holds for
the addresses that files tell; where an NSG is set on more than they tell, nothing is taken to stand beside it there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule
from nsgflow_core.inventory.things.admin_rules import AdminAccess
from nsgflow_core.rules.audit.exposed import Exposures, Open, in_kinds
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.rules.audit.passing import ListedRule, Stage, TooLongError, Walk, stops_in_words
from nsgflow_core.rules.audit.regions import Region, RuleRegions
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import GuardedPlace
from nsgflow_core.words.vocabulary import Direction

DENIES, ALWAYS = "denies", "always allows"
VERBS = {AdminAccess.DENY: DENIES, AdminAccess.ALWAYS_ALLOW: ALWAYS}


class InPlace:
    """The rules of one direction in one place, with what stands beside them there; regions are of this place's own."""

    def __init__(self, rules: Sequence[Rule], space: AddressSpace, place: GuardedPlace, direction: Direction) -> None:
        self.place, self._direction = place, direction
        self._admin, self._others = place.admin_rules_of(direction), place.other_rules(direction)
        near = Rule("", 0, direction, Access.ALLOW, ANY, *self._sides((*place.addresses, *place.without)), ANY_PORTS)
        self.regions = RuleRegions(rules, space, [*(each.rule for each in self._admin), *self._others, near])
        atoms = self.regions.destinations if direction is Direction.INBOUND else self.regions.sources
        self._within = atoms.mask(place.addresses, ()) & ~atoms.mask(place.without, ())

    def _sides(self, near: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ((ANY,), near) if self._direction is Direction.INBOUND else (near, (ANY,))

    @cached_property
    def admin_stage(self) -> Stage:
        """The admin rules: Deny and AlwaysAllow keep a packet from the NSGs, Allow passes it on."""
        return [
            ListedRule(
                self.regions.region(each.rule),
                each.access is AdminAccess.ALLOW,
                f"admin rule {each.name} ({each.rule.priority})",
                VERBS.get(each.access, ""),
            )
            for each in self._admin
        ]

    @cached_property
    def other_stage(self) -> Stage:
        """The rules of the other NSG; none where there is no other."""
        name = self.place.other.name if self.place.other else ""
        return [
            ListedRule(
                self.regions.region(rule),
                rule.access is Access.ALLOW,
                f"{rule.name} ({rule.priority}) of {name} on the {self.place.other_at}",
                DENIES,
            )
            for rule in self._others
        ]

    @cached_property
    def exposures(self) -> Exposures:
        """What strangers reach through each rule, past all that stands beside it."""
        beside = [stage for stage in (self.admin_stage, self.other_stage) if stage]
        return Exposures(self.regions, self._within, beside)

    def parts(self, at: int) -> list[Region]:
        """What a rule matches of the packets of this place."""
        return self.within(self.regions.of_rule[at])

    def within(self, region: Region) -> list[Region]:
        """What of a region are packets of this place."""
        source, destination, *rest = region
        inbound = self._direction is Direction.INBOUND
        sides = (source, destination & self._within) if inbound else (source & self._within, destination)
        return self.regions.parts((*sides, rest[0], rest[1], rest[2]))

    def reaching(self, at: int) -> tuple[Region | None, dict[ListedRule, Region]]:
        """Packets that reach a rule, None where there are none; and what else stops those that it would decide."""
        earlier = [ListedRule(region, passes=False) for region in self.regions.of_rule[:at]]
        is_ahead = self.other_stage and self.place.is_other_ahead(self._direction)
        ahead = [self.admin_stage, self.other_stage] if is_ahead else [self.admin_stage]
        walk = Walk()
        found = next(walk.through(self.parts(at), [earlier, *ahead]), None)
        return found, {row: region for row, region in walk.stopped.items() if row.name}

    def always_allowed(self, at: int) -> Iterator[tuple[ListedRule, Region]]:
        """The admin rules that let pass what a rule matches, without asking the NSG, with packets of each."""
        walk = Walk()
        for _ in walk.through(self.parts(at), [self.admin_stage]):
            pass
        yield from (
            (row, region) for row, region in walk.stopped.items() if row.verb == VERBS[AdminAccess.ALWAYS_ALLOW]
        )


@dataclass(frozen=True)
class Along:
    """The rules of one direction, with all places that their NSG guards; each is looked at when it is needed."""

    rules: Sequence[Rule]
    space: AddressSpace
    places: tuple[GuardedPlace, ...]
    direction: Direction

    @property
    def is_alone(self) -> bool:
        """True when nothing is known to stand beside the NSG."""
        return all(place.is_alone for place in self.places)

    def dead(self, at: int) -> Iterator[Finding]:
        """The finding on a rule that nothing reaches, for what stands ahead of its NSG takes it all."""
        stopped: dict[str, tuple[InPlace, ListedRule, Region]] = {}
        try:
            for place in self._in_places():
                reached, taken = place.reaching(at)
                if reached is not None:
                    return
                stopped |= {row.name: (place, row, region) for row, region in taken.items() if row.name not in stopped}
        except TooLongError:
            yield Finding(
                FindingKind.NOT_DECIDED, "whether what stands ahead takes all of it takes too long to tell", ""
            )
            return
        if stopped:
            rows = [row for _, row, _ in stopped.values()]
            place, row, region = next(iter(stopped.values()))
            yield Finding(
                FindingKind.SHADOWED,
                f"{stops_in_words(rows)} every packet that it would decide",
                f"{place.regions.describe(region)} meets {row.name}, which {row.verb} it",
            )

    def bypassed(self, at: int) -> Iterator[Finding]:
        """The finding on a Deny that admin rules let packets past."""
        try:
            found = next(((place, *each) for place in self._in_places() for each in place.always_allowed(at)), None)
        except TooLongError:
            yield Finding(FindingKind.NOT_DECIDED, "whether admin rules let packets past it takes too long to tell", "")
            return
        if found is not None:
            place, row, region = found
            yield Finding(
                FindingKind.OVERLAPPING,
                f"{stops_in_words([row])} a part of it, which passes whatever this rule says",
                f"{place.regions.describe(region)} matches both it and {row.name}",
            )

    def exposures(self, at: int, alone: Exposures) -> Iterator[Finding]:
        """The findings on what a rule opens to strangers, `alone` as the NSG alone would have it."""
        opened = alone.open_by(at)
        concerned = [place for place in self._in_places() if place.parts(at)] if opened else []
        if not concerned or any(each.reach.too_long for each in opened):
            yield from alone.findings(opened)
            return
        left = list(opened)
        for place in concerned:
            wanted = {each.row for each in left}
            here = [each for each in place.exposures.open_by(at) if each.row in wanted]
            yield from place.exposures.findings(here)
            left = [each for each in left if each.row not in {found.row for found in here}]
        for of_one in in_kinds(left):
            held = self._held(at, of_one, concerned)
            yield from [held] if held else alone.findings(of_one)

    def _held(self, at: int, of_one: Sequence[Open], concerned: Sequence[InPlace]) -> Finding | None:
        """What would be open, and what stops it in the places concerned; None where nothing beside the NSG does.

        What admin rules always allow is open all the same.
        """
        first, stopped, witness, leaves = of_one[0].row, dict[str, ListedRule](), "", 0.0
        for place in concerned:
            reach = place.exposures.reached(first).get(at)
            for row, region in reach.stopped if reach else ():
                stopped.setdefault(row.name, row)
                fate = f"meets {row.name}, which {row.verb} it"
                witness = witness or place.exposures.packet(first, [region], at, fate)
            leaves = max(leaves, reach.share if reach else 0.0)
        if not stopped:
            return None
        ports, who = ", ".join(str(each.row) for each in of_one), stops_in_words(stopped.values())
        if any(row.verb == ALWAYS for row in stopped.values()):
            verb = "is" if len(of_one) == 1 else "are"
            words = f"{ports} {verb} open to strangers whatever this rule says: {who} those packets"
            return Finding(FindingKind.EXPOSED, words, witness)
        rest = f", all but {leaves:.4%} of public addresses" if leaves else ""
        return Finding(FindingKind.HELD, f"{ports} would be open to strangers, but {who} those packets{rest}", witness)

    def _in_places(self) -> Iterator[InPlace]:
        for at, place in enumerate(self.places):
            if at not in self._made:
                self._made[at] = InPlace(self.rules, self.space, place, self.direction)
            yield self._made[at]

    @cached_property
    def _made(self) -> dict[int, InPlace]:
        return {}
