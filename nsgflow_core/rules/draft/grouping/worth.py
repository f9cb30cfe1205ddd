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
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers

ALWAYS_NEW, OF_PAIRS = 0.35, 10
"""Every service of so many pairs counts as having so many of one day more: none is all known after some days."""
NEARLY_ALL = 0.25
"""A quarter as many pairs as a service saw, or the whole draft, are opened beside them, for fewer and simpler rules."""
WHATEVER_IS_NEW = 1_000_000_000
"""So many unseen pairs for a new one that none is too many."""
Mask = NDArray[np.bool_]


class Stands(NamedTuple):
    """What stands for one side of each flow, as a number, and how many seen hosts it holds."""

    unit: Codes
    hosts: Codes


@dataclass(frozen=True)
class WideAndOwn:
    """Both sides of each flow as wide as they may be, and as narrow as they were seen."""

    wide: tuple[Stands, Stands]
    own: tuple[Stands, Stands]

    def taken(self, rows: Codes) -> WideAndOwn:
        """The same of some flows."""
        pairs = [tuple(Stands(s.unit[rows], s.hosts[rows]) for s in pair) for pair in (self.wide, self.own)]
        return WideAndOwn((pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1]))


def worth_it(
    sides: WideAndOwn, ports: Codes, counted: Mask, on_one_day: Mask, per_new: float, of_draft: int
) -> tuple[Mask, Mask]:
    """Of each flow, whether its source and its destination stay wide.

    Both, else the destinations of each source host, else the sources of each destination host, else neither: the first
    of these that opens no more than `per_new` unseen pairs for each of its pairs that met on one day alone. The others
    share what a whole service may open by the pairs seen. Then both of more services, those that pay most first, while
    all that is opened stays below NEARLY_ALL of the `of_draft` pairs that the draft saw: where whatever half did opens
    no more, nothing is narrowed.
    """
    service = group_numbers(*(side.unit for side in sides.wide), ports, in_order=False)
    whole = _Priced.of(sides.wide, service, _sum(service, counted), counted, on_one_day)
    pays = whole.pays(per_new)
    wide, opened = (pays.copy(), pays.copy()), np.where(pays, whole.unseen, 0)[first_of_each(service)]
    left = np.flatnonzero(~pays)
    if not len(left):
        return wide
    rest = sides.taken(left)
    for side, tried in ((1, (rest.own[0], rest.wide[1])), (0, (rest.wide[0], rest.own[1]))):
        part = group_numbers(*(each.unit for each in tried), ports[left], in_order=False)
        priced = _Priced.of(tried, part, whole.pairs[left], counted[left], on_one_day[left])
        paid = priced.pays(per_new) & ~(wide[0][left] | wide[1][left])
        wide[side][left[paid]] = True
        firsts = first_of_each(part)
        np.add.at(opened, service[left[firsts]], np.where(_any(part, paid), priced.unseen, 0)[firsts])
    more = _affordable(whole, service, opened, NEARLY_ALL * of_draft * (per_new > 0))[service]
    return wide[0] | more, wide[1] | more


def _affordable(whole: _Priced, service: Codes, opened: Codes, spare: float) -> Mask:
    """Which services may be opened whole besides, of those that are not: the most new pairs for the least unseen."""
    firsts = first_of_each(service)
    dearer = np.maximum(whole.unseen[firsts] - opened, 0)
    order = np.argsort(dearer / whole.new[firsts], kind="stable")
    found = np.zeros(len(firsts), dtype=np.bool_)
    found[order] = np.cumsum(dearer[order]) <= spare - opened.sum()
    return found


class _Priced(NamedTuple):
    """Of each flow's service: its pairs, how many nobody saw, and how many new ones are to come."""

    pairs: Codes
    unseen: Codes
    new: NDArray[np.float64]

    @classmethod
    def of(cls, sides: tuple[Stands, Stands], service: Codes, whole: Codes, counted: Mask, on_one_day: Mask) -> _Priced:
        """`whole` is the number of pairs of what the service is a part of."""
        pairs = _sum(service, counted)
        new = _sum(service, counted & on_one_day) + ALWAYS_NEW * pairs / np.maximum(whole, OF_PAIRS)
        return cls(pairs, sides[0].hosts * sides[1].hosts - pairs, new)

    def pays(self, per_new: float) -> Mask:
        """Where what is opened unseen is no more than what its new pairs pay for."""
        found: Mask = self.unseen <= per_new * self.new + NEARLY_ALL * self.pairs
        return found


def _any(service: Codes, mask: Mask) -> Mask:
    """Where some flow of each flow's service is in the mask."""
    found: Mask = _sum(service, mask) > 0
    return found


def _sum(service: Codes, mask: Mask) -> Codes:
    """How many flows of each flow's service are in the mask: each is a pair."""
    found: Codes = np.bincount(service[mask], minlength=int(service.max(initial=-1)) + 1)[service]
    return found
