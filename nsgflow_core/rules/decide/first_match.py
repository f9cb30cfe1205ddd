"""The first rule that matches each packet of a DataFrame: every distinct combination of classes walks once down them.

A match is three-valued, as `evaluate` says; here all packets go one direction and names mean one thing on each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import Access, Rule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.match_tables import (
    MAYBE,
    NO,
    YES,
    AddressAxis,
    Classes,
    PortAxis,
    ProtocolAxis,
    Table,
)
from nsgflow_core.words.group_numbers import first_of_each, group_numbers

Decided = tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]
"""For each packet the position of the rule named (-1: none), and whether its access is certain."""


@dataclass(frozen=True, slots=True)
class _Matcher:
    """A rule as its tables, destination port first; None stands for a field in which every class matches."""

    bit: int
    tables: tuple[Table | None, ...]


def decide_rows(
    rules: Sequence[Rule], packets: pd.DataFrame, source_space: AddressSpace, destination_space: AddressSpace
) -> Decided:
    """For each packet of one direction, the position of the rule named (-1: none) and whether its access is certain."""
    sources = [source_space.side(rule.sources, rule.source_asgs) for rule in rules]
    destinations = [destination_space.side(rule.destinations, rule.destination_asgs) for rule in rules]
    port = PortAxis(item for rule in rules for item in rule.destination_ports)
    src_port = PortAxis(item for rule in rules for item in rule.source_ports)
    protocol, source, destination = ProtocolAxis(), AddressAxis(sources), AddressAxis(destinations)
    origin = packets["src_port"] if "src_port" in packets.columns else pd.Series(-1, index=packets.index)
    columns = (
        port.classes(packets["port"]),
        protocol.classes(packets["protocol"]),
        source.classes(packets["src_ip"]),
        destination.classes(packets["dst_ip"]),
        src_port.classes(origin),
    )
    distinct, inverse = _compress(columns)
    port_tables = _remembered(port.table)
    src_port_tables, protocol_tables = _remembered(src_port.table), _remembered(protocol.table)
    matchers = [
        _Matcher(
            1 if rule.access is Access.ALLOW else 2,
            tuple(
                None if table.all() and table.min() == YES else table
                for table in (
                    port_tables(rule.destination_ports),
                    protocol_tables(rule.protocol),
                    source.table(sources[at]),
                    destination.table(destinations[at]),
                    src_port_tables(rule.source_ports),
                )
            ),
        )
        for at, rule in enumerate(rules)
    ]
    index, certain = _first_match(matchers, distinct)
    return index[inverse], certain[inverse]


def _remembered(make: Any) -> Any:
    """Rules share few different port lists and protocols, so each table is made once."""
    made: dict[Any, Table] = {}

    def table(key: Any) -> Table:
        if key not in made:
            made[key] = make(key)
        return made[key]

    return table


def _compress(columns: Sequence[Classes]) -> tuple[tuple[npt.NDArray[np.int64], ...], npt.NDArray[np.int64]]:
    """The distinct combinations, sorted by the first column, and for each row the place of its combination."""
    inverse = group_numbers(*columns)
    examples = first_of_each(inverse)
    return tuple(column[examples].astype(np.int64) for column in columns), inverse


def _first_match(
    matchers: Sequence[_Matcher], columns: Sequence[npt.NDArray[np.int64]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Walk down the rules with the combinations that no rule has surely taken yet."""
    size = len(columns[0])
    index, first_maybe = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    met, waiting = np.zeros(size, dtype=np.uint8), np.ones(size, dtype=np.bool_)
    certain = np.zeros(size, dtype=np.bool_)
    for number, matcher in enumerate(matchers):
        rows = _candidates(matcher.tables[0], columns[0], waiting)
        if not rows.size:
            continue
        rows, match = _match(matcher.tables, columns, rows)
        maybe, sure = rows[match == MAYBE], rows[match == YES]
        first_maybe[maybe] = np.where(first_maybe[maybe] < 0, number, first_maybe[maybe])
        met[maybe] |= matcher.bit
        index[sure], waiting[sure] = number, False
        certain[sure] = (met[sure] & ~np.uint8(matcher.bit)) == 0
    return np.where(certain, index, first_maybe), certain


def _candidates(
    table: Table | None, ports: npt.NDArray[np.int64], waiting: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """The rows still waiting whose port the rule may match: the rows are sorted by port, so these are a few slices."""
    if table is None:
        return np.flatnonzero(waiting)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (table > NO).astype(np.int8), [0]))))
    slices = np.searchsorted(ports, edges).reshape(-1, 2)
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *(first + np.flatnonzero(waiting[first:last]) for first, last in slices)])


def _match(
    tables: Sequence[Table | None], columns: Sequence[npt.NDArray[np.int64]], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Table]:
    """The rows that the rule may match, and how: the least of its fields."""
    match = np.full(rows.size, YES, dtype=np.uint8)
    for table, column in zip(tables, columns, strict=True):
        if table is None:
            continue
        match = np.minimum(match, table[column[rows]])
        kept = match > NO
        rows, match = rows[kept], match[kept]
    return rows, match
