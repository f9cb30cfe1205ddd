"""Where drafted rules stand beside what the NSG has: the denies that stay, and the priorities that are taken.

A draft is never refused for want of a number while something can move. First each rule keeps its number or takes a
free one; then the drafted rules are numbered anew, with the numbers of the allow rules that go; then the denies that
stay move down, in their order and no further than needed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, MAX_PRIORITY, MIN_PRIORITY, Access, Rule, RuleSet
from nsgflow_core.rules.draft.evidence import Evidence
from nsgflow_core.rules.draft.placing.closing import CLOSING_NAMES
from nsgflow_core.rules.draft.placing.priorities import CLOSING_FIRST, Wanted, number
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Placing:
    """The priorities of drafted and closing rules by name, and the denies that stay, with the numbers they get."""

    priorities: dict[str, int]
    denies: tuple[Rule, ...]
    moved: tuple[Rule, ...] = ()
    """Those of `denies` that had to move down."""


def kept_denies(existing: RuleSet | None, direction: Direction) -> tuple[Rule, ...]:
    """The user's own deny rules of a direction, in order. They stay: a draft knows only what should be allowed."""
    return tuple(
        rule for rule in _own(existing, direction) if rule.access is Access.DENY and rule.name not in CLOSING_NAMES
    )


def place(
    evidence: Mapping[str, Evidence],
    existing: RuleSet | None,
    direction: Direction,
    closing: Sequence[Rule] = (),
    probes: Evidence | None = None,
) -> Placing:
    """The priority of each drafted rule (with its evidence, by name) and of the closing rules below them.

    A rule stands between the denies that stay as the rule that admitted its traffic does, so that what was allowed
    before a deny is not caught by it, and what a deny stops is not opened ahead of it; so does the rule for load
    balancer probes, for a deny for VirtualNetwork would catch them. Raises BadRuleSet when there is no room at all.
    """
    stays, own = kept_denies(existing, direction), _own(existing, direction)
    ahead = _probes_ahead(closing, probes, existing, stays)
    below = place_closing([rule for rule in closing if rule not in ahead], existing, direction)
    found = dict(evidence) | {rule.name: probes for rule in ahead if probes is not None}
    behind = {name: _behind(each, existing, stays) for name, each in found.items()}
    floor = min([CLOSING_FIRST, *(below[rule.name] for rule in closing if rule.access is Access.DENY)])
    names = {name.casefold() for name in found}
    leaving = {rule.priority for rule in own if rule.name.casefold() not in names and rule not in stays}
    kept = {rule.name.casefold(): rule.priority for rule in own if rule.access is Access.ALLOW}
    near = {rule.name: _near_deny(rule, stays, behind[rule.name], kept, {*leaving, *below.values()}) for rule in ahead}
    drafted = {name: at for name, at in behind.items() if name not in near}
    room = _Room(behind, below, floor)
    first = _Room(drafted, below | near, floor) if all(near.values()) else room
    ways: list[_Way] = [(first, stays, kept, leaving), (room, stays, {}, set())]
    return _first_that_fits([*ways, (room, room.moved_down(stays), kept, set())], stays)


@dataclass(frozen=True, slots=True)
class _Room:
    """Rules to number, each behind how many of the denies that stay, above closing rules that have their numbers."""

    behind: dict[str, int]
    below: dict[str, int]
    floor: int

    def numbered(
        self, denies: Sequence[Rule], keeps: Mapping[str, int], also_taken: Iterable[int], *, strict: bool
    ) -> dict[str, int]:
        """The priorities of all by name. Raises BadRuleSet when there is no room."""
        anchors = [rule.priority for rule in denies]
        gaps = list(pairwise([MIN_PRIORITY - 1, *anchors, self.floor]))
        wanted = [Wanted(name, gaps[at][0], min(gaps[at][1], self.floor)) for name, at in self.behind.items()]
        taken = frozenset({*self.below.values(), *anchors, *also_taken})
        return number(wanted, keeps, taken, strict=strict) | self.below

    def moved_down(self, stays: Sequence[Rule]) -> tuple[Rule, ...]:
        """The denies with numbers that leave room ahead of each for the rules that belong there, or as they are."""
        rules_at, taken = Counter(self.behind.values()), set(self.below.values())
        moved, last = [], MIN_PRIORITY - 1
        for at, rule in enumerate(stays):
            for _ in range(rules_at[at] + 1):
                last = next((free for free in range(last + 1, MAX_PRIORITY + 1) if free not in taken), MAX_PRIORITY)
            last = max(last, rule.priority)
            moved.append(replace(rule, priority=last))
        if any(new != old and new.priority >= self.floor for new, old in zip(moved, stays, strict=True)):
            return tuple(stays)
        return tuple(moved)


