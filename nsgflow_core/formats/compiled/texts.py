"""JSON as Azure writes it: texts without escapes, plain numbers, keys in their one spelling.

Every function stops at a byte that it does not take. A NUL is none of them, so nothing runs over the end of the bytes,
which are followed by one: Python's `bytes` always are (C API, `PyBytes_AsString`).
"""

from __future__ import annotations

import numpy as np

from nsgflow_core.formats.compiled.compiling import ODD, Bytes, byte, compiled, seldom
from nsgflow_core.formats.compiled.words import COLONS, MIXER, WORD_WIDTH, plain_end, short_text

QUOTE, COMMA, COLON, POINT = 0x22, 0x2C, 0x3A, 0x2E
OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_SPACE = 0x20

KEYS = (
    *("flowRecords", "properties", "resourceId", "macAddress", "targetResourceID", "flows", "aclID", "flowGroups"),
    *("rule", "flowTuples", "mac", "Version"),
)
(FLOW_RECORDS, PROPERTIES, RESOURCE, MAC_ADDRESS, TARGET, FLOWS, ACL, FLOW_GROUPS, RULE, FLOW_TUPLES, MAC, VERSION) = (
    range(1, len(KEYS) + 1)
)
OTHER_KEY = 0
_KEY_BYTES = np.frombuffer("".join(KEYS).encode(), np.uint8)
_KEY_STARTS = np.cumsum([0, *(len(key) for key in KEYS)])
_LONGEST_KEY = max(len(key) for key in KEYS)
_FIRST_OF_SIZE = np.array(
    [next((place for place, key in enumerate(KEYS) if len(key) == size), -1) for size in range(_LONGEST_KEY + 1)]
)
_NEXT_OF_SIZE = np.array(
    [next((n for n in range(place + 1, len(KEYS)) if len(KEYS[n]) == len(key)), -1) for place, key in enumerate(KEYS)]
)
_SHORT = {place: f'"{key}":'.encode() for place, key in enumerate(KEYS, 1) if len(key) + 3 <= 2 * WORD_WIDTH}
_KEY_SLOTS, _SLOT_SHIFT = 32, 46


def _slot(first: int) -> int:
    return (first * MIXER >> _SLOT_SHIFT) % _KEY_SLOTS


_SHORT_KEYS = np.zeros((_KEY_SLOTS, 3), np.int64)
"""The first and second word of a key with its quotes and colon, and which it is, in a line that the first tells."""
for _place, _text in _SHORT.items():
    _first, _second = (int.from_bytes(_text[at : at + WORD_WIDTH], "little") for at in (0, WORD_WIDTH))
    _SHORT_KEYS[_slot(_first)] = _first, _second, _place
if np.count_nonzero(_SHORT_KEYS[:, 2]) != len(_SHORT):
    raise ValueError("two keys have one slot")
_IS_SPACE = np.array([chr(code) in " \t\r\n" for code in range(256)])
_IS_PLAIN = np.array([0x20 <= code < 0x80 and chr(code) not in '"\\' for code in range(256)])
"""By byte: whether it is white space of JSON; whether it stands in a text for itself."""
_LONGEST_NUMBER = 15


@compiled
def after_space(part: Bytes, at: int) -> int:
    """The next byte that is no white space."""
    while _IS_SPACE[byte(part, at)]:
        at += 1
    return at


@compiled
def text_end(part: Bytes, at: int) -> int:
    """Where the text whose first byte is at `at` has its closing quote; ODD for one with escapes or foreign letters."""
    at = plain_end(part, at)
    while _IS_PLAIN[byte(part, at)]:
        at += 1
    return at if byte(part, at) == QUOTE else ODD


@compiled
def key_of(part: Bytes, begin: int, end: int) -> int:
    """Which of KEYS it is, counted from 1; OTHER_KEY; ODD for one of them in another casing."""
    size = end - begin
    place = _FIRST_OF_SIZE[size] if size <= _LONGEST_KEY else -1
    while place >= 0:
        start = _KEY_STARTS[place]
        alike, same = 0, 0
        while alike < size and (byte(part, begin + alike) | 0x20) == (_KEY_BYTES[start + alike] | 0x20):
            same += byte(part, begin + alike) == _KEY_BYTES[start + alike]
            alike += 1
        if alike == size:
            return place + 1 if same == size else ODD
        place = _NEXT_OF_SIZE[place]
    return OTHER_KEY


@compiled
def after_plain_value(part: Bytes, at: int) -> int:
    """Behind a plain text or whole number; ODD for anything else."""
    if byte(part, at) == QUOTE:
        end = text_end(part, at + 1)
        return end + 1 if end >= 0 else ODD
    begin = at
    while 0x30 <= byte(part, at) <= 0x39:
        at += 1
    size = at - begin
    if size == 0 or size > _LONGEST_NUMBER or (byte(part, begin) == 0x30 and size > 1):
        return ODD
    mark = byte(part, at)
    return at if mark == COMMA or mark == CLOSE_OBJECT or mark <= _SPACE else ODD


@compiled
def key_at(part: Bytes, at: int) -> tuple[int, int]:
    """(which key stands here, where its value begins); (ODD, at) when no key does."""
    if byte(part, at) != QUOTE:
        return ODD, at
    first, second, size = short_text(part, at, COLONS)
    slot = (first * MIXER >> _SLOT_SHIFT) & (_KEY_SLOTS - 1)
    if _SHORT_KEYS[slot, 0] == first and _SHORT_KEYS[slot, 1] == second and first != 0:
        return _SHORT_KEYS[slot, 2], after_space(part, at + size + 1)
    return other_key_at(part, at)


@seldom
def other_key_at(part: Bytes, at: int) -> tuple[int, int]:
    """The same, letter by letter."""
    end = text_end(part, at + 1)
    if end < 0:
        return ODD, at
    key = key_of(part, at + 1, end)
    at = after_space(part, end + 1)
    if key < 0 or byte(part, at) != COLON:
        return ODD, at
    return key, after_space(part, at + 1)


@compiled
def next_member(part: Bytes, at: int, closing: int) -> tuple[int, bool]:
    """After a value: (where the next one begins, False) or (behind the closing mark, True); (ODD, True)."""
    at = after_space(part, at)
    if byte(part, at) == COMMA:
        return after_space(part, at + 1), False
    if byte(part, at) == closing:
        return at + 1, True
    return ODD, True
