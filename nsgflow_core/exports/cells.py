"""The cells of a frame as files hold them, and its two files of plain text: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pandas as pd

from nsgflow_core.words.visible import encodable

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
    several = {name: column.map(_for_eyes) for name, column in frame.items() if column.dtype == object}
    return frame.assign(**{str(name): column for name, column in several.items()})


def _for_eyes(value: Any) -> Any:
    """Text that pandas can hold as text: it takes no lone surrogates."""
    told = _text_of(value)
    return encodable(told) if isinstance(told, str) else told


def _text_of(value: Any) -> Any:
    return str(value) if isinstance(value, tuple) else value


def to_csv(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV with a header: all rows, no index, times like 2026-11-24T10:00:00Z, or as far
    from UTC as their zone is.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front, and so does a part of it that a
    program with other separators would take for a cell.
    """
    text = _UnixLines()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_defused(column) for column in frame.columns)
    writer.writerows(zip(*(map(_defused, plain_values(frame[column])) for column in frame.columns), strict=True))
    return text.getvalue().encode("utf-8", "backslashreplace")


def to_json(frame: pd.DataFrame) -> bytes:
    """The frame as a JSON array of objects, times as in the CSV, unknown values null."""
    rows = zip(*(plain_values(frame[column]) for column in frame.columns), strict=True)
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


def is_time(values: pd.Series[Any]) -> bool:
    """True for a column of moments."""
    return pd.api.types.is_datetime64_any_dtype(values)


def zoned(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column of moments with their zone; those without one are of UTC."""
    return values.dt.tz_localize("UTC") if values.dt.tz is None else values


def zone_of(values: pd.Series[Any]) -> str:
    """Its name: "UTC", "Europe/Amsterdam" or "UTC+01:00"."""
    return str(values.dt.tz or "UTC")


def plain_values(values: pd.Series[Any]) -> list[Any]:
    """Python values: times as text, unknown ones None."""
    unknown = values.isna()
    if is_time(values):
        moments = zoned(values)
        values = moments.dt.strftime("%Y-%m-%dT%H:%M:%S")
        if values.name in EXACT_TIMES:
            values = values + "." + moments.dt.strftime("%f").str[:3]
        distance = moments.dt.strftime("%z")
        values = values + (distance.str[:3] + ":" + distance.str[3:5]).where(distance != "+0000", "Z")
    return [None if missing else _text_of(value) for value, missing in zip(values.tolist(), unknown, strict=True)]


def _defused(value: Any) -> Any:
    return _CELL_START.sub("'", value) if isinstance(value, str) else value
