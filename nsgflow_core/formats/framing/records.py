"""Bytes of a blob -> whole records: where they start, where each ends, and what lies between them that is none.

The quick way cuts at the last place where every brace is closed and lets orjson read the stretch. orjson accepts
`[stretch]` only when the stretch is whole values, so a brace inside a text can mislead the cut but never the result.
Where orjson refuses, records are found one by one, minding texts.

What is no record is one of two things. At the end of the bytes it may be a record that Azure (or a copy) has not
finished writing: it is left alone, and `end` stays before it, so that the next read meets it again. Followed by a
whole flow record, or closed and still not JSON, no later byte can repair it, since flow-log blobs only grow
(Microsoft Learn, "Read flow logs"): it is damage, counted as one broken record and passed over. So is a whole record
of more than RECORD_LIMIT bytes, which would take gigabytes of memory to read; its place is told.

Where one whole list ends and the next begins (`]}{"records":[`) nothing is lost, so nothing is counted: blobs that were
joined with `cat`, lists a line, and arrays of lists, as consumers of events write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from nsgflow_core.formats.base import LargeRecord
from nsgflow_core.formats.framing import scan as scanning
from nsgflow_core.formats.framing.scan import SPACE, Scan, SomeBytes, never

CHUNK = 8 << 20
"""Bytes of JSON read in one go: memory stays bounded for blobs of hundreds of MB, and caches are used well."""
_FIRST_WINDOW, _WINDOW = 1 << 12, 1 << 20
"""Bytes whose braces are counted at a time, first and at most: lists may be short, and many in one file."""

_JOINT = rb"\]" + SPACE + rb"\}(?:[ \t\r\n,]|\xef\xbb\xbf)*+\{" + SPACE + rb'"records"' + SPACE + rb":" + SPACE + rb"\["
_SEPARATORS = re.compile(rb"(?:[ \t\r\n,]|" + _JOINT + rb")*+", re.IGNORECASE)
_LIST_END = re.compile(rb"\]" + SPACE + rb"\}?+" + SPACE + rb"\]?+" + SPACE + rb"\Z")


@dataclass
class Stretch:
    """Some records in a row, and where in the bytes they end."""

    end: int
    records: list[Any] = field(default_factory=list)
    broken: int = 0
    too_large: list[LargeRecord] = field(default_factory=list)


def whole_records(part: SomeBytes, start: int, check: Callable[[], None] = never) -> Iterator[Stretch]:
    """The records from `start` on, about CHUNK bytes at a time. What `check` raises ends the work."""
    scan = Scan(part, check)
    position = start
    while stretch := next_stretch(scan, position, CHUNK):
        yield stretch
        position = stretch.end


def next_stretch(scan: Scan, position: int, size: int) -> Stretch | None:
    """About `size` bytes of records from `position` on; None when no whole record follows."""
    scan.check()
    part = scan.part
    position = _skip_separators(part, position)
    if position >= len(part) or _LIST_END.match(part, position):
        return None
    return _read_quickly(part, position, size) or _read_carefully(scan, position, size)


def _skip_separators(part: SomeBytes, position: int) -> int:
    found = _SEPARATORS.match(part, position)
    return found.end() if found else position


def _read_quickly(part: SomeBytes, start: int, size: int) -> Stretch | None:
    """About `size` bytes of undamaged records, of several lists too; None when orjson does not agree that they are."""
    whole = _read_list_quickly(part, start, size)
    while whole and whole.end - start < size:
        begin = _skip_separators(part, whole.end)
        is_another_list = b"]" in bytes(part[whole.end : begin])
        left = max(size - (begin - start), _FIRST_WINDOW)
        more = _read_list_quickly(part, begin, left) if is_another_list else None
        if more is None:
            break
        whole.records += more.records
        whole.end = more.end
    return whole


def _read_list_quickly(part: SomeBytes, start: int, size: int) -> Stretch | None:
    """The same of one list."""
    end = _last_closed(part, start, size)
    if end is None:
        return None
    try:
        return Stretch(end, orjson.loads(b"".join((b"[", memoryview(part)[start:end], b"]"))))
    except orjson.JSONDecodeError:
        return None


def _last_closed(part: SomeBytes, start: int, wanted: int) -> int | None:
    """Where all braces are closed for the last time in the next bytes that are wanted, else the first time.

    Takes every brace for a real one, and looks no further than one record may reach.
    """
    last, depth, size, begin = None, 0, min(_FIRST_WINDOW, wanted), start
    while begin < min(len(part), start + scanning.RECORD_LIMIT):
        window = np.frombuffer(part, np.uint8, min(size, len(part) - begin), begin)
        marks = np.flatnonzero((window | 6) == 0x7F)  # { is 0x7b, } is 0x7d; y and DEL come along
        bytes_there = window[marks]
        depths = depth + np.cumsum((bytes_there == 0x7B).astype(np.int64) - (bytes_there == 0x7D))
        too_far = np.flatnonzero(depths < 0)
        upto = too_far[0] if len(too_far) else len(depths)
        closed = np.flatnonzero((depths[:upto] == 0) & (bytes_there[:upto] == 0x7D))
        if len(closed):
            last = begin + int(marks[closed[-1]]) + 1
        if len(too_far) or (last is not None and begin + size - start >= wanted):
            break
        depth = int(depths[-1]) if len(depths) else depth
        begin, size = begin + size, min(2 * size, _WINDOW, wanted)
    return last


def _read_carefully(scan: Scan, start: int, size: int) -> Stretch | None:
    """About `size` bytes of records found one by one; None when no whole record follows."""
    part, stretch, position = scan.part, Stretch(start), start
    in_debris = False  # pieces of one damaged place count once
    while position - start < size or in_debris:
        scan.check()
        position = _skip_separators(part, position)
        if position >= len(part) or _LIST_END.match(part, position):
            break
        end, is_whole = scan.value_extent(position)
        if end is None:
            break
        is_piece = part[position] not in b"{["
        if is_whole and end - position > scanning.RECORD_LIMIT:
            stretch.too_large.append(LargeRecord(position, end - position))
        elif is_whole:
            stretch.records.append(orjson.loads(part[position:end]))
        elif not (is_piece and in_debris):
            stretch.broken += 1
        in_debris = is_piece and not is_whole
        stretch.end = position = end
    return stretch if stretch.end > start else None
