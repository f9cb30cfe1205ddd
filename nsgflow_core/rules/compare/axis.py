"""One side of many rules as runs of addresses: all rules treat the addresses of a run alike.

A rule set has few different sides, so each is one row of bits over the runs, and the runs that a few rules tell apart
(`classes`) are found from the places where those rows change. Names whose addresses are not known stay open: such an
address has several *ways* things may be, one for each set of at most two open names that hold it (more never change
which rule is met first in either of two rule sets, since each is met by one name).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import VIRTUAL_NETWORK
from nsgflow_core.rules.decide.address_space import AddressSpace, OpenName, Reach
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.example_address import Usual, example_address
from nsgflow_core.words.sets.spans import IPV4, LAST_ADDRESS, NOTHING, Spans, holds

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
SideKey = tuple[tuple[str, ...], tuple[str, ...], int]
"""Terms and application security groups of one side of a rule, and the number of the space that says what they hold."""


@dataclass(frozen=True)
class Ways:
    """The addresses that some sides tell apart, in each way things may be: one row each.

    `member[s, row]` says whether side `s` holds it. Rows of one class (`class_of`) are the same addresses: `first` is
    one of them, `size` how many there are. `inside` are the open names that hold them in that way, `maybe` all that
    possibly do. `away`: none of them is guarded, where it is known what is.
    """

    member: Bools
    class_of: Ints
    first: list[int]
    size: NDArray[np.float64]
    inside: list[frozenset[OpenName]]
    maybe: list[frozenset[OpenName]]
    away: Bools

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def starts(self) -> Ints:
        """The first row of each class: the way in which no open name holds it."""
        return np.flatnonzero(np.diff(self.class_of, prepend=-1)).astype(np.int64)

    @cached_property
    def rows_of(self) -> list[Ints]:
        """The rows that each side holds, ascending."""
        return [np.flatnonzero(held) for held in self.member]

    @cached_property
    def conditions(self) -> Ints:
        """How many unknown names have a say in each row."""
        return np.array([len(maybe) for maybe in self.maybe], dtype=np.int64)

    @property
    def is_settled(self) -> bool:
        """True when no name is unknown, so that each class is one row."""
        return len(self.starts) == len(self)


MOST_KEPT = 64
"""So many sets of sides are kept with what they tell apart."""
AWAY = len(Usual.NEAR.value) + 1
"""So much less usual than any other is an address that is not guarded."""


class Axis:
    """The runs of all sides of one end; the near one is the NSG's own, which guards the addresses of `own` there."""

    def __init__(
        self, spaces: Sequence[AddressSpace], sides: Sequence[SideKey], *, is_near: bool = False, own: Spans = NOTHING
    ) -> None:
        self._usual, self._own = Usual.NEAR if is_near else Usual.FAR, own
        self._apart = {
            frozenset(OpenName.tag(tag, place) for tag in (VIRTUAL_NETWORK, INTERNET)) for place in range(len(spaces))
        }
        self._reaches: dict[OpenName, Reach] = {}
        for terms, asgs, place in dict.fromkeys(sides):
            for term in terms:
                if (name := OpenName.tag(term, place)) not in self._reaches:
                    self._reaches[name] = spaces[place].term(term)
            self._reaches |= {OpenName.asg(asg): spaces[place].asg(asg) for asg in asgs}
        known = [edge for first, last in (*IPV4, *own) for edge in (first, last + 1)]
        edges = {0, *(edge for edge in known if edge <= LAST_ADDRESS)}
        for reach in self._reaches.values():
            for spans in (reach.sure, reach.possible):
                edges.update(edge for first, last in spans for edge in (first, last + 1) if edge <= LAST_ADDRESS)
        self.starts = sorted(edges)
        self._v4 = (bisect_left(self.starts, IPV4[0][0]), bisect_left(self.starts, IPV4[0][1] + 1))
        ends = [*self.starts[1:], LAST_ADDRESS + 1]
        self._sizes = np.array([float(end - start) for start, end in zip(self.starts, ends, strict=True)])
        self._open = {name for name, reach in self._reaches.items() if reach.sure != reach.possible}
        self._rows: dict[OpenName, Bools] = {}
        self._asked: dict[tuple[tuple[SideKey, ...], bool], Ways] = {}
        self._sides: dict[SideKey, tuple[Bools, frozenset[OpenName], Ints]] = {}

    def classes(self, sides: Sequence[SideKey], is_v4: bool) -> Ways:
        """What these sides tell apart among the addresses of one family; the same few sides are asked for often."""
        asked = (tuple(sides), is_v4)
        if asked not in self._asked:
            if len(self._asked) >= MOST_KEPT:
                self._asked.clear()
            self._asked[asked] = self._classes(sides, is_v4)
        return self._asked[asked]

    def _classes(self, sides: Sequence[SideKey], is_v4: bool) -> Ways:
        held = [self._side(side) for side in sides]
        names = sorted(frozenset[OpenName]().union(*(names for _, names, _ in held)))
        unsure = [self._maybe(name) for name in names]
        edges = np.unique(
            np.concatenate([(0, *self._v4), *(e for _, _, e in held), *(_changes(row) for row in unsure)])
        )
        in_v4 = (edges >= self._v4[0]) & (edges < self._v4[1])
        sizes_of = np.add.reduceat(self._sizes, edges)[in_v4 == is_v4]
        usual_of = np.minimum.reduceat(self._by_use, edges)[in_v4 == is_v4]
        edges = edges[in_v4 == is_v4]
        bits = np.array([row[edges] for row in (*(sure for sure, _, _ in held), *unsure)], dtype=np.bool_)
        groups, group_of = distinct_columns(bits)
        sizes = np.bincount(group_of, weights=sizes_of, minlength=len(groups)).astype(np.float64)
        usual = usual_of[groups]
        np.minimum.at(usual, group_of, usual_of)
        return self._in_every_way(bits[:, groups], usual, sizes, names, [names for _, names, _ in held])

    def holds_some(self, side: SideKey, is_v4: bool) -> bool:
        """True when a side possibly holds an address of a family."""
        sure, names, _ = self._side(side)
        rows = [sure, *(self._maybe(name) for name in names)]
        first, after = self._v4
        return any(row[first:after].any() if is_v4 else row[:first].any() or row[after:].any() for row in rows)

    def _in_every_way(
        self,
        bits: Bools,
        usual: Ints,
        sizes: NDArray[np.float64],
        names: list[OpenName],
        open_in: list[frozenset[OpenName]],
    ) -> Ways:
        sides, runs = len(open_in), usual % len(self.starts)
        ways: list[tuple[int, frozenset[OpenName], frozenset[OpenName]]] = []
        for place in range(len(runs)):
            maybe = frozenset(name for name, bit in zip(names, bits[sides:, place], strict=True) if bit)
            ways += [(place, inside, maybe) for inside in self._worlds(maybe)]
        class_of = np.array([place for place, _, _ in ways], dtype=np.int64)
        member = bits[:sides, class_of]
        for row, (_, inside, _) in enumerate(ways):
            if inside:
                member[:, row] |= [bool(inside & names) for names in open_in]
        return Ways(
            member,
            class_of,
            [self._example(int(runs[place])) for place, _, _ in ways],
            sizes[class_of],
            [inside for _, inside, _ in ways],
            [maybe for _, _, maybe in ways],
            usual[class_of] >= AWAY * len(self.starts),
        )

    def _worlds(self, maybe: frozenset[OpenName]) -> list[frozenset[OpenName]]:
        """The ways things may be; VirtualNetwork and Internet of one place exclude each other."""
        names = sorted(maybe)
        pairs = (pair for pair in map(frozenset, combinations(names, 2)) if pair not in self._apart)
        return [frozenset(), *(frozenset({name}) for name in names), *pairs]

    @cached_property
    def _by_use(self) -> Ints:
        """Of each run a number that is the lower the more its addresses are those of an end; its place is the rest."""
        ranks = [self._use(run)[0] for run in range(len(self.starts))]
        return np.array(ranks, dtype=np.int64) * len(self.starts) + np.arange(len(self.starts))

    def _example(self, run: int) -> int:
        """An address of a run: nobody has 0.0.0.0 or ::, and the near end has a private one where it can."""
        return self._use(run)[1]

    def _use(self, run: int) -> tuple[int, int]:
        """How far from usual the addresses of a run are for this end, 0 for the most usual, and one of these."""
        first, last = self.starts[run], [*self.starts[run + 1 : run + 2], LAST_ADDRESS + 1][0] - 1
        rank, address = example_address(first, last, self._usual)
        return rank + (AWAY if self._own and not holds(self._own, first) else 0), address

    def _side(self, side: SideKey) -> tuple[Bools, frozenset[OpenName], Ints]:
        """The runs that a side surely holds, its open names, and where the runs change."""
        if side not in self._sides:
            names = OpenName.of_side(*side)
            sure = self._row(names)
            self._sides[side] = (sure, frozenset(names) & self._open, _changes(sure))
        return self._sides[side]

    def _maybe(self, name: OpenName) -> Bools:
        """The runs of which it is not known whether a name holds them."""
        if name not in self._rows:
            possible = self._steps(self._reaches[name].possible)
            self._rows[name] = (np.cumsum(possible[:-1]) > 0) & ~self._row([name])
        return self._rows[name]

    def _row(self, names: Sequence[OpenName]) -> Bools:
        """The runs that some of these names surely hold."""
        spans = [span for name in names for span in self._reaches[name].sure]
        held: Bools = np.cumsum(self._steps(spans)[:-1]) > 0
        return held

    def _steps(self, spans: Sequence[tuple[int, int]]) -> Ints:
        """At each run how many spans begin less how many have ended."""
        place, size = self._place, len(self.starts) + 1
        begin, ended = (
            np.array(each, dtype=np.int64)
            for each in ([place[first] for first, _ in spans], [place[last + 1] for _, last in spans])
        )
        steps: Ints = np.bincount(begin, minlength=size) - np.bincount(ended, minlength=size)
        return steps

    @cached_property
    def _place(self) -> dict[int, int]:
        return {start: number for number, start in enumerate([*self.starts, LAST_ADDRESS + 1])}


def _changes(row: Bools) -> Ints:
    """The places where a row of bits changes, each the first of its new value."""
    return np.flatnonzero(row[1:] != row[:-1]).astype(np.int64) + 1


def distinct_columns(bits: Bools) -> tuple[Ints, Ints]:
    """One place of each different column, and which of them each column is."""
    packed = np.ascontiguousarray(np.packbits(bits, axis=0).T)
    if packed.shape[1] <= 8:  # as numbers, which sort ten times as fast
        packed = np.pad(packed, ((0, 0), (0, 8 - packed.shape[1])))
        keys: NDArray[Any] = np.ascontiguousarray(packed).view(np.uint64).ravel()
    else:
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, group_of = np.unique(keys, return_index=True, return_inverse=True)
    return first.astype(np.int64), group_of.astype(np.int64)
