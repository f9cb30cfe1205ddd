"""How the table of drafted rules lies in its window: which columns come first, and how its texts share the room."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from nsgflow_core.ui.frame.browser.scripts import is_full, least_width
from nsgflow_core.ui.parts.fitting import columns_that_fit, letters

_FIRST_BELOW_FULL_WIDTH = ("decision", "ports", "sources", "destinations", "priority", "name")
"""What a rule lets in tells rules apart in less room than their names, which begin alike."""
_ENDS = frozenset({"review", "confidence", "expires"})
"""The first of these that a table has is the last column that a full window shows whole."""
_TEXTS = ("name", "sources", "destinations", "review")
"""Columns of any length, which share the room that the others leave."""


def on_screen(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells in the order of the window.

    Where no rule has a reason to look at it, that column is the last; elsewhere it stands before the confidence, which
    days tell too.
    """
    if "review" not in cells:
        return cells
    order = [name for name in cells.columns if name != "review"]
    order.insert(order.index("confidence") if cells["review"].any() else len(order), "review")
    first = () if is_full() else _FIRST_BELOW_FULL_WIDTH
    return cells[[*first, *(name for name in order if name not in first)]]


def shared(cells: pd.DataFrame, widths: Mapping[str, int]) -> dict[str, int]:
    """Pixels of the texts, so that the window ends with a whole column. `widths` are those of all columns at least."""
    columns = [*map(str, cells.columns)]
    below = {"name"} if "review" in cells else {"destinations"}
    is_last = _ENDS if is_full() else below
    end = next(place for place, name in enumerate(columns, 1) if name in is_last)
    room = columns_that_fit.room(least_width(), halved=False)
    while sum(widths[name] for name in columns[:end]) > room:
        end -= 1
    room -= sum(widths[name] for name in columns[:end])
    texts = {name: widths[name] for name in columns[:end] if name in _TEXTS}
    wanted = {name: max(letters.widest(cells[name]) - least, 0) for name, least in texts.items()}
    more = columns_that_fit.shared(wanted, room)
    left = room - sum(more.values())
    return {name: least + more[name] + left * (name == "name") for name, least in texts.items()}
