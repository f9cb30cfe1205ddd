"""Priorities from 100 to 4096, each once a direction, that stay what they are from one draft to the next.

*Posts* are what the NSG has and keeps, and the closing rules, in the order in which they must stand; between two of
them stand drafted rules. First the posts get their numbers: as many as can stay where they are do, and the others move
no further than the rules between them need. Then each drafted rule keeps its number, or takes a free one near its
neighbours by name, so that one more service renumbers nothing.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.words.numbers import counted

CLOSING_FIRST = 4_000
"""From here up stand the load balancer and ICMP allows and the closing denies, where that is free."""
STEP = 10
FIXED, STAYS, CLOSES = 1_000_000_000, 1_000_000, 1
"""What it costs to move a rule that a service writes, another one that the NSG has, and a closing one."""


@dataclass(frozen=True, slots=True)
class Post:
    """A rule with a number that it would rather keep, what moving it costs, and how many rules stand right ahead."""

    number: int
    cost: int
    ahead: int


def post_numbers(posts: Sequence[Post], behind: int, free: Sequence[int]) -> list[int]:
    """The numbers of posts in order, out of the ascending `free` ones, with room ahead of each and `behind` the last.

    As few as possible leave their numbers. Raises BadRuleSet when there is no room for all.
    """
    needed = len(posts) + behind + sum(post.ahead for post in posts)
    if needed > len(free):
        raise BadRuleSet(
            f"{counted(needed, 'rule')} of one direction need {needed:,} priorities, and {len(free):,} are free.",
            "Turn the dial towards simple, or remove rules of the NSG that are not needed.",
        )
    places, at = [], -1
    for post in posts:
        at += post.ahead + 1
        places.append(at)
    slack = len(free) - needed
    shifts = [bisect.bisect_left(free, post.number) - place for post, place in zip(posts, places, strict=True)]
    can_stay = [
        0 <= shift <= slack and free[shift + place] == post.number
        for post, place, shift in zip(posts, places, shifts, strict=True)
    ]
    stays = _cheapest(posts, shifts, can_stay)
    numbers, lowest = [], 0
    limits = _limits(shifts, stays, slack)
    for place, shift, limit in zip(places, shifts, limits, strict=True):
        lowest = max(lowest, min(shift, limit))
        numbers.append(free[place + lowest])
    return numbers


def _limits(shifts: Sequence[int], stays: Sequence[bool], slack: int) -> list[int]:
    """How far up each post may move: to the next one that stays."""
    limits, limit = [], slack
    for shift, stay in zip(reversed(shifts), reversed(stays), strict=True):
        limit = min(limit, shift) if stay else limit
        limits.append(limit)
    return limits[::-1]


def _cheapest(posts: Sequence[Post], shifts: Sequence[int], can_stay: Sequence[bool]) -> list[bool]:
    """Which posts stay: the dearest of the chains in which no shift is less than the one before it."""
    tops: list[tuple[int, int, int]] = []  # (shift, cost of the chain, its last post), both ascending
    before = [-1] * len(posts)
    for at, (post, shift) in enumerate(zip(posts, shifts, strict=True)):
        if not can_stay[at]:
            continue
        place = bisect.bisect_right(tops, shift, key=lambda top: top[0])
        cost = post.cost
        if place:
            before[at], cost = tops[place - 1][2], tops[place - 1][1] + post.cost
        end = place
        while end < len(tops) and tops[end][1] <= cost:
            end += 1
        start = place - 1 if place and tops[place - 1][0] == shift else place
        tops[start:end] = [(shift, cost, at)]
    stays, last = [False] * len(posts), tops[-1][2] if tops else -1
    while last >= 0:
        stays[last], last = True, before[last]
    return stays


def number_between(names: Sequence[str], kept: Mapping[str, int], free: Sequence[int], above: int) -> dict[str, int]:
    """The priorities of rules by name, out of the ascending `free` ones between two posts, which must be enough.

    `kept` are the priorities that rules of these names (in lower case) already have; `above` is the post they stand
    behind, or what takes the place of one.
    """
    room = set(free)
    given: dict[str, int] = {}
    for name in sorted(names):
        number = kept.get(name.casefold())
        if number in room:
            given[name] = number
            room.discard(number)
    fresh = sorted(name for name in names if name not in given)
    if not given and fresh:
        step = max(1, min(STEP, len(free) // len(fresh)))
        ample = bisect.bisect_left(free, above + step)
        first = ample if ample + step * (len(fresh) - 1) < len(free) else 0
        return {name: free[first + step * place] for place, name in enumerate(fresh)}
    for name in fresh:
        given[name] = next(each for each in _near(_beside(name, given, above), free) if each in room)
        room.discard(given[name])
    return given


def _beside(name: str, given: Mapping[str, int], above: int) -> int:
    """Halfway between the rules that stand beside it by name, or a step behind the last."""
    ordered = sorted(given)
    place = bisect.bisect(ordered, name)
    below = given[ordered[place - 1]] if place else above
    after = given[ordered[place]] if place < len(ordered) else 0
    return (below + after) // 2 if after > below + 1 else below + STEP


def _near(start: int, free: Sequence[int]) -> Iterator[int]:
    """The free numbers from `start` upwards, then those below it downwards."""
    place = bisect.bisect_left(free, min(max(start, free[0]), free[-1]))
    yield from free[place:]
    yield from reversed(free[:place])
