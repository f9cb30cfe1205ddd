"""Markdown: a table for a ticket or a wiki, with where it comes from below it."""

from __future__ import annotations

import re

import pandas as pd

from nsgflow_core.exports.base import AsksOrigin, left_out_words
from nsgflow_core.exports.cells import plain_values
from nsgflow_core.words.visible import utf8, visible

MOST_ROWS = 1_000
"""More than anybody reads in a ticket."""
_MARKS = re.compile(r"([\\`*\[\]<>|~&!#]|(?<!\w)_|_(?!\w))")
_LINKS = re.compile(r"(?<=\w)(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
"""What GitHub makes a link of without any mark."""


def write(frame: pd.DataFrame, asked: AsksOrigin) -> bytes:
    """The frame's first thousand rows as a table, numbers to the right; names are text, never marks or links."""
    about, shown = asked(), frame.head(MOST_ROWS)
    lines = [f"### {_text(about.title)}", ""]
    if len(frame.columns):
        lines += [_line([_text(str(name)) for name in frame.columns]), _line([_rule(frame[n]) for n in frame.columns])]
        cells = zip(*(plain_values(shown[name]) for name in frame.columns), strict=True)
        lines += [_line(["" if cell is None else _text(str(cell)) for cell in row]) for row in cells]
    if left_out := left_out_words(len(frame), MOST_ROWS, "this table"):
        lines += ["", left_out]
    lines += ["", *(f"- {_text(name)}: {_text(words)}" for name, words in about.facts)]
    return utf8("\n".join(lines).rstrip() + "\n")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(values: pd.Series) -> str:
    return "---:" if pd.api.types.is_numeric_dtype(values.dtype) else "---"


def _text(text: str) -> str:
    return _LINKS.sub(lambda found: f"\\{found.group()}", _MARKS.sub(r"\\\1", visible(text)))
