"""What of a table fits in the window: letters of its names, and columns that explain a row behind what is counted.

Streamlit gives each column what its cells take, and hides the rest at the right: of a table with long names that was
what was counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

import pandas as pd

TREND = "_trend"
"""The column of small bars over time."""
LETTER, BESIDE = 7.0, 18
"""Pixels of a letter of a cell, and of what a cell has beside it."""
_MARGINS_FROM = {0: 32, 641: 32, 1000: 152}
"""Pixels beside a page, by the window's least width."""
_TWO_SIDES, _BETWEEN_SIDES = 1200, 64
"""Pixels of a window in which two tables stand side by side, and between them."""
_COMFORT, _LEAST = 24, 12
"""Letters of a name for which a table is rather whole; and for which its columns rather keep their order."""
_NARROWEST = 8
_GIVES_WAY = (
    ("reason",),
    ("src_port",),
    ("rules",),
    ("service",),
    ("directions", "direction"),
    ("source_name", "destination_name"),
    ("protocol",),
)
"""What stands behind all others where there is no room, in this order: it explains a row that others tell."""
_COUNTS = ("flows", "flows_after", "decision", "bytes")
"""The first of these that a table has is seen, with all before it, where no column has bars."""


def room(least_width: int, *, halved: bool) -> int:
    """Pixels of a table in such a window; `halved` tables share their line with another where two fit."""
    margins = next(of for start, of in reversed(_MARGINS_FROM.items()) if least_width >= start)
    whole = least_width - margins
    return (whole - _BETWEEN_SIDES) // 2 if halved and least_width >= _TWO_SIDES else whole


@dataclass(frozen=True, slots=True)
class Cells:
    """What is laid out: letters of the longest cell of each column, in their order, and what else takes its room."""

    letters: Mapping[str, int]
    widths: Mapping[str, int]
    """Pixels of columns that have a width of their own."""
    headings: Mapping[str, int]
    """Pixels that each heading takes."""
    names: Collection[str]
    """Columns of names: as wide as these are cut."""
    bars: Collection[str]
    keeps: Collection[str] = ()
    """Columns that no room is taken from, beside those with bars."""

    def least(self, columns: Sequence[str], most: int) -> int:
        """Pixels of these columns when names have so many letters at most."""
        return sum(self._width(name, most) for name in columns)

    def _width(self, name: str, most: int) -> int:
        letters = min(self.letters[name], most) if name in self.names else self.letters[name]
        return max(self.headings[name], self.widths.get(name) or taken(letters))


@dataclass(frozen=True, slots=True)
class Fit:
    """The order of a table's columns, and the letters of its names."""

    order: Sequence[str]
    letters: int


def fit(cells: Cells, room: int, most: int) -> Fit:
    """How a table is laid out in `room` pixels, with names of at most so many letters.

    Names give way first, down to what can be read; then columns that only explain stand behind the others.
    """
    tried = Fit([*cells.letters], most)
    for order in _orders([*cells.letters], cells.keeps):
        for columns, enough in ((order, _COMFORT), (_until_counted(order, (*cells.bars, *cells.keeps)), _LEAST)):
            longest = _longest(cells, columns, room, most)
            if longest >= min(enough, most):
                return Fit(order, longest)
        tried = Fit(order, max(longest, _NARROWEST))
    return tried


def taken(letters: int) -> int:
    """Pixels of a cell with so many letters."""
    return ceil(LETTER * letters) + BESIDE


def letters_of(values: pd.Series) -> int:
    """Letters of the longest of these cells."""
    there = values.dropna()
    return int(there.astype(str).str.len().max()) if len(there) else 0


def _orders(columns: Sequence[str], keeps: Collection[str]) -> Iterator[Sequence[str]]:
    """The columns as they are, and with more behind them each time."""
    gives = {*columns} - {*keeps}
    giving = [held for group in _GIVES_WAY if (held := [name for name in group if name in gives])]
    for behind in accumulate(giving, lambda behind, more: [*more, *behind], initial=list[str]()):
        yield [*(name for name in columns if name not in behind), *behind]


def _until_counted(order: Sequence[str], bars: Collection[str]) -> Sequence[str]:
    """The columns that are seen whatever the window: also the trend, which stands behind what is counted."""
    counted = [name for name in order if name in bars] or [name for name in _COUNTS if name in order][:1]
    if not counted:
        return order
    end = order.index(counted[-1]) + 1
    return order[: end + ([*order[end : end + 1]] == [TREND])]


def _longest(cells: Cells, columns: Sequence[str], room: int, most: int) -> int:
    """The most letters of names with which these columns fit; 0 where they never do."""
    return next((letters for letters in range(most, 0, -1) if cells.least(columns, letters) <= room), 0)
