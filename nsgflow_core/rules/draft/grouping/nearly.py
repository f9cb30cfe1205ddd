"""Openings of one service that nearly are one: joined where that opens few pairs that nobody saw, for fewer rules.

Two hosts that each use a service of another server are two rules; as one, two pairs more are open, between hosts that
use or serve that very port already. Those that cost the fewest come first, and all of them together stay below a small
share of what the draft saw. Exact joins are done before (`merging.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

import numpy as np

from nsgflow_core.rules.draft.merging import DESTINATIONS, PORTS, SOURCES, OpeningColumns, SetTable
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import group_numbers

SPARE = 0.05
"""Of the pairs that a draft saw: so many unseen ones are opened for fewer rules."""
MOST_OF_ONE = 64
"""A service of more openings than this is left as it is: every two of them are held against each other."""


@dataclass(frozen=True)
class OpeningSides:
    """The codes of both sides of an opening, and how many seen hosts each code stands for."""

    sources: frozenset[int]
    destinations: frozenset[int]
    hosts: tuple[Codes, Codes]

    @property
    def pairs(self) -> int:
        """How many pairs of hosts it holds."""
        sides = zip((self.sources, self.destinations), self.hosts, strict=True)
        return int(np.prod([hosts[list(side)].sum() for side, hosts in sides]))

    def with_(self, other: OpeningSides) -> OpeningSides:
        """Both multiplied out."""
        return OpeningSides(self.sources | other.sources, self.destinations | other.destinations, self.hosts)


def join_nearly(
    openings: OpeningColumns,
    tables: tuple[SetTable, SetTable, SetTable],
    hosts: tuple[Codes, Codes],
    services: Codes,
    spare: float,
) -> OpeningColumns:
    """The openings with those joined that may, up to `spare` unseen pairs of hosts, the cheapest first.

    `services`: only openings of one number are joined, of the same class and ports, and those of -1 never. `hosts`: how
    many seen hosts each code of the sources and of the destinations stands for.
    """
    held = _sides(openings, tables, hosts)
    joined = dict(enumerate(held))
    into = list(range(len(held)))
    several = [set(each) for each in _of_one(openings, services) if 1 < len(each) <= MOST_OF_ONE]
    service_of = {at: each for each in several for at in each}
    waiting = [(cost, one, other) for each in several for cost, one, other in _costs(joined, sorted(each), spare)]
    heapify(waiting)
    while waiting:
        cost, one, other = heappop(waiting)
        if cost > spare:
            break
        if one not in joined or other not in joined:
            continue
        spare -= cost
        made, near = len(into), service_of[one]
        into.append(made)
        into[one] = into[other] = made
        joined[made] = joined.pop(one).with_(joined.pop(other))
        near -= {one, other}
        for each in sorted(near):
            if (dearer := _cost(joined[made], joined[each])) <= spare:
                heappush(waiting, (dearer, each, made))
        near.add(made)
        service_of[made] = near
    return _numbered(openings, tables, joined, into) if len(joined) < len(held) else openings


def _sides(
    openings: OpeningColumns, tables: tuple[SetTable, SetTable, SetTable], hosts: tuple[Codes, Codes]
) -> list[OpeningSides]:
    sources, destinations = (
        [frozenset(tables[side].sets[number]) for number in openings.sides[side].tolist()]
        for side in (SOURCES, DESTINATIONS)
    )
    return [OpeningSides(source, destination, hosts) for source, destination in zip(sources, destinations, strict=True)]


def _of_one(openings: OpeningColumns, services: Codes) -> Iterator[list[int]]:
    """The places of the openings of each service, class and ports."""
    places = np.flatnonzero(services >= 0)
    if not len(places):
        return
    held = (openings.apart, openings.sides[PORTS], services)
    number = group_numbers(*(each[places] for each in held), in_order=False)
    order = np.argsort(number, kind="stable")
    for each in np.split(places[order], np.flatnonzero(np.diff(number[order])) + 1):
        yield each.tolist()


def _costs(held: dict[int, OpeningSides], places: Sequence[int], most: float) -> Iterator[tuple[int, int, int]]:
    for one, other in combinations(places, 2):
        if (cost := _cost(held[one], held[other])) <= most:
            yield cost, one, other


def _cost(one: OpeningSides, other: OpeningSides) -> int:
    """How many pairs two openings, which share none, open as one that they do not open as two."""
    return max(one.with_(other).pairs - one.pairs - other.pairs, 0)


def _numbered(
    openings: OpeningColumns,
    tables: tuple[SetTable, SetTable, SetTable],
    joined: dict[int, OpeningSides],
    into: list[int],
) -> OpeningColumns:
    """The openings that are left, numbered anew in the order of the first of each."""
    last = [_last(into, at) for at in range(len(openings))]
    number = group_numbers(np.array(last, dtype=np.int64), in_order=False)
    _, first = np.unique(number, return_index=True)
    left = [joined[last[at]] for at in first.tolist()]
    sources = [tables[SOURCES].number(tuple(sorted(each.sources))) for each in left]
    destinations = [tables[DESTINATIONS].number(tuple(sorted(each.destinations))) for each in left]
    sides = (np.array(sources, dtype=np.int64), np.array(destinations, dtype=np.int64), openings.sides[PORTS][first])
    return OpeningColumns(openings.apart[first], sides, number[openings.member])


def _last(into: list[int], at: int) -> int:
    while into[at] != at:
        at = into[at]
    return at
