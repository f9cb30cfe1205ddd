"""What of a table fits in the window: letters of its names, and columns that explain a row behind what is counted.

Streamlit gives each column what its cells take, and hides the rest at the right: of a table with long names that was
what was counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from nsgflow_core.ui.parts.fitting import letters
from nsgflow_core.ui.parts.fitting.letters import BESIDE, CUT
from nsgflow_core.ui.parts.fitting.short_names import stays_whole

TREND = "_trend"
"""The column of small bars over time."""
_MARGINS_FROM = {0: 32, 641: 32, 1000: 152}
"""Pixels beside a page, by the window's least width."""
_TWO_SIDES, _BETWEEN_SIDES = 1200, 64
"""Pixels of a window in which two tables stand side by side, and between them."""
_SCROLLED = 24
"""Pixels of what scrolls a table, and of roundings."""
_COMFORT, _NARROWEST = 24, 8
"""Letters of a name for which a table is rather whole; and to which one is cut at most."""
_EXPLAIN = (
    *(("reason",), ("decided_at",), ("src_port",), ("flow_state",), ("src_to_dst_bytes", "dst_to_src_bytes")),
    *(("rules",), ("service",), ("directions", "direction")),
)
_TELL_APART = (("source_name", "destination_name"), ("protocol",))
_VERDICT = (("bytes", "first_seen"), ("decision",))
_GIVES_WAY = ((16, _EXPLAIN), (12, (*_EXPLAIN, *_TELL_APART)), (_NARROWEST, (*_EXPLAIN, *_TELL_APART, *_VERDICT)))
"""What stands behind all others where there is no room, in this order: for names of so many letters what explains a row
that others tell, for fewer also what tells rows apart, and at last whether it passed, right behind what is counted:
two long addresses leave no more."""
_COUNTS = ("flows", "flows_after", "decision", "bytes")
"""The first of these that a table has is seen, with all before it, where no column has bars."""


def room(least_width: int, *, halved: bool) -> int:
    """Pixels of a table in such a window; `halved` tables share their line with another where two fit."""
    margins = next(of for start, of in reversed(_MARGINS_FROM.items()) if least_width >= start)
    whole = least_width - margins
    return (whole - _BETWEEN_SIDES) // 2 if halved and least_width >= _TWO_SIDES else whole


@dataclass(frozen=True, slots=True)
class Cells:
    """What is laid out: the texts of each column that may be its widest, in their order, and what else takes room."""

    texts: Mapping[str, Sequence[str]]
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
        texts = (_cut(text, most, is_name=name in self.names) for text in self.texts[name])
        return max(self.headings[name], self.widths.get(name) or max(texts, default=0))


@dataclass(frozen=True, slots=True)
class ColumnFit:
    """The order of a table's columns, the letters of its names, and pixels that none of them needs."""

    order: Sequence[str]
    letters: int
    spare: int = 0
    is_seen: bool = True
    """False where what is counted is out of sight whatever stands behind it."""


def fit(cells: Cells, room: int, most: int) -> ColumnFit:
    """How a table is laid out in `room` pixels, with names of at most so many letters.

    Names give way first, down to what can be read; then columns that only explain stand behind the others.
    """
    tried = ColumnFit([*cells.texts], most)
    for least, order in _orders([*cells.texts], cells.keeps):
        for columns, enough in ((order, _COMFORT), (_until_counted(order, (*cells.bars, *cells.keeps)), least)):
            longest = _longest(cells, columns, room, most)
            if longest >= min(enough, most):
                return ColumnFit(order, longest, max(room - _SCROLLED - cells.least(order, longest), 0))
        tried = ColumnFit(order, max(longest, _NARROWEST), is_seen=False)
    return tried


def shared(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """What each column gets of a room: what it wants, or as much as any other that wants more."""
    given, left = dict[str, int](), room
    for at, (name, wants) in enumerate(sorted(wanted.items(), key=lambda each: each[1])):
        given[name] = min(wants, left // (len(wanted) - at))
        left -= given[name]
    return given


def _cut(text: str, most: int, *, is_name: bool) -> int:
    """Pixels of a cell, a name of which is cut to so many letters wherever."""
    if not is_name or len(text) <= most or stays_whole(text):
        return letters.cell(text)
    whole = letters.pixels_of(text)
    return ceil(min(whole, whole * (most - 1) / len(text) + CUT)) + BESIDE


def _orders(columns: Sequence[str], keeps: Collection[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """The columns as they are, and with more behind them each time, with the letters for which one is taken."""
    gives = {*columns} - {*keeps}
    for least, groups in _GIVES_WAY:
        giving = [held for group in groups if (held := [name for name in group if name in gives])]
        for behind in accumulate(giving, lambda behind, more: [*more, *behind], initial=list[str]()):
            yield least, [*(name for name in columns if name not in behind), *behind]


def _until_counted(order: Sequence[str], bars: Collection[str]) -> Sequence[str]:
    """The columns that are seen whatever the window: also the trend, which stands behind what is counted."""
    counted = [name for name in order if name in bars] or [name for name in _COUNTS if name in order][:1]
    if not counted:
        return order
    end = order.index(counted[-1]) + 1
    return order[: end + ([*order[end : end + 1]] == [TREND])]


def _longest(cells: Cells, columns: Sequence[str], room: int, most: int) -> int:
    """The most letters of names with which these columns fit; 0 where they never do."""
    return bisect_right(range(1, most + 1), room, key=lambda each: cells.least(columns, each))
