"""Which rules of one direction match which packets, surely or possibly, for all packets of a DataFrame at once.

Packets that no rule tells apart are one combination of classes (see match_tables.py), and each is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.match_tables import (
    MAYBE,
    NO,
    YES,
    AddressAxis,
    Classes,
    MatchTable,
    PortAxis,
    ProtocolAxis,
)
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_Key = TypeVar("_Key")


class Matching:
    """Rules against the packets `src_ip, dst_ip, protocol, port` (and `src_port`, where it is known).

    Names of destinations mean what `destination_space` says, where that is given: see `AddressSpace.ways`.
    `size` combinations of classes stand for the packets; `combination` says which one each packet is of.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        packets: pd.DataFrame,
        space: AddressSpace,
        destination_space: AddressSpace | None = None,
    ) -> None:
        sources = [space.side(rule.sources, rule.source_asgs) for rule in rules]
        destinations = [(destination_space or space).side(rule.destinations, rule.destination_asgs) for rule in rules]
        port = PortAxis(item for rule in rules for item in rule.destination_ports)
        src_port = PortAxis(item for rule in rules for item in rule.source_ports)
        protocol, source, destination = ProtocolAxis(), AddressAxis(sources), AddressAxis(destinations)
        origin = packets["src_port"] if "src_port" in packets.columns else pd.Series(-1, index=packets.index)
        self._columns, self.combination = _compress(
            (
                port.classes(packets["port"]),
                protocol.classes(packets["protocol"]),
                source.classes(packets["src_ip"]),
                destination.classes(packets["dst_ip"]),
                src_port.classes(origin),
            )
        )
        self.size = len(self._columns[0])
        port_table, src_port_table = _remembered(port.table), _remembered(src_port.table)
        protocol_table = _remembered(protocol.table)
        self._rules = [
            tuple(
                None if table.all() and table.min() == YES else table
                for table in (
                    port_table(rule.destination_ports),
                    protocol_table(rule.protocol),
                    source.table(sources[at]),
                    destination.table(destinations[at]),
                    src_port_table(rule.source_ports),
                )
            )
            for at, rule in enumerate(rules)
        ]

    def meet(self, rule: int, waiting: Flags) -> tuple[Numbers, Numbers]:
        """The combinations among those waiting that the rule at that place matches: possibly, and surely."""
        tables = self._rules[rule]
        rows = _candidates(tables[0], self._columns[0], waiting)
        if not rows.size:
            return rows, rows
        rows, match = _match(tables, self._columns, rows)
        return rows[match == MAYBE], rows[match == YES]


def _remembered(make: Callable[[_Key], MatchTable]) -> Callable[[_Key], MatchTable]:
    """Rules share few different port lists and protocols, so each table is made once."""
    made: dict[_Key, MatchTable] = {}

    def table(key: _Key) -> MatchTable:
        if key not in made:
            made[key] = make(key)
        return made[key]

    return table


def _compress(columns: Sequence[Classes]) -> tuple[tuple[Numbers, ...], Numbers]:
    """The distinct combinations, sorted by the first column, and for each row the place of its combination."""
    inverse = group_numbers(*columns)
    examples = first_of_each(inverse)
    return tuple(column[examples].astype(np.int64) for column in columns), inverse


def _candidates(table: MatchTable | None, ports: Numbers, waiting: Flags) -> Numbers:
    """The rows still waiting whose port the rule may match: the rows are sorted by port, so these are a few slices."""
    if table is None:
        return np.flatnonzero(waiting)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (table > NO).astype(np.int8), [0]))))
    slices = np.searchsorted(ports, edges).reshape(-1, 2)
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *(first + np.flatnonzero(waiting[first:last]) for first, last in slices)])


def _match(
    tables: Sequence[MatchTable | None], columns: Sequence[Numbers], rows: Numbers
) -> tuple[Numbers, MatchTable]:
    """The rows that the rule may match, and how: the least of its fields."""
    match = np.full(rows.size, YES, dtype=np.uint8)
    for table, column in zip(tables, columns, strict=True):
        if table is None:
            continue
        match = np.minimum(match, table[column[rows]])
        kept = match > NO
        rows, match = rows[kept], match[kept]
    return rows, match