_Way = tuple[_Room, tuple[Rule, ...], Mapping[str, int], set[int]]
"""What to number, under which denies, with which priorities that rules already have, around which others."""


def _first_that_fits(ways: Sequence[_Way], stays: tuple[Rule, ...]) -> Placing:
    """The first way with room for each rule where it belongs; else the first with room ahead of that."""
    for strict in (True, False):
        for room, denies, keeps, also_taken in ways:
            try:
                numbers = room.numbered(denies, keeps, also_taken, strict=strict)
            except BadRuleSet:
                continue
            return Placing(numbers, denies, tuple(rule for rule in denies if rule not in stays))
    raise BadRuleSet(
        f"{len(ways[-1][0].behind):,} drafted rules and {len(stays):,} denies do not fit below {ways[-1][0].floor}.",
        "Turn the dial towards simple.",
    )


def _own(existing: RuleSet | None, direction: Direction) -> tuple[Rule, ...]:
    return () if existing is None else tuple(r for r in existing.towards(direction) if not r.is_default)


def _behind(found: Evidence, existing: RuleSet | None, stays: Sequence[Rule]) -> int:
    """Behind how many of the denies that stay the traffic was admitted."""
    at = _admitted_at(found, existing)
    return sum(rule.priority < at for rule in stays)


def _admitted_at(found: Evidence, existing: RuleSet | None) -> int:
    """The priority of the first rule that admitted the traffic; ahead of all when that rule is not in the file."""
    rules = () if existing is None else existing.with_defaults().rules
    known = {rule.name.casefold(): rule.priority for rule in rules}
    return min((known.get(rule.casefold(), MIN_PRIORITY) for rule in found.admitted_by), default=MIN_PRIORITY)


def _probes_ahead(
    closing: Sequence[Rule], probes: Evidence | None, existing: RuleSet | None, stays: Sequence[Rule]
) -> list[Rule]:
    """The rule for load balancer probes, where those seen were admitted ahead of a deny that stays."""
    if probes is None or not probes.flows or _behind(probes, existing, stays) == len(stays):
        return []
    return [rule for rule in closing if rule.sources == (AZURE_LOAD_BALANCER,)]


def _near_deny(rule: Rule, stays: Sequence[Rule], behind: int, kept: Mapping[str, int], taken: Iterable[int]) -> int:
    """Just ahead of the deny that would catch the probes, or where the NSG has the rule; 0 without room there."""
    before, after = stays[behind].priority, stays[behind - 1].priority if behind else MIN_PRIORITY - 1
    had, others = kept.get(rule.name.casefold(), 0), {*taken, *kept.values()}
    if after < had < before:
        return had
    return next((free for free in range(before - 1, after, -1) if free not in others), 0)


def place_closing(closing: Sequence[Rule], existing: RuleSet | None, direction: Direction) -> dict[str, int]:
    """The priorities of the closing rules: as in the NSG, else their own, else the nearest free one, in their order.

    From 100 to 4096, each once in the direction. Where the numbers from 4000 on are taken, the lowest that are needed
    below them are used.
    """
    own = _own(existing, direction)
    had = {rule.name.casefold(): rule.priority for rule in own}
    numbers = {rule.name: had.get(rule.name.casefold(), 0) for rule in closing}
    if all(numbers[rule.name] >= (CLOSING_FIRST if rule.access is Access.DENY else MIN_PRIORITY) for rule in closing):
        return numbers
    taken = {rule.priority for rule in own if rule.name not in CLOSING_NAMES}
    free = [priority for priority in range(MIN_PRIORITY, MAX_PRIORITY + 1) if priority not in taken]
    if len(free) < len(closing):
        raise BadRuleSet("The NSG's own rules leave no priority for the closing rules.", "Remove some of them first.")
    place_of = -1
    for at, rule in enumerate(closing):
        latest = len(free) - len(closing) + at
        place_of = min(max(bisect_left(free, rule.priority), place_of + 1), latest)
        numbers[rule.name] = free[place_of]
    return numbers
