"""Finding one's way in JSON that may be damaged, in linear time: each byte is looked at a fixed number of times.

What made it quadratic, and what keeps it linear: a text that never ends is met once, because it ends the walk; the
search for the next record start goes forward only, because its last answers are remembered; white space is matched
possessively, so nothing backs up into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

SomeBytes = bytes | memoryview

RECORD_LIMIT = 32 << 20
"""Bytes of the largest record that is read: 450,000 flow tuples of one NIC in one minute, near the 500,000 flows that
a virtual machine can have (Microsoft Learn, "Virtual machine network bandwidth", "Flow limits"). JSON takes up to
thirty times its size in memory once it is read."""
LOOKS_BETWEEN_CHECKS = 1 << 14

SPACE = rb"[ \t\r\n]*+"
_QUOTE, _OPENING, _CLOSING = 0x22, frozenset(b"{["), frozenset(b"}]")
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_TEXT + rb'|[{}\[\]"]', re.DOTALL)
_STRAY = re.compile(_TEXT + rb'|[^,\[\]{}" \t\r\n]++|.', re.DOTALL)
_RECORD_KEYS = (
    b"time|systemId|category|resourceId|operationName|properties|macAddress|flowLogVersion|flowLogGUID"
    b"|flowLogResourceID|targetResourceID|flowRecords"
)
_RECORD_START = re.compile(rb"\{" + SPACE + rb'"(?:' + _RECORD_KEYS + rb')"' + SPACE + rb":", re.IGNORECASE)
"""Inside a JSON text the quotes would be escaped, so in whole JSON this is always the start of an object."""


def never() -> None:
    """The check of work that nobody can cancel."""


class Scan:
    """One walk over a part's bytes. `check` is called every so often, and raises when the work is to end."""

    def __init__(self, part: SomeBytes, check: Callable[[], None] = never) -> None:
        self.part = part
        self.check = check
        self._found: list[tuple[int, int | None]] = []

    def tokens(self, start: int, stop: int | None = None) -> Iterator[tuple[int, int, int]]:
        """(first byte, where it begins, where it ends) of each text, brace and bracket; ends at a text without end."""
        part, looks = self.part, 0
        for token in _TOKEN.finditer(part, start, len(part) if stop is None else stop):
            begin, end = token.span()
            mark = part[begin]
            if mark == _QUOTE and end - begin == 1:
                return
            looks += 1
            if looks == LOOKS_BETWEEN_CHECKS:
                looks = 0
                self.check()
            yield mark, begin, end

    def next_start(self, position: int) -> int | None:
        """Where the next object that begins like a record begins, at or after `position`."""
        for begin, found in self._found:
            if begin <= position and (found is None or position <= found):
                return found
        match = _RECORD_START.search(self.part, position)
        found = match.start() if match else None
        self._found = [(position, found), *self._found[:1]]
        return found

    def first_flow_record(self, start: int) -> int | None:
        """Where the first whole flow record at or after `start` begins."""
        position = self.next_start(start)
        while position is not None and not self.is_flow_record_at(position):
            position = self.next_start(position + 1)
        return position

    def is_flow_record_at(self, start: int) -> bool:
        """True when a whole record with flows starts here and no other starts inside it.

        A record over the limit is not read: that it is whole is enough.
        """
        self.check()
        depth = 0
        for mark, _, end in self.tokens(start, self.next_start(start + 1)):
            depth += (mark in _OPENING) - (mark in _CLOSING)
            if depth == 0:
                return end - start > RECORD_LIMIT or _has_flows(_read(self.part[start:end]))
        return False

    def value_extent(self, start: int) -> tuple[int | None, bool]:
        """(where the value at `start` ends, True) or, for damage, (where it ends or the next record starts, False).

        (None, False) when the bytes end, or the list does, before either is known. A value over the limit is whole
        when it is closed; the caller must not read it.
        """
        if self.part[start] not in _OPENING:
            return self._stray_extent(start)
        depth = 0
        rival = self.next_start(start + 1)
        for mark, _, end in self.tokens(start):
            while rival is not None and end > rival:
                if self.is_flow_record_at(rival):
                    return rival, False
                rival = self.next_start(rival + 1)
            depth += (mark in _OPENING) - (mark in _CLOSING)
            if depth == 0:
                return end, end - start > RECORD_LIMIT or is_json(self.part[start:end])
        return (None if rival is None else self.first_flow_record(rival)), False

    def _stray_extent(self, start: int) -> tuple[int | None, bool]:
        """The extent of something in the list that is neither an object nor a list: a plain value, or damage."""
        found = _STRAY.match(self.part, start)
        if found is None or found.end() >= len(self.part):
            return None, False
        if found[0] in (b"]", b"}", b'"'):  # the list ends here, unless records go on behind it
            return self.first_flow_record(start), False
        return found.end(), len(found[0]) <= RECORD_LIMIT and is_json(found[0])


def is_json(text: SomeBytes) -> bool:
    """True for one whole JSON value."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _read(text: SomeBytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _has_flows(record: object) -> bool:
    if not isinstance(record, dict):
        return False
    keys = {key.lower(): value for key, value in record.items()}
    holder = keys.get("flowrecords") or keys.get("properties")
    return isinstance(holder, dict) and any(key.lower() == "flows" for key in holder)
