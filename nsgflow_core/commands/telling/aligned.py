"""A frame as lines of text for people: columns side by side, as wide as what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from nsgflow_core.ask.answers import in_zone, label_with_zone
from nsgflow_core.commands.telling import clock
from nsgflow_core.words.visible import visible

_WIDEST = 60
"""Letters of a cell; a longer one is cut, and --format csv has all of it."""


def aligned(frame: pd.DataFrame) -> Iterator[str]:
    """A line of headings, then one a row; numbers at the right, times to the minute."""
    frame = in_zone(frame, clock.zone())
    columns = [[_text(value) for value in frame[name]] for name in frame.columns]
    headings = [_short(label_with_zone(str(name), values)) for name, values in frame.items()]
    is_number = [pd.api.types.is_numeric_dtype(frame[name].dtype) for name in frame.columns]
    widths = [max(map(len, [heading, *cells])) for heading, cells in zip(headings, columns, strict=True)]
    for cells in (headings, *zip(*columns, strict=True)):
        placed = zip(cells, widths, is_number, strict=True)
        yield "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in placed).rstrip()


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return _short(f"{value:,}" if isinstance(value, int) and value > 99_999 else str(value))


def _short(text: str) -> str:
    seen = visible(text)
    return seen if len(seen) <= _WIDEST else f"{seen[: _WIDEST - 1]}…"
