"""A table in a window as narrow as a phone's: what tells most comes first, in as little room as it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import ceil

import pandas as pd

from nsgflow_core.ask.parts import CellFormat, Screen
from nsgflow_core.ui.parts.fitting.short_names import stays_whole

LETTERS = 11
"""Of a name."""
_NAME = 90
"""Pixels of a name of so many letters."""
_LETTER, _BESIDE = 6.7, 16
"""Pixels of a digit of an address, and of what a cell has beside its text."""
OPEN = 44
"""Pixels of the column with a row's arrow."""
WIDTHS = {
    CellFormat.COUNT: 62,
    CellFormat.PLAIN: 50,
    CellFormat.BYTES: 74,
    CellFormat.SECOND: 104,
    CellFormat.MINUTE: 92,
}
"""Pixels of a column by how its cells read; others as they need."""
MOMENTS = {CellFormat.SECOND: "MM-DD HH:mm:ss", CellFormat.MINUTE: "MM-DD HH:mm"}
"""Without the year, which is that of the window."""
_LATER = (
    "nsg",
    "direction",
    "directions",
    "protocol",
    "service",
    "source_name",
    "destination_name",
    "src_port",
    "rules",
    "packets",
    "new",
)
"""What explains a row, and does not tell it from others: behind what is counted, where a finger finds it."""

_FIRST = (
    ("decision", "src_ip", "dst_ip", "dst_port", "rule", "time"),
    ("decision", "src_ip", "dst_ip", "port", "flows"),
    ("nsg", "rule", "port", "flows"),
    ("change", "src_ip", "flows_after", "flows_before"),
    ("change", "source", "destination", "port", "flows_after"),
    ("change", "mac", "tuples_after", "tuples_before"),
    ("outcome", "decided_by", "port", "flows", "pairs"),
    ("outcome", "source", "destination", "port", "flows"),
    ("priority", "name", "hits", "last_hit"),
)
"""What a table that has all of these is asked, in this order: before all else that it has.

Of a flow row, and of a pair of addresses, whether it passed, who, where to and at which port: with the time in front
the port was out of sight, and a verdict behind two addresses was as well.
"""
_SEEN = 390 - 2 * 16
"""Pixels between the margins of a page."""
_VERDICT = "decision"
_COUNT = "flows"
_SENTENCE = "story"
_ENDS = {"src_ip": "source", "dst_ip": "destination"}
NAMES = frozenset({"source", "destination"})
"""Columns that are as wide as the names in them are cut; an address in them is not."""


def in_order(cells: pd.DataFrame, keeps: Collection[str] = ()) -> pd.DataFrame:
    """The same cells; columns that explain a row stand at the end, the others keep their order.

    A sentence is wider than a phone: what it counts stands before it. What a table `keeps` is its answer, and stands
    before its count; the subnet beside an address gives way to it. One long address, with its subnet, leaves no room
    for what is counted, which then stands before it.
    """
    names = [*map(str, cells.columns)]
    first = [_COUNT] if {_COUNT, _SENTENCE} <= {*names} else [*next((row for row in _FIRST if {*row} <= {*names}), ())]
    if _VERDICT in first and cells[_VERDICT].nunique() < 2:  # as the sentence above says; the rule takes its room
        first.remove(_VERDICT)
    if {_VERDICT, _COUNT, "src_ip"} <= {*first} and OPEN + _NAME * 2 + _pixels(_texts(cells["src_ip"])) > _SEEN:
        first.remove(_VERDICT)  # both ends come before it where a long address leaves room for no more
    answer = [] if first else [name for name in keeps if name in names]
    if not first and not answer and _hides_its_count(cells):
        first = [_COUNT]
    labels = {label for address, label in _ENDS.items() if answer and address in names}
    later = [name for name in names if name in {*_LATER, *labels} - {*first, *answer}]
    others = [name for name in names if name not in {*first, *answer, *later}]
    at = others.index(_COUNT) if _COUNT in others else len(others)
    return cells[[*first, *others[:at], *answer, *others[at:], *later]]


def heading(name: str, words: str, beside: Collection[str]) -> str:
    """An address is called by its end alone, or, beside the subnet of that end, by what it is."""
    end, others = _ENDS.get(name), {*beside} & {*_ENDS} - {name}
    if end is None:
        return words
    return words.removesuffix(" address") if end not in beside else words if others else "Address"


def screen(name: str, usual: Screen, values: pd.Series) -> Screen:
    """How a column reads, in as much room as there is."""
    if name in NAMES:
        return Screen(usual.format, max(_NAME, _pixels(filter(stays_whole, _texts(values)))))
    if name in _ENDS:
        return Screen(usual.format, _pixels(_texts(values)))
    return Screen(usual.format, WIDTHS.get(usual.format, usual.width))


def _hides_its_count(cells: pd.DataFrame) -> bool:
    """True where the one address of each row, and its subnet, are so wide that the count behind them is not seen."""
    addresses = [name for name in _ENDS if name in cells]
    if len(addresses) != 1 or _COUNT not in cells:
        return False
    beside = OPEN + WIDTHS[CellFormat.COUNT] + (_NAME if _ENDS[addresses[0]] in cells else 0)
    return beside + _pixels(_texts(cells[addresses[0]])) > _SEEN


def _texts(values: pd.Series) -> Iterable[str]:
    return set(values.dropna().astype(str))


def _pixels(addresses: Iterable[str]) -> int:
    """Of a column in which the longest of these is read whole."""
    return ceil(_LETTER * max(map(len, addresses), default=0)) + _BESIDE
