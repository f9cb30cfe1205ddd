"""The cells of a frame as files hold them, and its two files of plain text: CSV and JSON."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.words.visible import encodable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that starts with one of these is run by spreadsheet programs (OWASP, "CSV Injection"); the last four are the
full-width signs, which East Asian versions of them read like the others."""
_CELL_START = re.compile(rf"(?:^|(?<=[;|\t\r\n]))(?=[{re.escape(''.join(FORMULA_STARTS))}])")
"""Where a cell starts for one program or another: where lists are written with commas for decimals, Excel takes a
semicolon for the end of a cell, and heeds no quotation mark within it."""

ROWS_AT_A_TIME = 50_000
"""Rows that are Python objects at once while a file is written: a million of them take a gigabyte."""
_INFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}
EXACT_TIMES = frozenset({"time"})
"""Columns that keep their milliseconds: when a tuple was logged. All other times are in whole seconds."""


def with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with cells of several values (tuples, which say how they read) as one text each, for people's eyes."""
    several = {name: column.map(for_eyes) for name, column in frame.items() if column.dtype == object}
    return frame.assign(**{str(name): column for name, column in several.items()})


def for_eyes(value: Any) -> Any:
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
    return b"".join(csv_in_parts([frame]))


def csv_in_parts(frames: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """The same of frames with one header, which come one by one."""
    for place, frame in enumerate(frames):
        if not place:
            yield _csv_lines([_defused(frame.columns)])
        for part in in_parts(frame):
            yield _csv_lines(zip(*(_safe_values(part[column]) for column in part.columns), strict=True))


def to_json(frame: pd.DataFrame) -> bytes:
    """The frame as a JSON array of objects: times as in the CSV, unknown values null, infinite ones a text."""
    return b"".join(json_in_parts([frame]))


def json_in_parts(frames: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """The same of frames that come one by one, as one array."""
    before = b"["
    for part in (each for frame in frames for each in in_parts(frame)):
        rows = zip(*(_json_values(part[column]) for column in part.columns), strict=True)
        records = [dict(zip(part.columns, row, strict=True)) for row in rows]
        array = json.dumps(records, indent=1, allow_nan=False, ensure_ascii=False)
        yield before + array.removeprefix("[").removesuffix("\n]").encode("utf-8", "backslashreplace")
        before = b","
    yield b"[]\n" if before == b"[" else b"\n]\n"


def _json_values(values: pd.Series[Any]) -> list[Any]:
    """Its values as JSON has them, which knows no number without an end."""
    plain = plain_values(values)
    if not (pd.api.types.is_float_dtype(values) or values.dtype == object):
        return plain
    return [_INFINITE.get(value, value) if isinstance(value, float) else value for value in plain]


class _Lines:
    """What csv.writer writes to: a line a row, each of which ends in CR LF.

    A cell with a lone carriage return is quoted like that: Python's csv module quotes only the characters of its line
    terminator, so the writer is told CR LF, and the CR is dropped here.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.write = self.lines.append

    def as_bytes(self) -> bytes:
        """The lines in UTF-8, each with a line feed at its end."""
        return "".join([f"{line[:-2]}\n" for line in self.lines]).encode("utf-8", "backslashreplace")


def _csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    written = _Lines()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.as_bytes()


def in_parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Its rows in order, so many at a time that they can be Python objects; none of a frame without columns."""
    for first in range(0, len(frame) if len(frame.columns) else 0, ROWS_AT_A_TIME):
        yield frame.iloc[first : first + ROWS_AT_A_TIME]


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
    told, unknown = _moment_texts(values) if is_time(values) else values.tolist(), values.isna()
    told = [_text_of(value) for value in told] if values.dtype == object else told
    if not unknown.any():
        return told
    return [None if missing else value for value, missing in zip(told, unknown.tolist(), strict=True)]


def _moment_texts(values: pd.Series[Any]) -> list[str]:
    """Moments on the clock of their zone, and how far it is from UTC; any text for an unknown one."""
    moments = zoned(values).fillna(pd.Timestamp(0, tz="UTC"))
    on_clock = moments.dt.tz_localize(None).to_numpy()
    ahead = (on_clock - moments.dt.tz_convert(None).to_numpy()).astype("timedelta64[s]").astype(np.int64)
    texts = np.datetime_as_string(on_clock.astype(f"datetime64[{'ms' if values.name in EXACT_TIMES else 's'}]"))
    ends = {seconds: _distance(seconds) for seconds in np.unique(ahead).tolist()}
    return [text + ends[seconds] for text, seconds in zip(texts.tolist(), ahead.tolist(), strict=True)]


def _distance(seconds: int) -> str:
    """How far a clock is from UTC, as in `+01:00`; Z where it is not."""
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}" if seconds else "Z"


class _Defused(dict[str, str]):
    """Texts as a spreadsheet runs none of them; most cells of a column are alike, and each text is looked at once."""

    def __missing__(self, text: str) -> str:
        self[text] = safe = _CELL_START.sub("'", text)
        return safe


def _safe_values(values: pd.Series[Any]) -> list[Any]:
    plain = plain_values(values)
    return plain if is_time(values) or pd.api.types.is_numeric_dtype(values.dtype) else _defused(plain)


def _defused(values: Iterable[Any]) -> list[Any]:
    safe = _Defused()
    return [safe[value] if isinstance(value, str) else value for value in values]
