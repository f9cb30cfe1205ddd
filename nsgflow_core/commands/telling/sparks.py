"""Amounts over time in one line of text, for a terminal: a sign an interval, as high as its amount."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

_SIGNS = "▁▂▃▄▅▆▇█"
NONE = "·"
"""Of an interval without any."""


def together(amounts: Sequence[int], most: int) -> tuple[int, list[int]]:
    """How many intervals a sign stands for so that there are no more than `most` signs, and the sums of those."""
    each = max(ceil(len(amounts) / most), 1)
    return each, [sum(amounts[start : start + each]) for start in range(0, len(amounts), each)]


def sparks(amounts: Sequence[int]) -> str:
    """A sign an amount; the largest has the highest."""
    top = max(amounts, default=0)
    return "".join(_SIGNS[ceil(each / top * len(_SIGNS)) - 1] if each else NONE for each in amounts)
