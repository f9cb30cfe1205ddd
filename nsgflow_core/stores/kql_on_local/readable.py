"""An answer as Kusto writes it in text: times to the fraction that they have, timespans like 1.02:03:04."""

from __future__ import annotations

from typing import Any

import pandas as pd


def readable(answer: pd.DataFrame) -> pd.DataFrame:
    """The answer with its times and timespans as text; everything else, and what `attrs` says, as it is."""
    shown = answer.copy()
    for name in answer.columns:
        if pd.api.types.is_datetime64_any_dtype(answer[name]):
            shown[name] = answer[name].map(_moment, na_action="ignore").astype(object)
        elif pd.api.types.is_timedelta64_dtype(answer[name]):
            shown[name] = answer[name].map(_length, na_action="ignore").astype(object)
    shown.attrs = dict(answer.attrs)
    return shown


def _moment(moment: Any) -> str:
    """2026-11-16T05:03:37.04Z."""
    whole = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return whole + _fraction(moment.microsecond) + "Z"


def _length(length: Any) -> str:
    """1.02:03:04.5, -00:01:00."""
    ticks = abs(length // pd.Timedelta(microseconds=1))
    seconds, fraction = divmod(int(ticks), 1_000_000)
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    sign = "-" if length < pd.Timedelta(0) else ""
    return f"{sign}{f'{days}.' if days else ''}{clock}{_fraction(fraction)}"


def _fraction(microseconds: int) -> str:
    return f".{microseconds:06}".rstrip("0") if microseconds else ""
