"""Quotation marks around values that hold what would end them: a comma, a blank, or a quotation mark of their own."""

from __future__ import annotations

import re

QUOTE = '"'
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def quoted(value: str) -> str:
    """The value in quotation marks; those in it are doubled, as in CSV."""
    return f'"{value.replace(QUOTE, QUOTE * 2)}"'


def read_quoted(text: str, at: int = 0) -> tuple[str, int] | None:
    """What the quotation marks at this place hold, and the place behind them; None where none open, or none close."""
    found = _QUOTED.match(text, at)
    return (found[1].replace(QUOTE * 2, QUOTE), found.end()) if found else None
