"""The lists of pickers, as wide as long names take: in one as narrow as its field, names alike were cut alike."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

BESIDE_OTHERS, ALONE = 28, 40
"""Letters of an option that a field shows which shares its row with others, and one with more room."""
_WIDE = """<style>
  [data-testid=stMultiSelectDropdown], [data-testid=stSelectboxVirtualDropdown] { min-width: min(34rem, 100vw - 2rem); }
</style>"""


def for_names(options: Iterable[str], fits: int) -> None:
    """Have the lists of this run wide where one of these has more letters than its field shows."""
    if max(map(len, options), default=0) > fits:
        st.html(_WIDE)
