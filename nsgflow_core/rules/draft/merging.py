"""Joining openings that differ in one side only, so that a few augmented rules admit exactly what many did.

An opening is sources x destinations x ports (one protocol, one `apart` class). Two with two equal sides join into one
whose third side is the union; nothing unseen is opened by that, whatever the sides are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import group_numbers

SOURCES, DESTINATIONS, PORTS = 0, 1, 2
ORDERS = tuple(permutations((PORTS, SOURCES, DESTINATIONS)))
"""In which order sides are joined; the first that gives the fewest openings is taken, so ports before sources."""
FULL_SEARCH = 20_000
"""Above this many openings only the first order is tried: the others rarely win and each costs many sorts."""


class SetTable:
    """Sets of codes, each with a number: equal sets have equal numbers."""

    def __init__(self) -> None:
        self.sets: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}

    def number(self, members: tuple[int, ...]) -> int:
        """The number of a set, given as its sorted members."""
        known = self._numbers.get(members)
        if known is None:
            known = self._numbers[members] = len(self.sets)
            self.sets.append(members)
        return known

    def union(self, numbers: Sequence[int]) -> int:
        """The number of the union of several sets."""
        return self.number(tuple(sorted({member for number in numbers for member in self.sets[number]})))

    def singles(self, codes: Codes) -> Codes:
        """The numbers of the one-member sets of these codes."""
        distinct = np.flatnonzero(np.bincount(codes))
        numbers = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
        numbers[distinct] = [self.number((code,)) for code in distinct.tolist()]
        return numbers[codes]


@dataclass(frozen=True)
class OpeningColumns:
    """Openings as columns: class, and a set number per side; `member` maps each first one to the one that holds it."""

    apart: Codes
    sides: tuple[Codes, Codes, Codes]
    member: Codes

    def __len__(self) -> int:
        return len(self.apart)


def join(
    openings: OpeningColumns, tables: tuple[SetTable, SetTable, SetTable], alone: tuple[frozenset[int], ...]
) -> OpeningColumns:
    """The same space in as few openings as joining one side at a time finds.

    `alone` holds, per side, the set numbers that join nothing else: a service tag stands by itself on its side.
    """
    orders = ORDERS if len(openings) <= FULL_SEARCH else ORDERS[:1]
    best: OpeningColumns | None = None
    for order in orders:
        tried = _join_until_still(openings, tables, alone, order)
        if best is None or len(tried) < len(best):
            best = tried
    return openings if best is None else best


def _join_until_still(
    openings: OpeningColumns,
    tables: tuple[SetTable, SetTable, SetTable],
    alone: tuple[frozenset[int], ...],
    order: Sequence[int],
) -> OpeningColumns:
    while True:
        before = len(openings)
        for side in order:
            openings = _join_side(openings, tables[side], alone[side], side)
        if len(openings) == before:
            return openings


def _join_side(openings: OpeningColumns, table: SetTable, alone: frozenset[int], side: int) -> OpeningColumns:
    """One pass: openings equal in class and in the two other sides become one."""
    if not len(openings):
        return openings
    mine = openings.sides[side]
    others = [openings.sides[other] for other in (SOURCES, DESTINATIONS, PORTS) if other != side]
    tagged = np.where(np.isin(mine, list(alone)), mine + 1, 0)
    group_of = group_numbers(openings.apart, *others, tagged)
    order = np.lexsort((mine, group_of))
    starts = np.flatnonzero(np.r_[True, np.diff(group_of[order]) != 0])
    ends = np.r_[starts[1:], len(order)]
    joined = mine[order][starts]
    for group in np.flatnonzero(ends - starts > 1):
        joined[group] = table.union(mine[order[starts[group] : ends[group]]].tolist())
    first = order[starts]
    sides = tuple(joined if s == side else openings.sides[s][first] for s in (SOURCES, DESTINATIONS, PORTS))
    return OpeningColumns(openings.apart[first], (sides[0], sides[1], sides[2]), group_of[openings.member])
