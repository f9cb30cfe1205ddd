"""A frame as lines of text for people: columns side by side, as wide as what they hold and the terminal is."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import pandas as pd

from nsgflow_core.ask.answers import in_zone, label, label_with_zone
from nsgflow_core.commands.telling import clock
from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.visible import visible

_WIDEST, _LEAST = 60, 14
"""Letters of a cell, and of one in a terminal that is too narrow; --format csv has all of it."""
_GAP = "  "


def room() -> int:
    """Letters of a line: what COLUMNS says, else the terminal's; 0 where neither tells, as in a pipe: no limit."""
    return shutil.get_terminal_size(fallback=(0, 0)).columns


def within(frame: pd.DataFrame, room: int, spare: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The frame without the first of the `spare` columns as far as it must, to fit; and what those are called."""
    left_out: list[str] = []
    for name in (each for each in spare if each in frame):
        if not room or _sum(min(width, _least(frame[key])) for key, width in _widths(frame).items()) <= room:
            break
        frame = frame.drop(columns=name)
        left_out.append(label(name).lower())
    return frame, left_out


def aligned(frame: pd.DataFrame, room: int = 0) -> Iterator[str]:
    """A line of headings, then one a row; numbers at the right, times to the minute, names told apart where cut."""
    texts = _texts(frame)
    widths = _narrowed(frame, room)
    for name, cells in texts.items():
        short = told_apart(cells[1:], widths[name]) if max(map(len, cells)) > widths[name] else {}
        texts[name] = [cells[0], *(short.get(cell, cell) for cell in cells[1:])]
    is_number = [pd.api.types.is_numeric_dtype(values.dtype) for _, values in frame.items()]
    for line in zip(*texts.values(), strict=True):
        placed = zip(line, widths.values(), is_number, strict=True)
        yield _GAP.join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in placed).rstrip()


def _texts(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Each column's heading and cells."""
    return {
        str(name): [_short(label_with_zone(str(name), values)), *map(_text, values)]
        for name, values in in_zone(frame, clock.zone()).items()
    }


def _widths(frame: pd.DataFrame) -> dict[str, int]:
    return {name: max(map(len, cells)) for name, cells in _texts(frame).items()}


def _narrowed(frame: pd.DataFrame, room: int) -> dict[str, int]:
    """The widths of the columns; while they do not fit, the widest of text gives up a letter."""
    widths = _widths(frame)
    least = {name: max(_least(frame[name]), len(_texts(frame.head(0))[name][0])) for name in widths}
    while room and _sum(widths.values()) > room:
        wide = [name for name in widths if widths[name] > least[name]]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _least(values: pd.Series) -> int:
    """To how many letters a column can be cut: names, but no numbers, times or addresses."""
    is_cut = pd.api.types.is_string_dtype(values.dtype) and values.name not in ("address", "src_ip", "dst_ip")
    return _LEAST if is_cut else _WIDEST


def _sum(widths: Iterable[int]) -> int:
    each = list(widths)
    return sum(each) + len(_GAP) * (len(each) - 1)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return _short(f"{value:,}" if isinstance(value, int) and value > 99_999 else str(value))


def _short(text: str) -> str:
    seen = visible(text)
    return seen if len(seen) <= _WIDEST else f"{seen[: _WIDEST - 1]}…"
