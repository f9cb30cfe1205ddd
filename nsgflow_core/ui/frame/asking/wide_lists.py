"""Pickers of long names: in a list or a field as narrow as usual, names that begin alike were cut alike."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

BESIDE_OTHERS, ALONE = 28, 40
"""Letters of an option that a field shows which shares its row with others, and one with more room."""
_WIDE = """<style>
  [data-testid=stMultiSelectDropdown], [data-testid=stSelectboxVirtualDropdown] { min-width: min(34rem, 100vw - 2rem); }
  @media (max-width: 640px) {
    :is([data-testid=stMultiSelectDropdown], [data-testid=stSelectboxVirtualDropdown]) [role=option] > div
      { white-space: normal; overflow-wrap: anywhere; font-size: 0.8rem; line-height: 1.15; }
  }
</style>"""
"""On a phone a name has two lines of its option, which is as high as two."""
_USUAL, _LONG = 300, 560
"""Pixels of a field that stands alone."""


def for_names(options: Collection[str], fits: int) -> None:
    """Have the lists of this run wide where one of these has more letters than its field shows."""
    if max(map(len, options), default=0) > fits:
        st.html(_WIDE)


def field_width(options: Collection[str]) -> int:
    """Pixels of the field of a picker with more room, so that it tells the one that is picked from others."""
    return _LONG if max(map(len, options), default=0) > ALONE else _USUAL
