"""Where drafted rules stand beside what the NSG has: the denies that stay, and the priorities that are taken.

A drafted rule stands ahead of the deny that would catch its flows and behind all others, closing rules behind all
drafted ones. A draft is never refused for want of a number while something can move: drafted rules are numbered anew,
with the numbers of the allow rules that go, and the denies that stay move, in their order and no further than needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, MAX_PRIORITY, MIN_PRIORITY, Access, Rule, RuleSet
from nsgflow_core.rules.draft.placing.closing import Standing
from nsgflow_core.rules.draft.placing.priorities import (
    CLOSES,
    CLOSING_FIRST,
    FIXED,
    STAYS,
    STEP,
    Post,
    number_between,
    post_numbers,
)
from nsgflow_core.rules.special.owned import owner_of
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Placing:
    """The priorities of drafted and closing rules by name, and the rules that stay, with the numbers they get."""

    priorities: dict[str, int]
    denies: tuple[Rule, ...]
    """The denies that stay, and the allow rules that do."""
    moved: tuple[Rule, ...] = ()
    """Those that had to move."""

    @property
    def denies_that_stay(self) -> tuple[Rule, ...]:
        """The denies alone of what stays."""
        return tuple(rule for rule in self.denies if rule.access is Access.DENY)


def place(
    ahead_of: Mapping[str, str],
    existing: RuleSet | None,
    direction: Direction,
    beside: Standing,
    probes_ahead_of: str = "",
) -> Placing:
    """The priority of each drafted rule and of the closing rules, and the denies that stay.

    `ahead_of` tells by a drafted rule's name which of the denies it stands ahead of ("": behind all that stay);
    `probes_ahead_of` the same of the load balancer probes that were seen. Raises BadRuleSet when there is no room.
    """
    own = () if existing is None else tuple(r for r in existing.towards(direction) if not r.is_default)
    kept = {rule.name.casefold(): rule.priority for rule in own if rule.access is Access.ALLOW}
    names = {name.casefold() for name in (*ahead_of, *(rule.name for rule in beside.closing))}
    posts = frozenset(beside.posts)
    leaving = {rule.priority for rule in own if rule not in posts and rule.name.casefold() not in names}
    taken = {number for towards, number in existing.unread_places if towards is direction} if existing else set()
    taken -= {rule.priority for rule in own}
    every = [number for number in range(MIN_PRIORITY, MAX_PRIORITY + 1) if number not in taken]
    around = [number for number in every if number not in leaving]
    best: Placing | None = None
    why = BadRuleSet("There is no room.", "")
    for order in _orders(ahead_of, beside, probes_ahead_of):
        for free in (around, every):
            try:
                found = _numbered(order, kept, free)
            except BadRuleSet as error:
                why = error
                continue
            if not found.moved:
                return found
            best = found if best is None or len(found.moved) < len(best.moved) else best
    if best is None:
        raise why
    return best


@dataclass(frozen=True, slots=True)
class _Order:
    """What must stand in which order: the names of segment n, then post n; the last segment has no post behind it."""

    segments: list[list[str]]
    posts: list[Rule]
    closing: frozenset[str]
    """The names of those posts that are closing rules."""


def _orders(ahead_of: Mapping[str, str], beside: Standing, probes_ahead_of: str) -> Iterator[_Order]:
    """The orders to try: closing rules stand behind all drafted ones, and else as their numbers say, last, or first."""
    posts = beside.posts
    places = {post.name: at for at, post in reversed(list(enumerate(posts)))}
    segments: list[list[str]] = [[] for _ in range(len(posts) + 1)]
    for name, deny in ahead_of.items():
        segments[places.get(deny, len(posts))].append(name)
    closing = list(beside.closing)
    first = min((rule.priority for rule in closing), default=CLOSING_FIRST)
    earliest = max((at for at, segment in enumerate(segments) if segment), default=0)
    as_numbered = max(earliest, bisect_left([post.priority for post in posts], first))
    probing = [rule for rule in closing if rule.sources == (AZURE_LOAD_BALANCER,)]
    if probing and places.get(probes_ahead_of, as_numbered) < as_numbered:
        segments[places[probes_ahead_of]].append(probing[0].name)
        closing.remove(probing[0])
        earliest = max(earliest, places[probes_ahead_of])
    for at in dict.fromkeys((as_numbered, len(posts), earliest)):
        yield _Order(
            [*segments[: at + 1], *([] for _ in closing), *segments[at + 1 :]],
            [*posts[:at], *closing, *posts[at:]],
            frozenset(rule.name for rule in closing),
        )


def _cost(rule: Rule, order: _Order) -> int:
    if rule.name in order.closing:
        return CLOSES
    return FIXED if owner_of(rule.name) else STAYS


def _numbered(order: _Order, kept: Mapping[str, int], free: Sequence[int]) -> Placing:
    """The numbers of all, out of the ascending free ones. Raises BadRuleSet when there is no room."""
    posts = [
        Post(rule.priority, _cost(rule, order), len(segment))
        for rule, segment in zip(order.posts, order.segments, strict=False)
    ]
    numbers = post_numbers(posts, len(order.segments[-1]), free)
    given = {rule.name: number for rule, number in zip(order.posts, numbers, strict=True) if rule.name in order.closing}
    ends = [*numbers, MAX_PRIORITY + 1]
    if order.segments[-1] and bisect_left(free, CLOSING_FIRST) - bisect_right(free, [0, *numbers][-1]) >= len(
        order.segments[-1]
    ):
        ends[-1] = CLOSING_FIRST
    for segment, above, before in zip(order.segments, [MIN_PRIORITY - STEP, *numbers], ends, strict=True):
        room = free[bisect_right(free, above) : bisect_left(free, before)]
        given |= number_between(segment, kept, room, above)
    denies = [
        replace(rule, priority=number)
        for rule, number in zip(order.posts, numbers, strict=True)
        if rule.name not in order.closing
    ]
    before_moving = [rule for rule in order.posts if rule.name not in order.closing]
    moved = tuple(new for new, old in zip(denies, before_moving, strict=True) if new != old)
    return Placing(given, tuple(denies), moved)
