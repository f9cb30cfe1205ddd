"""Bytes of a blob -> whole records: where they start, where each ends, and what lies between them that is none.

The quick way cuts at the last place where every brace is closed and lets orjson read the stretch. orjson accepts
`[stretch]` only when the stretch is whole values, so a brace inside a text can mislead the cut but never the result.
Where orjson refuses, records are found one by one, minding texts.

What is no record is one of two things. At the end of the bytes it may be a record that Azure (or a copy) has not
finished writing: it is left alone, and `end` stays before it, so that the next read meets it again. Followed by a
whole flow record, or closed and still not JSON, no later byte can repair it, since flow-log blobs only grow
(Microsoft Learn, "Read flow logs"): it is damage, counted as one broken record and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

CHUNK = 8 << 20
"""Bytes of JSON read in one go: memory stays bounded for blobs of hundreds of MB, and caches are used well."""

_SPACE = rb"[ \t\r\n]*"
_SEPARATORS = re.compile(rb"[ \t\r\n,]*")
_LIST_END = re.compile(_SPACE + rb"\]" + _SPACE + rb"\}?" + _SPACE + rb"\Z")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]"]', re.DOTALL)
_STRAY = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^,\[\]{}" \t\r\n]+|.', re.DOTALL)
_RECORD_KEYS = (
    b"time|systemId|category|resourceId|operationName|properties|macAddress|flowLogVersion|flowLogGUID"
    b"|flowLogResourceID|targetResourceID|flowRecords"
)
_RECORD_START = re.compile(rb"\{" + _SPACE + rb'"(?:' + _RECORD_KEYS + rb')"' + _SPACE + rb":", re.IGNORECASE)
"""Inside a JSON text the quotes would be escaped, so in whole JSON this is always the start of an object."""

Bytes = bytes | memoryview


@dataclass
class Stretch:
    """Some records in a row, and where in the bytes they end."""

    end: int
    records: list[Any] = field(default_factory=list)
    broken: int = 0


def whole_records(part: Bytes, start: int) -> Iterator[Stretch]:
    """The records from `start` on, about CHUNK bytes at a time."""
    position = start
    while True:
        position = _skip_separators(part, position)
        if position >= len(part) or _LIST_END.match(part, position):
            return
        stretch = _read_quickly(part, position) or _read_carefully(part, position)
        if stretch is None:
            return
        yield stretch
        position = stretch.end


def first_flow_record(part: Bytes, start: int) -> int | None:
    """Where the first whole flow record at or after `start` begins."""
    position = start
    while found := _RECORD_START.search(part, position):
        if _is_flow_record_at(part, found.start()):
            return found.start()
        position = found.start() + 1
    return None


def _skip_separators(part: Bytes, position: int) -> int:
    found = _SEPARATORS.match(part, position)
    return found.end() if found else position


def _read_quickly(part: Bytes, start: int) -> Stretch | None:
    """About CHUNK bytes of undamaged records; None when orjson does not agree that they are."""
    size = CHUNK
    while (end := _last_closed(part, start, start + size)) is None:
        if start + size >= len(part):
            return None
        size *= 2
    try:
        return Stretch(end, orjson.loads(b"".join((b"[", memoryview(part)[start:end], b"]"))))
    except orjson.JSONDecodeError:
        return None


def _last_closed(part: Bytes, start: int, stop: int) -> int | None:
    """The end of the last stretch in [start, stop) whose braces are all closed, taking every brace for a real one."""
    window = np.frombuffer(part, np.uint8, min(stop, len(part)) - start, start)
    marks = np.flatnonzero((window | 6) == 0x7F)  # { is 0x7b, } is 0x7d; y and DEL come along
    bytes_there = window[marks]
    depth = np.cumsum((bytes_there == 0x7B).astype(np.int64) - (bytes_there == 0x7D))
    too_far = np.flatnonzero(depth < 0)
    upto = too_far[0] if len(too_far) else len(depth)
    closed = np.flatnonzero((depth[:upto] == 0) & (bytes_there[:upto] == 0x7D))
    return start + int(marks[closed[-1]]) + 1 if len(closed) else None


def _read_carefully(part: Bytes, start: int) -> Stretch | None:
    """About CHUNK bytes of records found one by one; None when no whole record follows."""
    stretch = Stretch(start)
    position = start
    in_debris = False  # pieces of one damaged place count once
    while position - start < CHUNK:
        position = _skip_separators(part, position)
        if position >= len(part) or _LIST_END.match(part, position):
            break
        end, is_whole = value_extent(part, position)
        if end is None:
            break
        is_piece = part[position : position + 1] not in (b"{", b"[")
        if is_whole:
            stretch.records.append(orjson.loads(part[position:end]))
        elif not (is_piece and in_debris):
            stretch.broken += 1
        in_debris = is_piece and not is_whole
        stretch.end = position = end
    return stretch if stretch.end > start else None


def value_extent(part: Bytes, start: int) -> tuple[int | None, bool]:
    """(where the value at `start` ends, True) or, for damage, (where it ends or the next record starts, False).

    (None, False) when the bytes end, or the list does, before either is known.
    """
    if part[start : start + 1] not in (b"{", b"["):
        return _stray_extent(part, start)
    depth = 0
    rival = _RECORD_START.search(part, start + 1)
    for token in _TOKEN.finditer(part, start):
        while rival and token.end() > rival.start():
            if _is_flow_record_at(part, rival.start()):
                return rival.start(), False
            rival = _RECORD_START.search(part, rival.start() + 1)
        mark = token[0]
        if mark == b'"':  # a text that never ends
            break
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        if depth == 0:
            return token.end(), _is_json(part[start : token.end()])
    found = first_flow_record(part, rival.start()) if rival else None
    return found, False


def _stray_extent(part: Bytes, start: int) -> tuple[int | None, bool]:
    """The extent of something in the list that is neither an object nor a list: a plain value, or damage."""
    found = _STRAY.match(part, start)
    if found is None or found.end() >= len(part):
        return None, False
    if found[0] in (b"]", b"}", b'"'):  # the list ends here, unless records go on behind it
        return first_flow_record(part, start), False
    return found.end(), _is_json(found[0])


def _is_flow_record_at(part: Bytes, start: int) -> bool:
    """True when a whole record with flows starts here and no other starts inside it."""
    rival = _RECORD_START.search(part, start + 1)
    stop = rival.start() if rival else len(part)
    depth = 0
    for token in _TOKEN.finditer(part, start, stop):
        mark = token[0]
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        if depth == 0:
            return _is_json(part[start : token.end()]) and _has_flows(orjson.loads(part[start : token.end()]))
    return False


def _has_flows(record: dict[str, Any]) -> bool:
    keys = {key.lower(): value for key, value in record.items()}
    holder = keys.get("flowrecords") or keys.get("properties")
    return isinstance(holder, dict) and any(key.lower() == "flows" for key in holder)


def _is_json(text: Bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
