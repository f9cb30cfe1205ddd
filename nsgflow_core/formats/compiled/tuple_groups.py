"""Groups of tuples: those of a rule (version 4), or of a MAC (versions 1 and 2)."""

from __future__ import annotations

from nsgflow_core.formats.compiled.compiling import FULL, NO_WORD, ODD, Bytes, byte, compiled
from nsgflow_core.formats.compiled.tables import (
    LAST,
    MEMO,
    MEMOS,
    WORD_SIZES,
    Rows,
    Scratch,
    word_number,
)
from nsgflow_core.formats.compiled.texts import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COMMA,
    FLOW_TUPLES,
    MAC,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    RULE,
    after_plain_value,
    after_space,
    key_at,
    next_member,
    text_end,
)
from nsgflow_core.formats.compiled.tuples import V4, tuple_at
from nsgflow_core.formats.compiled.words import are_alike
from nsgflow_core.formats.groups import LONGEST_NAME


@compiled
def name_at(work: Scratch, part: Bytes, at: int, key: int) -> tuple[int, int]:
    """(the word of the name under a key, behind its closing quote). Most names are those of the record before."""
    if byte(part, at) != QUOTE:
        return 0, ODD
    at += 1
    last = LAST + 3 * key
    begin, size = work[last], work[last + 1]
    if size > 0 and are_alike(part, begin, at, size):
        return work[last + 2], at + size
    end = text_end(part, at)
    if end < 0 or end - at > LONGEST_NAME:
        return 0, ODD
    word = word_number(work, part, at, end)
    if word < 0:
        return 0, FULL
    work[last], work[last + 1], work[last + 2] = at, end + 1 - at, word
    return word, end + 1


@compiled
def is_empty(work: Scratch, word: int) -> bool:
    """True for a word of no letters, or none."""
    return word < 0 or bool(work[WORD_SIZES + word] == 0)


@compiled
def groups_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, name: int, outer: int, target: int) -> int:
    """A list of groups: of a rule (version 4), or of a MAC."""
    at = after_space(part, at + 1)
    if byte(part, at) == CLOSE_LIST:
        return at + 1
    while True:
        at = group_at(work, rows, part, at, layout, name, outer, target)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_LIST)
        if at < 0 or is_end:
            return at


@compiled
def group_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, name: int, outer: int, target: int) -> int:
    """A group: its name, then its tuples."""
    name_key = RULE if layout == V4 else MAC
    if byte(part, at) != OPEN_OBJECT:
        return ODD
    at = after_space(part, at + 1)
    own = NO_WORD
    is_done = False
    while True:
        key, at = key_at(part, at)
        if key < 0:
            return ODD
        if (key == name_key or key == FLOW_TUPLES) and is_done:
            return ODD
        if key == name_key:
            own, at = name_at(work, part, at, key)
        elif key == FLOW_TUPLES:
            if own < 0 or byte(part, at) != OPEN_LIST:
                return ODD
            is_done = True
            nsg, rule, mac = (name, own, outer) if layout == V4 else (outer, name, own)
            if is_empty(work, nsg) or is_empty(work, rule) or is_empty(work, mac):
                return ODD
            names = nsg << 48 | rule << 32 | mac << 16 | target
            work[MEMO : MEMO + MEMOS] = 0
            at = lines_at(work, rows, part, at, layout, names)
        else:
            at = after_plain_value(part, at)
        if at < 0:
            return at
        at, is_end = next_member(part, at, CLOSE_OBJECT)
        if at < 0 or is_end:
            return at if is_done else ODD


@compiled
def lines_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, names: int) -> int:
    """A list of tuples."""
    at = after_space(part, at + 1)
    if byte(part, at) == CLOSE_LIST:
        return at + 1
    while True:
        if byte(part, at) != QUOTE:
            return ODD
        at = tuple_at(work, rows, part, at + 1, layout, names)
        if at < 0:
            return at
        if byte(part, at) == COMMA and byte(part, at + 1) == QUOTE:
            at += 1
            continue
        at, is_end = next_member(part, at, CLOSE_LIST)
        if at < 0 or is_end:
            return at
