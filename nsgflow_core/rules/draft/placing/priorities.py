"""Priorities with gaps, that stay what they are from one draft to the next.

A rule whose name is already in the NSG (or in an earlier draft) keeps its priority. New rules go between their
neighbours by name, so that one more service renumbers nothing. A deny rule of the user that stays keeps its place
in the order: what the NSG allowed before it is allowed before it again.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import MIN_PRIORITY

CLOSING_FIRST = 4_000
"""From here up stand the load balancer and ICMP allows and the closing denies."""
STEP = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule to number, between the denies that stay: `after` and `before` are their priorities, both excluded."""

    name: str
    after: int = MIN_PRIORITY - 1
    before: int = CLOSING_FIRST


def number(
    wanted: Sequence[Wanted], kept: Mapping[str, int], taken: frozenset[int], *, strict: bool = False
) -> dict[str, int]:
    """The priority of each rule by name: unique, from 100, below 4000 and outside `taken`.

    `kept` are the priorities that rules of these names (in lower case) already have. Without room after
    `after`, a rule goes ahead of it, unless `strict`. Raises BadRuleSet when there is no room.
    """
    given: dict[str, int] = {}
    used = set(taken)
    for rule in sorted(wanted, key=lambda rule: rule.name):
        priority = kept.get(rule.name.casefold())
        if priority is not None and _fits(priority, rule) and priority not in used:
            given[rule.name] = priority
            used.add(priority)
    fresh = sorted((rule for rule in wanted if rule.name not in given), key=lambda rule: (rule.before, rule.name))
    if not given and not used:
        return _evenly(fresh)
    for rule in fresh:
        given[rule.name] = _between_neighbours(rule, given, used, strict)
        used.add(given[rule.name])
    return given


def _evenly(fresh: Sequence[Wanted]) -> dict[str, int]:
    """Numbers for a first draft: steps of ten, or less when there are many."""
    room = CLOSING_FIRST - MIN_PRIORITY
    if len(fresh) > room:
        raise BadRuleSet(f"{len(fresh):,} rules do not fit in one NSG.", "Turn the dial towards simple.")
    step = max(1, min(STEP, room // max(len(fresh), 1)))
    return {rule.name: MIN_PRIORITY + step * place for place, rule in enumerate(fresh)}


def _fits(priority: int, rule: Wanted) -> bool:
    return max(rule.after, MIN_PRIORITY - 1) < priority < min(rule.before, CLOSING_FIRST)


def _between_neighbours(rule: Wanted, given: Mapping[str, int], used: set[int], strict: bool) -> int:
    """A free number near the rules that stand beside it by name; without room after `after`, one before `before`."""
    ordered = sorted(given)
    place = bisect.bisect(ordered, rule.name)
    below = given[ordered[place - 1]] if place else MIN_PRIORITY - STEP
    above = given[ordered[place]] if place < len(ordered) else 0
    start = (below + above) // 2 if above > below + 1 else below + STEP
    limit = min(rule.before, CLOSING_FIRST)
    lowest_after = max(rule.after + 1, MIN_PRIORITY)
    for lowest in (lowest_after,) if strict else (lowest_after, MIN_PRIORITY):
        for priority in _near(start, lowest, limit):
            if priority not in used:
                return priority
    raise BadRuleSet(
        f"There is no free priority before {limit} for rule '{rule.name}'.",
        "Turn the dial towards simple, or remove rules of the NSG that are not needed.",
    )


def _near(start: int, lowest: int, limit: int) -> Iterator[int]:
    """All numbers from `lowest` to below `limit`: from `start` upwards first, then downwards."""
    start = max(lowest, min(start, limit - 1))
    yield from range(start, limit)
    yield from range(start - 1, lowest - 1, -1)
