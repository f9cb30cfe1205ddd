"""DataFrames as files that people and programs open: CSV and JSON, safe against formula injection."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that starts with one of these is run by spreadsheet programs (OWASP, "CSV Injection"); the last four are the
full-width signs, which East Asian versions of them read like the others."""
_CELL_START = re.compile(rf"(?:^|(?<=[;|\t\r\n]))(?=[{re.escape(''.join(FORMULA_STARTS))}])")
"""Where a cell starts for one program or another: where lists are written with commas for decimals, Excel takes a
semicolon for the end of a cell, and heeds no quotation mark within it."""

EXACT_TIMES = frozenset({"time"})
"""Columns that keep their milliseconds: when a tuple was logged. All other times are in whole seconds."""


def with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with cells of several values (tuples, which say how they read) as one text each, for people's eyes."""
    several = {name: column.map(_text_of) for name, column in frame.items() if column.dtype == object}
    return frame.assign(**{str(name): column for name, column in several.items()})


def _text_of(value: Any) -> Any:
    return str(value) if isinstance(value, tuple) else value


def to_csv(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV with a header: all rows, no index, times in UTC like 2026-11-24T10:00:00Z.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front, and so does a part of it that a
    program with other separators would take for a cell.
    """
    text = _UnixLines()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_defused(column) for column in frame.columns)
    writer.writerows(zip(*(map(_defused, _plain(frame[column])) for column in frame.columns), strict=True))
    return text.getvalue().encode("utf-8", "backslashreplace")


def to_json(frame: pd.DataFrame) -> bytes:
    """The frame as a JSON array of objects, times as in the CSV, unknown values null."""
    rows = zip(*(_plain(frame[column]) for column in frame.columns), strict=True)
    records = [dict(zip(frame.columns, row, strict=True)) for row in rows]
    return (json.dumps(records, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )


class _UnixLines(io.StringIO):
    """Rows end in a line feed, and a cell with a lone carriage return is still quoted: Python's csv module quotes
    only the characters of its line terminator, so the writer is told CR LF and the CR is dropped here."""

    def write(self, line: str) -> int:
        """One row, as csv.writer hands it over."""
        return super().write(line[:-2] + "\n")


def _plain(values: pd.Series[Any]) -> list[Any]:
    """Python values: times as text, unknown ones None."""
    unknown = values.isna()
    if pd.api.types.is_datetime64_any_dtype(values):
        utc = values.dt.tz_localize("UTC") if values.dt.tz is None else values.dt.tz_convert("UTC")
        values = utc.dt.strftime("%Y-%m-%dT%H:%M:%S")
        if values.name in EXACT_TIMES:
            values = values + "." + utc.dt.strftime("%f").str[:3]
        values = values + "Z"
    return [None if missing else _text_of(value) for value, missing in zip(values.tolist(), unknown, strict=True)]


def _defused(value: Any) -> Any:
    return _CELL_START.sub("'", value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One way to write a frame as a file: how it is called, and the writer. A new one is its writer and a row below."""

    key: str
    label: str
    extension: str
    media_type: str
    on_pages: bool
    """True where every table on a page has a button for it."""
    write: Callable[[pd.DataFrame], bytes]


FILE_FORMATS: dict[str, FileFormat] = {
    row.key: row
    for row in (
        FileFormat("csv", "CSV", "csv", "text/csv", True, to_csv),
        FileFormat("json", "JSON", "json", "application/json", False, to_json),
    )
}
