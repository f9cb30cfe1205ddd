"""All packets of one direction, cut into blocks that several lists of rules each treat alike.

A packet is a service (protocol, ports), a source and a destination of one family. For each service the rules that it
can meet are few, so what they tell apart of the addresses is few as well, and the first rule that matches is a table of
sources x destinations. Exact, and equal to asking about each packet: `bench/rules/compare.py` holds it against that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.compare.axis import Axis, Bools, Ints, SideKey, Ways
from nsgflow_core.rules.compare.services import PacketService, packet_services
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.sets.spans import NOTHING, Spans
from nsgflow_core.words.vocabulary import Direction

MOST_CELLS = 4_000_000
"""Sources x destinations that are looked at together."""
MOST_WAYS = 50_000
"""More ways that things may be of one end than anybody waits for."""
NO_RULE = -1
UNMET = 1_000_000
"""More than there are unknown names."""

BlockTable = NDArray[np.int32]


@dataclass(frozen=True)
class Block:
    """Packets of some services in one family: for each list of rules, which one decides each source and destination.

    `decided[n][row, column]` is the place in list `n` of the first rule that matches, NO_RULE for none. `sources` and
    `destinations` are the rows and columns; `rows` says which sources these rows are, whole classes of them.
    """

    services: list[PacketService]
    is_v4: bool
    sources: Ways
    destinations: Ways
    rows: slice
    decided: tuple[BlockTable, ...]

    def always(self, cells: Bools) -> tuple[Ints, Ints]:
        """The rows and columns, one a class, of the packets for which these cells hold in every way things may be."""
        if self.sources.is_settled and self.destinations.is_settled:
            rows, columns = np.nonzero(cells)
            return rows.astype(np.int64), columns.astype(np.int64)
        starts = self.sources.starts
        local = starts[(starts >= self.rows.start) & (starts < self.rows.stop)] - self.rows.start
        held = _in_every_way(_in_every_way(cells, local).T, self.destinations.starts).T
        rows, columns = np.nonzero(held)
        return local[rows], self.destinations.starts[columns]

    def simplest(self, cells: Bools) -> tuple[int, int, bool]:
        """The row (of all sources) and column of one of these cells, and whether it is one in every way things may be.

        Such a one where there is any, and of those the one with the fewest conditions on unknown names.
        """
        rows, columns = self.always(cells)
        is_sure = len(rows) > 0
        if not is_sure:
            rows, columns = np.nonzero(cells)
        at = int(self.conditions(rows, columns).argmin())
        return int(rows[at]) + self.rows.start, int(columns[at]), is_sure

    def conditions(self, rows: Ints, columns: Ints) -> Ints:
        """How many unknown names have a say in each cell, and UNMET more where the NSG guards none of its packets."""
        ends = ((self.sources, rows + self.rows.start), (self.destinations, columns))
        found: Ints = np.sum([ways.conditions[at] + UNMET * ways.away[at] for ways, at in ends], axis=0)
        return found


class RulePartition:
    """The blocks of some lists of rules, each list in the order in which its rules are looked at.

    `spaces`: what names stand for in the rules of each list; `VirtualNetwork` is another in each VNet's NSGs. `own`:
    the addresses that the NSG guards, where that is known: examples are of those where any is.
    """

    def __init__(self, lists: Sequence[Sequence[Rule]], spaces: Sequence[AddressSpace], own: Spans = NOTHING) -> None:
        self.lists = [list(rules) for rules in lists]
        self._rules = [rule for rules in self.lists for rule in rules]
        self._list_of = np.repeat(np.arange(len(self.lists)), [len(rules) for rules in self.lists])
        self._place = np.concatenate([np.arange(len(rules)) for rules in self.lists]).astype(np.int32)
        distinct: list[AddressSpace] = []
        self._keys: list[tuple[SideKey, SideKey]] = []
        for rules, space in zip(self.lists, spaces, strict=True):
            if space not in distinct:
                distinct.append(space)
            place = distinct.index(space)
            self._keys += [
                ((rule.sources, rule.source_asgs, place), (rule.destinations, rule.destination_asgs, place))
                for rule in rules
            ]
        inbound = any(rule.direction is Direction.INBOUND for rule in self._rules)
        self._axes = tuple(
            Axis(distinct, [key[end] for key in self._keys], is_near=is_near, own=own if is_near else NOTHING)
            for end, is_near in ((0, not inbound), (1, inbound))
        )

        self._in_family = [(is_v4, self._meeting(is_v4)) for is_v4 in (True, False)]

    def _meeting(self, is_v4: bool) -> Bools:
        """The rules that packets of a family can meet: both their sides have addresses of it."""
        held = [
            all(axis.holds_some(side, is_v4) for axis, side in zip(self._axes, key, strict=True)) for key in self._keys
        ]
        return np.array(held, dtype=np.bool_)

    def blocks(self, *, only_different: bool = False, met_by: int | None = None) -> Iterator[Block]:
        """Every block; with `only_different` not those of which all lists hold the very same rules, and with `met_by`
        only those that some rule of that list meets.

        Raises BadRuleSet where the rules name more that is not known than can be told apart.
        """
        for met, of_services in packet_services(self._rules):
            for is_v4, in_family in self._in_family:
                places = np.flatnonzero(met & in_family)
                is_met = met_by is None or bool((self._list_of[places] == met_by).any())
                if is_met and not (only_different and self._same(places)):
                    yield from self._blocks(places, of_services, is_v4)

    def _same(self, places: Ints) -> bool:
        """True when all lists have the same rules here, whatever they are called."""
        meanings = [
            [(self._rules[at].access, *self._keys[at]) for at in places[self._list_of[places] == number]]
            for number in range(len(self.lists))
        ]
        return all(each == meanings[0] for each in meanings)

    def _blocks(self, places: Ints, of_services: list[PacketService], is_v4: bool) -> Iterator[Block]:
        ends, member_of = [], []
        for end, axis in enumerate(self._axes):
            distinct = list(dict.fromkeys(self._keys[at][end] for at in places))
            number = {side: row for row, side in enumerate(distinct)}
            ends.append(axis.classes(distinct, is_v4))
            member_of.append([number[self._keys[at][end]] for at in places])
            if len(ends[-1]) > MOST_WAYS:
                raise BadRuleSet(
                    "The rules name too many tags and groups whose addresses are not known to tell what they decide.",
                    "Give Azure's service tags (--service-tags) and the NICs (--nics).",
                )
        sources, destinations = ends
        for rows in _slices(sources, max(1, MOST_CELLS // max(1, len(destinations)))):
            yield Block(
                of_services,
                is_v4,
                sources,
                destinations,
                rows,
                tuple(
                    self._decided(number, places, sources, rows, destinations, member_of)
                    for number in range(len(self.lists))
                ),
            )

    def _decided(
        self, number: int, places: Ints, sources: Ways, part: slice, destinations: Ways,
        member_of: Sequence[Sequence[int]],
    ) -> BlockTable:  # fmt: skip
        """The first rule of a list for each source and destination: written from the last on, each over those after."""
        table = np.full((part.stop - part.start, len(destinations)), NO_RULE, dtype=np.int32)
        whole = part.stop - part.start == len(sources)
        for position in np.flatnonzero(self._list_of[places] == number)[::-1].tolist():
            at = places[position]
            rows, columns = sources.rows_of[member_of[0][position]], destinations.rows_of[member_of[1][position]]
            if not whole:
                first, after = rows.searchsorted((part.start, part.stop))
                rows = rows[first:after] - part.start
            if len(rows) == table.shape[0] and len(columns) == table.shape[1]:
                table[:] = self._place[at]
            elif len(rows) and len(columns):
                table[rows[:, None], columns] = self._place[at]
        return table


def _in_every_way(cells: Bools, starts: Ints) -> Bools:
    """Of each class of rows, which begin at `starts`, the cells that hold in all its rows; few have more than one."""
    if len(starts) == len(cells):
        return cells
    held, sizes = cells[starts], np.diff(starts, append=len(cells))
    for more in range(1, int(sizes.max(initial=1))):
        several = np.flatnonzero(sizes > more)
        held[several] &= cells[starts[several] + more]
    return held


def _slices(ways: Ways, most: int) -> Iterator[slice]:
    """The rows in parts of about `most`, each of whole classes."""
    first = 0
    for start in [*ways.starts[1:].tolist(), len(ways)]:
        if start - first >= most or start == len(ways):
            yield slice(first, start)
            first = start
