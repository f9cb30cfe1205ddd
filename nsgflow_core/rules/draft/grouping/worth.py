"""Whether it is worth to open pairs that nobody saw: where new pairs keep coming, or where few are left.

That half of a group did the same does not say that any of them will ever meet another server than its own. Pairs that
met on one day alone do: on the day after, about as many new ones will come, for each day of the window, as there are
such pairs (Good 1953, "The population frequencies of species"; with days as samples, Chao and Colwell 2017). Where all
pairs came again and again, next to nothing new will come, and what was seen is all that is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import group_numbers

ALWAYS_NEW, OF_PAIRS = 0.35, 10
"""Every service of so many pairs counts as having so many of one day more: none is all known after some days."""
NEARLY_ALL = 0.25
"""A quarter as many pairs as were seen are always opened beside them, for fewer and simpler rules."""
WHATEVER_IS_NEW = 1_000_000_000
"""So many unseen pairs for a new one that none is too many."""
Mask = NDArray[np.bool_]


class Stands(NamedTuple):
    """What stands for one side of each flow, as a number, and how many seen hosts it holds."""

    unit: Codes
    hosts: Codes


@dataclass(frozen=True)
class Sides:
    """Both sides of each flow as wide as they may be, and as narrow as they were seen."""

    wide: tuple[Stands, Stands]
    own: tuple[Stands, Stands]

    def taken(self, rows: Codes) -> Sides:
        """The same of some flows."""
        pairs = [tuple(Stands(s.unit[rows], s.hosts[rows]) for s in pair) for pair in (self.wide, self.own)]
        return Sides((pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1]))


def worth_it(sides: Sides, ports: Codes, counted: Mask, on_one_day: Mask, per_new: float) -> tuple[Mask, Mask]:
    """Of each flow, whether its source and its destination stay wide.

    Both, else the destinations of each source host, else the sources of each destination host, else neither: the first
    of these that opens no more than `per_new` unseen pairs for each of its pairs that met on one day alone. The others
    share what a whole service may open by the pairs seen.
    """
    source, destination = sides.wide
    service = group_numbers(source.unit, destination.unit, ports, in_order=False)
    pairs = _sum(service, counted)
    keeps = _pays((source, destination), service, pairs, pairs, counted, on_one_day, per_new)
    wide = keeps.copy(), keeps.copy()
    left = np.flatnonzero(~keeps)
    if len(left):
        rest, whole = sides.taken(left), pairs[left]
        for side, tried in ((1, (rest.own[0], rest.wide[1])), (0, (rest.wide[0], rest.own[1]))):
            part = group_numbers(tried[0].unit, tried[1].unit, ports[left], in_order=False)
            some = _sum(part, counted[left])
            pays = _pays(tried, part, some, whole, counted[left], on_one_day[left], per_new)
            pays &= ~(wide[0][left] | wide[1][left])
            wide[side][left[pays]] = True
    return wide


def _pays(
    sides: tuple[Stands, Stands], service: Codes, pairs: Codes, whole: Codes, counted: Mask, on_one_day: Mask,
    per_new: float,
) -> Mask:  # fmt: skip
    """Where what is opened unseen is no more than what its pairs pay for; `whole` is the service's number of pairs."""
    new = _sum(service, counted & on_one_day) + ALWAYS_NEW * pairs / np.maximum(whole, OF_PAIRS)
    unseen = sides[0].hosts * sides[1].hosts - pairs
    found: Mask = unseen <= per_new * new + NEARLY_ALL * pairs
    return found


def _sum(service: Codes, mask: Mask) -> Codes:
    """How many flows of each flow's service are in the mask: each is a pair."""
    found: Codes = np.bincount(service[mask], minlength=int(service.max(initial=-1)) + 1)[service]
    return found
