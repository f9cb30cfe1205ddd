"""DataFrames as files that people and programs open: CSV and JSON, safe against formula injection."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is run by spreadsheet programs (OWASP, "CSV Injection")."""

EXACT_TIMES = frozenset({"time"})
"""Columns that keep their milliseconds: when a tuple was logged. All other times are in whole seconds."""


def to_csv(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV with a header: all rows, no index, times in UTC like 2026-11-24T10:00:00Z.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    safe = pd.DataFrame(
        {column: _plain(frame[column]).map(_defused) for column in frame.columns}, columns=frame.columns
    )
    return safe.to_csv(index=False, lineterminator="\n").encode()


def to_json(frame: pd.DataFrame) -> bytes:
    """The frame as a JSON array of objects, times as in the CSV, unknown values null."""
    plain = {column: _plain(frame[column]).tolist() for column in frame.columns}
    records = [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
    return (json.dumps(records, indent=1, default=_python_value, allow_nan=False, ensure_ascii=False) + "\n").encode()


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Times as text, missing values as None, everything else as it is."""
    if pd.api.types.is_datetime64_any_dtype(values):
        utc = values.dt.tz_localize("UTC") if values.dt.tz is None else values.dt.tz_convert("UTC")
        seconds = utc.dt.strftime("%Y-%m-%dT%H:%M:%S")
        milliseconds = "." + utc.dt.strftime("%f").str[:3] if values.name in EXACT_TIMES else ""
        values = seconds + milliseconds + "Z"
    return values.astype(object).where(values.notna(), None)


def _defused(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _python_value(value: Any) -> Any:
    """numpy scalars as their Python values."""
    return value.item() if hasattr(value, "item") else str(value)
