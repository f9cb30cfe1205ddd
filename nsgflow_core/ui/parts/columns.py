"""The columns of a table on screen: heading, width and how cells read, from the row of what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ButtonColumnResult, ColumnConfig

from nsgflow_core.ask.answers import is_of_utc_days, label, row_of
from nsgflow_core.ask.parts import CellFormat, Screen, Width
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.frame.browser.scripts import is_narrow
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts.fitting import letters, on_a_phone

OPEN = 56
"""Pixels of the column with a row's arrow."""


def open_column(key: str, on_pick: Callable[[int], None]) -> ButtonColumnResult:
    """The first of a table whose rows are opened: an arrow, whose click gives the position of its row."""

    def clicked() -> None:
        on_pick(int(st.session_state[key]["row"]))

    return st.column_config.ButtonColumn(
        "Open",
        key=key,
        on_click=clicked,
        type="tertiary",
        help="Open",
        pinned=True,
        width=on_a_phone.OPEN if is_narrow() else OPEN,
    )


_NUMBERS: Mapping[CellFormat, str] = {CellFormat.COUNT: "localized", CellFormat.PLAIN: "%d", CellFormat.BYTES: "bytes"}
_MOMENTS: Mapping[CellFormat, str] = {
    CellFormat.SECOND: "YYYY-MM-DD HH:mm:ss",
    CellFormat.MINUTE: "YYYY-MM-DD HH:mm",
    CellFormat.DAY: "YYYY-MM-DD",
}
_TEXT, _COUNT = Screen(CellFormat.TEXT, None), Screen(CellFormat.COUNT, 84)
_BAR = 112
_BY_WORD: Mapping[str, int] = {"small": 75, "medium": 200, "large": 400}
"""Pixels of Streamlit's own widths."""
_NUMBERS_OF_THEIR_OWN: Mapping[str, Screen] = {"priority": Screen(CellFormat.PLAIN, 64)}
"""Of no row, and names more than amounts: without separators."""
_BYTES, _MOMENT = Screen(CellFormat.BYTES, 98), Screen(CellFormat.SECOND, 152)


def column(name: str, frame: pd.DataFrame, bar: str, decimals: int | None = None, own: int = 0) -> ColumnConfig:
    """How a column reads: as its row says, where its values are of that type, otherwise as its type does.

    `own` are the pixels of its widest cell, for which it is made wide enough; 0 leaves its width as it is.
    """
    row, words, usual = row_of(name), label(name), _screen(name, frame[name])
    narrow = is_narrow()
    screen = on_a_phone.screen(name, usual, frame[name]) if narrow else usual
    if narrow:
        words = on_a_phone.heading(name, words, [*map(str, frame.columns)])
    about = plain(row.help) if row and row.help and row.screen is usual else None
    moments = {**_MOMENTS, **on_a_phone.MOMENTS} if narrow else _MOMENTS
    moment = "" if bar else moments.get(screen.format, "")
    zone = "UTC"
    if moment and not is_of_utc_days(name):
        zone, words = clock.column_zone(), f"{words.removesuffix(' (UTC)')} ({clock.words()})"
    usually = own if own and not isinstance(screen.width, int) else screen.width
    width = wide_enough(words, _BAR if bar else usually)
    if bar:
        number, most = _NUMBERS[screen.format], max(float(frame[name].max() or 1), 1)
        return st.column_config.ProgressColumn(
            words, help=about, format=number, min_value=0, max_value=most, width=width, color=bar
        )
    if moment:
        return st.column_config.DatetimeColumn(words, help=about, format=moment, timezone=zone, width=width)
    if decimals is not None and pd.api.types.is_float_dtype(frame[name].dtype):
        return st.column_config.NumberColumn(words, help=about, format=f"%.{decimals}f", width=width)
    if screen.format in _NUMBERS:
        return st.column_config.NumberColumn(words, help=about, format=_NUMBERS[screen.format], width=width)
    return st.column_config.TextColumn(words, help=about, width=width)


def wide_enough(heading: str, width: Width) -> Width:
    """A column's width in pixels, and no less than its heading takes in Chromium; a width by name or none stays."""
    return max(width, letters.cell(heading)) if isinstance(width, int) else width


def pixels(width: Width) -> int | None:
    """A column's width as Chromium draws it; None where its cells decide."""
    return _BY_WORD[width] if isinstance(width, str) else width


def _screen(name: str, values: pd.Series) -> Screen:
    row = row_of(name)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return row.screen if row and row.screen.format in _MOMENTS else _MOMENT
    if pd.api.types.is_numeric_dtype(values.dtype):
        usual = _NUMBERS_OF_THEIR_OWN.get(name, _BYTES if "bytes" in name else _COUNT)
        return row.screen if row and row.screen.format in _NUMBERS else usual
    return row.screen if row and row.screen.format is CellFormat.TEXT else _TEXT
