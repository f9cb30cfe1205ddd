"""Lengths of time in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from nsgflow_core.words.numbers import counted

_UNITS = {"day": 86_400, "hour": 3_600, "minute": 60}


def duration(length: timedelta, twice: Collection[str] = tuple(_UNITS)) -> str:
    """In the largest unit that it holds, those of `twice` from two on, or else the smallest: "6 minutes", "3 days"."""
    seconds = int(length.total_seconds())
    for unit, size in _UNITS.items():
        if seconds >= (2 if unit in twice else 1) * size:
            return counted(round(seconds / size), unit)
    return counted(max(seconds, 1), "second")
