"""One flow tuple: every field checked, its numbers put into a row. What is rarely written is ODD, right or wrong."""

from __future__ import annotations

from nsgflow_core.ask.codes import STATE_CODES
from nsgflow_core.formats.compiled.addresses import address_at
from nsgflow_core.formats.compiled.compiling import FULL, ODD, Bytes, byte, compiled, int64
from nsgflow_core.formats.compiled.tables import (
    BLOB,
    ENCRYPTION_AT,
    MEMO,
    MEMOS,
    N_ROWS,
    Rows,
    Scratch,
    context_number,
    word_number,
)
from nsgflow_core.formats.compiled.texts import COMMA, QUOTE
from nsgflow_core.formats.compiled.words import COMMAS, WORD_WIDTH, short_text
from nsgflow_core.formats.fields import END_SECOND, FIRST_SECOND, SECONDS_BELOW
from nsgflow_core.words.vocabulary import FlowState

V1, V2, V4 = int64(1), int64(2), int64(4)
"""The layouts of tuples."""
INBOUND, DENIED, IS_VNET = 1, 2, 4
"""Bits of `Tables.context_codes`; the word of the encryption is above them."""
CODE_BITS = 3
ALL_EMPTY = 15
_LONGEST_COUNTER, _LONGEST_ENCRYPTION, _LONGEST_TIME = 15, 64, 18
_BEGIN, _CONTINUING, _END, _DENY = (
    next(code for code, word in STATE_CODES.items() if word == state) for state in FlowState
)


@compiled
def time_at(part: Bytes, at: int) -> tuple[int, int]:
    """(epoch microseconds, where the comma behind it is)."""
    begin, number = at, 0
    while 0x30 <= byte(part, at) <= 0x39 and at - begin < _LONGEST_TIME:
        number = number * 10 + (byte(part, at) - 0x30)
        at += 1
    if at == begin or byte(part, at) != COMMA:
        return 0, ODD
    if number < SECONDS_BELOW:
        return (number * 1_000_000, at) if FIRST_SECOND <= number < END_SECOND else (0, ODD)
    return (number * 1_000, at) if FIRST_SECOND * 1_000 <= number < END_SECOND * 1_000 else (0, ODD)


@compiled
def port_at(part: Bytes, at: int) -> tuple[int, int]:
    """(a port, where the comma behind it is)."""
    begin, number = at, 0
    while 0x30 <= byte(part, at) <= 0x39 and at - begin < 5:
        number = number * 10 + (byte(part, at) - 0x30)
        at += 1
    return (number, at) if at > begin and number <= 65_535 and byte(part, at) == COMMA else (0, ODD)


@compiled
def protocol_at(part: Bytes, at: int, layout: int) -> tuple[int, int]:
    """(the IANA number, where the comma behind it is)."""
    if byte(part, at) == 0x54 and byte(part, at + 1) == COMMA:
        return 6, at + 1
    if byte(part, at) == 0x55 and byte(part, at + 1) == COMMA:
        return 17, at + 1
    number, end = port_at(part, at)
    is_number = layout == V4 and end > at and number <= 255 and (byte(part, at) != 0x30 or end - at == 1)
    return (number, end) if is_number else (0, ODD)


@compiled
def state_of(letter: int, layout: int) -> int:
    """The code of a flow state; ODD."""
    if letter == 0x42:
        return _BEGIN
    if letter == 0x43:
        return _CONTINUING
    if letter == 0x45:
        return _END
    return _DENY if letter == 0x44 and layout == V4 else ODD


@compiled
def encryption_end(part: Bytes, at: int) -> int:
    """Where the comma behind the word is; ODD, also for one in lower case, which the careful way spells."""
    begin = at
    while at - begin <= _LONGEST_ENCRYPTION:
        letter = byte(part, at)
        if letter == COMMA:
            return at
        if not (0x30 <= letter <= 0x39 or 0x41 <= letter <= 0x5A or letter == 0x5F):
            return ODD
        at += 1
    return ODD


@compiled
def encryption_at(work: Scratch, part: Bytes, at: int) -> tuple[int, int]:
    """(the word, where the comma behind it is); mostly it is that of the tuple before."""
    text, _, size = short_text(part, at, COMMAS)
    if size < WORD_WIDTH and text == work[ENCRYPTION_AT]:
        return work[ENCRYPTION_AT + 1], at + size
    end = encryption_end(part, at)
    if end < 0:
        return 0, ODD
    number = word_number(work, part, at, end)
    if number < 0:
        return 0, FULL
    if size < WORD_WIDTH:
        work[ENCRYPTION_AT], work[ENCRYPTION_AT + 1] = text, number
    return number, end


@compiled
def counter_at(part: Bytes, at: int) -> tuple[int, int]:
    """(a counter, what is behind it); behind no digits where it is empty."""
    begin, number = at, 0
    while 0x30 <= byte(part, at) <= 0x39 and at - begin < _LONGEST_COUNTER:
        number = number * 10 + (byte(part, at) - 0x30)
        at += 1
    return number, at


