"""Which rules decide nothing: shadowed ones, and redundant ones without which every decision is the same.

Both are searched for a packet that proves the contrary, one region at a time, so a rule that matters is found to
matter at once, and a rule that does not is proved so by running out of regions. The search stops after `MAX_STEPS`
comparisons and then says that it did not decide.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum

from nsgflow_core.rules.audit.regions import Region, RuleRegions, cut, meet

MAX_STEPS = 200_000
MAX_REGIONS = 2_000


class Undecided(Enum):
    """The search was given up."""

    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Taken:
    """A region of packets, and the place of the rule that takes it."""

    region: Region
    by: int


def uncovered(regions: RuleRegions, place: int) -> Region | Undecided | None:
    """Packets that reach the rule at this place; None when earlier rules take every packet it matches: shadowed."""
    return _Search(regions, place).reaches()


def difference(regions: RuleRegions, place: int) -> Taken | Undecided | None:
    """Packets that a later rule of the other access would take without this rule; None when there are none.

    Packets that no later rule takes count as a difference only where no default rules follow, which Azure never has.
    """
    return _Search(regions, place).differs()


def takers(regions: RuleRegions, place: int) -> list[int]:
    """The places of the earlier rules that take something of what the rule matches, none of them needlessly.

    Each is listed only when it takes packets that no rule before it took.
    """
    left, found = regions.parts(regions.of_rule[place]), []
    for earlier in _before(regions, place):
        away = regions.of_rule[earlier]
        rest = [piece for region in left for piece in (cut(region, away) if meet(region, away) else [region])]
        if rest != left:
            found.append(earlier)
        left = rest
        if not left or len(left) > MAX_REGIONS:
            break
    return found


def _before(regions: RuleRegions, place: int) -> list[int]:
    """The earlier rules that may share packets with a rule."""
    near = regions.neighbours[place]
    return near[: bisect_left(near, place)]


class _Search:
    """A walk through regions, deepest first."""

    def __init__(self, regions: RuleRegions, place: int) -> None:
        self.regions, self.place, self.steps = regions, place, 0
        self.access = regions.rules[place].access

    def _whole(self) -> list[tuple[Region, int]]:
        return [(part, 0) for part in reversed(self.regions.parts(self.regions.of_rule[self.place]))]

    def reaches(self) -> Region | Undecided | None:
        """The first region that no earlier rule takes."""
        waiting, near = self._whole(), _before(self.regions, self.place)
        while waiting:
            region, start = waiting.pop()
            for earlier in near[bisect_left(near, start) :]:
                self.steps += 1
                if meet(region, self.regions.of_rule[earlier]):
                    pieces = cut(region, self.regions.of_rule[earlier])
                    waiting += [(piece, earlier + 1) for piece in pieces]
                    break
            else:
                return region
            if self.steps > MAX_STEPS:
                return Undecided.TOO_LONG
        return None

    def differs(self) -> Taken | Undecided | None:
        """The first region that reaches the rule and that a later rule decides otherwise."""
        waiting, near = self._whole(), self.regions.neighbours[self.place]
        while waiting:
            region, start = waiting.pop()
            for other in near[bisect_left(near, start) :]:
                self.steps += 1
                shared = None if other == self.place else meet(region, self.regions.of_rule[other])
                if shared is None:
                    continue
                if other > self.place and self.regions.rules[other].access is not self.access:
                    return Taken(shared, other)
                waiting += [(piece, other + 1) for piece in cut(region, self.regions.of_rule[other])]
                break
            if self.steps > MAX_STEPS:
                return Undecided.TOO_LONG
        return None
