"""Axes of pictures: a round number above the highest, and round moments."""

from __future__ import annotations

from datetime import UTC, tzinfo

import pandas as pd

_MOST_TICKS = 8
_EVERY = tuple(pd.Timedelta(hours=hours) for hours in (1 / 12, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 336, 672, 2184))
_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def ticks(first: pd.Timestamp, last: pd.Timestamp, zone: tzinfo = UTC) -> list[tuple[pd.Timestamp, str]]:
    """Round moments of an axis, days without their hour; days are those of UTC."""
    every = next((step for step in _EVERY if (last - first) / step <= _MOST_TICKS), _EVERY[-1])
    moments = pd.date_range(first.floor("D"), last, freq=every)
    is_days = every >= pd.Timedelta(days=1)
    return [
        (moment, f"{moment:%d %b}" if is_days else f"{moment.tz_convert(zone):%d %b %H:%M}")
        for moment in moments
        if first <= moment < last
    ]


def nice(most: float) -> float:
    """A round number that is no less."""
    size = 10.0 ** (len(str(int(most))) - 1)
    return next(step * size for step in _ROUND if step * size >= most)
