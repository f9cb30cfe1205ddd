"""How wide text is drawn in a table: Streamlit's font at 13 pixels, each letter as measured in Chromium."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import pandas as pd

BESIDE = 18
"""Pixels that a cell has beside its text."""
CUT = 12.5
"""Pixels of the sign for what is left out."""
_WIDTHS = {
    3.0: " ",
    3.5: "',.:;Iijl|·",
    4.0: "!()[]f{}",
    4.5: "-t",
    5.0: "/\\r",
    5.5: "*s",
    6.0: '"?cxz',
    6.5: "#$+0123456789<=>FJLY^_ekvy~",
    7.0: "ESTVXag",
    7.5: "ACPRZ`bdhnopqu",
    8.0: "&BDK",
    8.5: "GHNU→",
    9.0: "OQ",
    9.5: "Mw",
    10.5: "W",
    11.0: "%m",
    11.5: "@",
    CUT: "…",
}
_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 9.5
"""A letter of another script."""
_LOOKED_AT = 20
"""Of many names the widest is among so many of the longest, or hardly wider."""
_MEASURED, _ALL_COUNT = 9, 5
"""Rows at a table's beginning that Streamlit measures, with the last; of more than five cells, it leaves those out that
are twice as wide as their mean (1.67, glide-data-grid)."""


@lru_cache(maxsize=4096)
def pixels_of(text: str) -> float:
    """Pixels of a line of text."""
    return sum(_OF.get(letter, _OTHER) for letter in text)


def cell(text: str) -> int:
    """Pixels of a cell, or a heading, with this text."""
    return ceil(pixels_of(text)) + BESIDE


def longest(values: pd.Series) -> list[str]:
    """The texts of these cells that may be the widest, the longest first."""
    return sorted({*map(str, values.dropna())}, key=len, reverse=True)[:_LOOKED_AT]


def widest(values: pd.Series) -> int:
    """Pixels of the widest of these cells; 0 where there is none."""
    return max(map(cell, longest(values)), default=0)


def is_cut(values: pd.Series) -> bool:
    """True where Streamlit, which measures few cells of a column, makes it narrower than the widest of them."""
    looked_at = values if len(values) <= _MEASURED + 1 else pd.concat([values[:_MEASURED], values[-1:]])
    each = [cell(str(text)) for text in looked_at.fillna("")]
    most = 2 * sum(each) / len(each) if len(each) > _ALL_COUNT else float("inf")
    return max((pixels for pixels in each if pixels < most), default=0) < widest(values)
