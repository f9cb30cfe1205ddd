"""Excel: the table on one sheet, where it comes from on the other; every text stays a text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from nsgflow_core.exports.base import AsksOrigin, TableOrigin, left_out_words
from nsgflow_core.exports.cells import EXACT_TIMES, FORMULA_STARTS, for_eyes, in_parts, is_time, zone_of, zoned
from nsgflow_core.words.visible import visible

MOST_ROWS = 1_048_575
"""Below the header. Source: Microsoft, "Excel specifications and limits": 1,048,576 rows, 32,767 characters a cell."""
MOST_LETTERS = 32_767
MOST_EXACT = 2**53
"""Excel counts in doubles: a larger whole number is written as text."""
_MEASURED = 500
"""Rows that a column's width is measured on."""
_NARROWEST, _WIDEST = 8, 60
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_EARLIEST = datetime(1900, 3, 1)
"""Excel knows no date before 1900, and takes that for a leap year."""


def write(frame: pd.DataFrame, asked: AsksOrigin) -> bytes:
    """The frame on a sheet "Table", and on "About" its filter, window, coverage and query.

    Rows go out in order and are not kept (`constant_memory`: 100,000 x 10 in some 5 s). What is beyond Excel's million
    rows is left out, which About says.
    """
    from xlsxwriter import Workbook

    target, about = io.BytesIO(), asked()
    with Workbook(target, _OPTIONS) as book:
        book.set_properties({"title": visible(about.title)[:255]})
        _table(book, frame)
        _about(book, about, len(frame))
    return target.getvalue()


def _table(book: Any, frame: pd.DataFrame) -> None:
    sheet = book.add_worksheet("Table")
    bold = book.add_format({"bold": True, "bottom": 1})
    kinds = [_format_of(book, str(name), frame[name]) for name in frame.columns]
    quoted = book.add_format({"quote_prefix": True})
    for place, name in enumerate(frame.columns):
        sheet.set_column(place, place, _width(_heading(str(name), frame[name]), frame[name]))
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, _text(_heading(str(name), frame[name])), bold)
    for line, row in enumerate(_rows(frame.head(MOST_ROWS)), start=1):
        for place, cell in enumerate(row):
            _write(sheet, line, place, cell, kinds[place], quoted)
    sheet.freeze_panes(1, 0)
    if len(frame.columns):
        sheet.autofilter(0, 0, min(len(frame), MOST_ROWS), len(frame.columns) - 1)


def _write(sheet: Any, line: int, place: int, cell: Any, kind: Any, quoted: Any) -> None:
    """One cell. `quote_prefix` keeps a text that looks like a formula a text also after somebody edited the cell."""
    if cell is None:
        return
    if isinstance(cell, datetime) and cell.tzinfo is None and cell >= _EARLIEST:
        sheet.write_datetime(line, place, cell, kind)
    elif isinstance(cell, bool):
        sheet.write_boolean(line, place, cell)
    elif isinstance(cell, int | float) and abs(cell) <= MOST_EXACT:
        sheet.write_number(line, place, cell, kind)
    else:
        text = _text(str(cell))
        sheet.write_string(line, place, text, quoted if text.startswith(FORMULA_STARTS) else None)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Rows of Python values; times without zone, which their heading names, since Excel has none; unknown ones None."""
    for part in in_parts(frame):
        yield from zip(*(_cells(part[name]) for name in part.columns), strict=True)


def _cells(column: pd.Series[Any]) -> list[Any]:
    cells = zoned(column).dt.tz_localize(None).dt.to_pydatetime() if is_time(column) else column.tolist()
    return [None if missing else for_eyes(cell) for cell, missing in zip(cells, column.isna(), strict=True)]


def _format_of(book: Any, name: str, values: pd.Series[Any]) -> Any:
    if is_time(values):
        seconds = "ss.000" if name in EXACT_TIMES else "ss"
        return book.add_format({"num_format": f"yyyy-mm-dd hh:mm:{seconds}", "align": "left"})
    if pd.api.types.is_integer_dtype(values.dtype):
        return book.add_format({"num_format": "0" if name.endswith("port") else "#,##0"})
    return None


def _heading(name: str, values: pd.Series[Any]) -> str:
    return f"{name} ({zone_of(values)})" if is_time(values) else name


def _width(name: str, values: pd.Series[Any]) -> int:
    if is_time(values):
        return max(24, len(name) + 2)
    longest = max((len(str(value)) for value in values.head(_MEASURED)), default=0)
    return min(max(longest, len(name) + 2, _NARROWEST), _WIDEST)


def _about(book: Any, about: TableOrigin, rows: int) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    facts = [("Table", about.title), *about.facts, ("Rows", f"{min(rows, MOST_ROWS):,}")]
    if left_out := left_out_words(rows, MOST_ROWS, "Excel"):
        facts.append(("Not here", left_out))
    facts += [("Query" if not place else "", query) for place, query in enumerate(about.queries)]
    for line, (name, words) in enumerate(facts):
        sheet.write_string(line, 0, _text(name), bold)
        sheet.write_string(line, 1, "\n".join(map(_text, words.splitlines()))[:MOST_LETTERS], wrapped)


def _text(text: str) -> str:
    """A text that a workbook can hold: control characters, which XML has no sign for, are made visible."""
    shown = visible(text)
    return shown if len(shown) <= MOST_LETTERS else f"{shown[: MOST_LETTERS - 1]}…"
