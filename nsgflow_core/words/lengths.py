"""Lengths of time in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from nsgflow_core.words.numbers import counted

_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def duration(length: timedelta, twice: Collection[str] = tuple(_UNITS)) -> str:
    """In the largest unit that it holds, those of `twice` from two on, or else the smallest: "6 minutes", "3 days"."""
    seconds = max(int(length.total_seconds()), 1)
    held = (unit for unit, size in _UNITS.items() if seconds >= (2 if unit in twice else 1) * size)
    unit = next(held, "second")
    return counted(round(seconds / _UNITS[unit]), unit)


def exact_duration(length: timedelta) -> str:
    """To the second, in days from two on: "24 hours", "7 days", "24 hours 38 minutes"; a second at least."""
    parts, left = [], max(int(length.total_seconds()), 1)
    for unit, size in _UNITS.items():
        if unit == "day" and left < 2 * size:
            continue
        amount, left = divmod(left, size)
        parts += [counted(amount, unit)] if amount else []
    return " ".join(parts)
