"""Numbers on the command line: what argparse calls to read one, and says in a sentence when it is none."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable

from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.visible import in_short

MOST_ROWS = 10**12
MOST_ADDRESSES_ASKED = 10**6


def whole(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number from `least` to `most`."""

    def read(text: str) -> int:
        number = whole_number(text.strip(), most)
        if number is None or number < least:
            raise ArgumentTypeError(f"'{in_short(text, 40)}' is no whole number from {least:,} to {most:,}")
        return number

    return read


def share(text: str) -> float:
    """Reads a number from 0 to 1."""
    try:
        number = float(text) if text.isascii() and len(text) < 40 else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"'{in_short(text, 40)}' is no number from 0 to 1")
    return number
