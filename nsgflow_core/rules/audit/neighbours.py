"""Which rules can meet which: nothing else has to be compared when a rule is searched for what other rules take."""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.words.sets.bit_sets import members_of

MOST_BITS = 500_000
"""Where sets hold more than this together, it takes as long to tell which share a member as to compare them."""


def sharing(sets: Sequence[int]) -> list[int]:
    """Of each set of numbers (as bits), the places of the sets that share one with it (as bits).

    Where that would take too long, all places: whoever asks compares them anyway.
    """
    users: dict[int, int] = {}
    for place, each in enumerate(sets):
        users[each] = users.get(each, 0) | 1 << place
    if sum(each.bit_count() for each in users) > MOST_BITS:
        return [(1 << len(sets)) - 1] * len(sets)
    members = {each: members_of(each) for each in users}
    holders: dict[int, int] = {}
    for each, held in members.items():
        for member in held:
            holders[member] = holders.get(member, 0) | users[each]
    found: dict[int, int] = {}
    for each, held in members.items():
        shared = 0
        for member in held:
            shared |= holders[member]
        found[each] = shared
    return [found[each] for each in sets]


def neighbours(sides: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each rule the places of those that may meet it, itself among them, ascending; a side holds a set a rule."""
    met: list[int] | None = None
    for sets in sides:
        shared = sharing(sets)
        met = shared if met is None else [one & other for one, other in zip(met, shared, strict=True)]
    return [members_of(each) for each in met or ()]