@compiled
def tuple_at(work: Scratch, rows: Rows, part: Bytes, at: int, layout: int, names: int) -> int:
    """Put the tuple whose first byte is at `at` into a row; behind its closing quote, ODD or FULL."""
    row = work[N_ROWS]
    if row >= len(rows):
        return FULL
    at = five_tuple_at(work, rows, row, part, at, layout)
    if at < 0:
        return at
    context, state, at = codes_at(work, part, at + 1, layout, names)
    if at < 0:
        return at
    rows[row].context = context
    rows[row].blob = work[BLOB]
    rows[row].state = state
    rows[row].nulls = ALL_EMPTY
    if layout != V1:
        at = counters_at(rows, row, part, at)
        if at < 0:
            return at
    if byte(part, at) != QUOTE:
        return ODD
    work[N_ROWS] = row + 1
    return at + 1


@compiled
def five_tuple_at(work: Scratch, rows: Rows, row: int, part: Bytes, at: int, layout: int) -> int:
    """Put time, addresses, ports and protocol into a row; where the comma behind them is, ODD or FULL."""
    moment, at = time_at(part, at)
    if at < 0:
        return ODD
    src, at = address_at(work, part, at + 1)
    if at < 0 or src < 0:
        return at if at < 0 else FULL
    dst, at = address_at(work, part, at + 1)
    if at < 0 or dst < 0:
        return at if at < 0 else FULL
    src_port, at = port_at(part, at + 1)
    if at < 0:
        return ODD
    dst_port, at = port_at(part, at + 1)
    if at < 0:
        return ODD
    protocol, at = protocol_at(part, at + 1, layout)
    if at < 0:
        return ODD
    rows[row].time = moment
    rows[row].src = src
    rows[row].dst = dst
    rows[row].src_port = src_port
    rows[row].dst_port = dst_port
    rows[row].protocol = protocol
    return at


@compiled
def counters_at(rows: Rows, row: int, part: Bytes, at: int) -> int:
    """Put the four counters behind the comma at `at` into a row; what is behind them, ODD."""
    first, end = counter_at(part, at + 1)
    if byte(part, end) != COMMA:
        return ODD
    nulls = int(end == at + 1)
    second, at = counter_at(part, end + 1)
    if byte(part, at) != COMMA:
        return ODD
    nulls |= (at == end + 1) << 1
    third, end = counter_at(part, at + 1)
    if byte(part, end) != COMMA:
        return ODD
    nulls |= (end == at + 1) << 2
    fourth, at = counter_at(part, end + 1)
    rows[row].nulls = nulls | (at == end + 1) << 3
    rows[row].counter_0 = first
    rows[row].counter_1 = second
    rows[row].counter_2 = third
    rows[row].counter_3 = fourth
    return at


@compiled
def codes_at(work: Scratch, part: Bytes, at: int, layout: int, names: int) -> tuple[int, int, int]:
    """(the context, the state, what is behind the fields that tell them)."""
    if byte(part, at) != 0x49 and byte(part, at) != 0x4F:
        return 0, 0, ODD
    if byte(part, at + 1) != COMMA:
        return 0, 0, ODD
    codes = INBOUND if byte(part, at) == 0x49 else 0
    at += 2
    letter, state, encryption = byte(part, at), 0, 0
    at += 1
    if layout == V4:
        codes |= IS_VNET
        state = state_of(letter, layout)
        if state < 0 or byte(part, at) != COMMA:
            return 0, 0, ODD
        codes |= DENIED if state == _DENY else 0
        encryption, at = encryption_at(work, part, at + 1)
        if at < 0:
            return 0, 0, at
    else:
        if letter != 0x41 and letter != 0x44:
            return 0, 0, ODD
        codes |= DENIED if letter == 0x44 else 0
        if layout == V2:
            if byte(part, at) != COMMA:
                return 0, 0, ODD
            state = state_of(byte(part, at + 1), layout)
            if state < 0 or byte(part, at + 2) != COMMA:
                return 0, 0, ODD
            at += 2
    context = context_of(work, names, encryption, codes)
    return context, state, at if context >= 0 else FULL


@compiled
def context_of(work: Scratch, names: int, encryption: int, codes: int) -> int:
    """The context's number, mostly from those that this group had already; FULL.

    The memo holds the word of an encryption, and under it the number for each decision and direction, each plus 1.
    """
    if work[MEMO] != encryption + 1:
        work[MEMO : MEMO + MEMOS] = 0
        work[MEMO] = encryption + 1
    place = MEMO + 1 + (codes & (INBOUND | DENIED))
    if work[place] == 0:
        number = context_number(work, names, encryption << CODE_BITS | codes)
        if number < 0:
            return FULL
        work[place] = number + 1
    return work[place] - 1
