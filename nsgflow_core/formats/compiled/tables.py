"""The tables that the compiled pass fills: a row a tuple, and each distinct address, word and context once.

All but the rows lie in one array, `work`, since every array that a compiled function is handed costs it time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.formats.compiled.compiling import FULL, Bytes, compiled, seldom
from nsgflow_core.formats.compiled.words import MIXER, WORD_WIDTH, some_of

Scratch = NDArray[np.int64]
Rows = NDArray[np.void]
Blobs = NDArray[np.int64]

ROW = np.dtype(
    [
        *((name, np.int64) for name in ("time", "counter_0", "counter_1", "counter_2", "counter_3")),
        *((name, np.int32) for name in ("src", "dst", "context", "blob")),
        *((name, np.uint16) for name in ("src_port", "dst_port")),
        *((name, np.uint8) for name in ("protocol", "state", "nulls", "spare")),
    ]
)
"""One tuple. Bit n of `nulls`: its counter n is empty."""

BLOB_COLUMNS = 6
NUMBER, BEGIN, STOP, TUPLES, FIRST, LATEST = range(BLOB_COLUMNS)
"""A line for a blob that is read: its number, where its bytes to be read begin and end, and what was taken of it: how
many tuples, and their first and last time where there are any."""

ADDRESSES = 1 << 18
WORDS = 1 << 14
WORD_BYTES = 1 << 19
CONTEXTS = 1 << 16
"""How much of each a batch may hold; what does not fit makes the batch end earlier."""

N_ROWS, N_ADDRESSES, N_WORDS, N_CONTEXTS = range(4)
BLOB, HAS_WASTE, N_LETTERS = 4, 5, 6
"""The number of the blob that is read; 1 where a record that could not be taken may have left addresses or contexts;
how many numbers of LETTERS are taken."""
MEMO = 8
"""The contexts of the group that were met (`tuples.tuple_at`)."""
MEMOS = 5
LAST = MEMO + MEMOS
"""For each kind of name the last one: where it begins, how long it is plus 1, its word (`records.name_at`)."""
LASTS = 13
RECORD_NAMES = 3
OF_RECORD = LAST + 3 * LASTS
"""The words of a record's resource, MAC and target, as far as they were met."""
FRONT, FRONT_SIZE, FRONT_NAMES = range(OF_RECORD + RECORD_NAMES, OF_RECORD + RECORD_NAMES + 3)
"""Where the last text between a record's first member and its flows begins, how long it is; those words behind it."""
ENCRYPTION_AT = FRONT_NAMES + RECORD_NAMES
"""The letters of the last encryption with their comma, and its word."""
_ADDRESS_SLOTS = ENCRYPTION_AT + 2
_WORD_SLOTS = _ADDRESS_SLOTS + 2 * ADDRESSES
_CONTEXT_SLOTS = _WORD_SLOTS + 2 * WORDS
MET = _CONTEXT_SLOTS + 2 * CONTEXTS
"""Texts of addresses that were met, each in a line that its letters tell: the letters, and the number plus 1."""
MET_BITS, MET_LINE = 14, 4
_ZEROED = MET + (MET_LINE << MET_BITS)
"""What must be 0 before a batch begins ends here."""
WORD_STARTS = _ZEROED
WORD_SIZES = WORD_STARTS + WORDS
"""Of each word where its letters begin in LETTERS, and how many bytes they are."""
HIGH = WORD_SIZES + WORDS
LOW = HIGH + ADDRESSES
NAMES_AT = LOW + ADDRESSES
"""Of each context the words of NSG, rule, MAC and target, 16 bits each."""
CODES = NAMES_AT + CONTEXTS
"""Of each context the word of the encryption, and bits (`tuples`)."""
LETTERS = CODES + CONTEXTS
"""Eight letters a number, each word from a number of its own on."""
SIZE = LETTERS + WORD_BYTES // WORD_WIDTH


def new_work() -> Scratch:
    """Room for the tables of a batch."""
    return np.zeros(SIZE, np.int64)


def new_rows(count: int) -> Rows:
    """Room for so many rows, each of which is one line of the processor's cache."""
    room = np.empty((count + 1) * ROW.itemsize, np.uint8)
    start = -room.ctypes.data % ROW.itemsize
    return room[start : start + count * ROW.itemsize].view(ROW)


def clear(work: Scratch) -> None:
    """Begin a batch."""
    work[:_ZEROED] = 0


@compiled
def _pair_number(work: Scratch, high: int, low: int, count: int, slots: int, highs: int, lows: int, most: int) -> int:
    """The number of two numbers among those whose halves lie at `highs` and `lows`, given anew when it is not there.

    FULL where there are `most` already. `count` is where their number lies, `slots` where the places of 2 * `most` do.
    """
    mixed = ((high * 0x1E3779B97F4A7C15) ^ low) * MIXER
    slot = (mixed >> 40) & (2 * most - 1)
    while True:
        number = work[slots + slot] - 1
        if number < 0:
            break
        if work[lows + number] == low and work[highs + number] == high:
            return number
        slot = (slot + 1) & (2 * most - 1)
    number = work[count]
    if number >= most:
        return FULL
    work[highs + number] = high
    work[lows + number] = low
    work[count] = number + 1
    work[slots + slot] = number + 1
    return number


@compiled
def address_number(work: Scratch, high: int, low: int) -> int:
    """The number of an address in this batch, given anew when it is not there; FULL."""
    return _pair_number(work, high, low, N_ADDRESSES, _ADDRESS_SLOTS, HIGH, LOW, ADDRESSES)


@seldom
def word_number(work: Scratch, part: Bytes, begin: int, end: int) -> int:
    """The number of a text in this batch, given anew when it is not there; FULL."""
    mixed = end - begin
    for at in range(begin, end, WORD_WIDTH):
        mixed = (mixed ^ some_of(part, at, end)) * MIXER
        mixed ^= mixed >> 29
    slot = (mixed >> 32) & (2 * WORDS - 1)
    size = end - begin
    while True:
        number = work[_WORD_SLOTS + slot] - 1
        if number < 0:
            break
        if work[WORD_SIZES + number] == size and is_word(work, work[WORD_STARTS + number], part, begin, end):
            return number
        slot = (slot + 1) & (2 * WORDS - 1)
    number, start = work[N_WORDS], work[N_LETTERS]
    if number >= WORDS or start + size // WORD_WIDTH >= WORD_BYTES // WORD_WIDTH:
        return FULL
    for at in range(begin, end, WORD_WIDTH):
        work[LETTERS + work[N_LETTERS]] = some_of(part, at, end)
        work[N_LETTERS] += 1
    work[WORD_STARTS + number], work[WORD_SIZES + number] = start, size
    work[N_WORDS] = number + 1
    work[_WORD_SLOTS + slot] = number + 1
    return number


@compiled
def is_word(work: Scratch, start: int, part: Bytes, begin: int, end: int) -> bool:
    """True where the letters kept from `start` on are these."""
    place = LETTERS + start
    for at in range(begin, end, WORD_WIDTH):
        if work[place] != some_of(part, at, end):
            return False
        place += 1
    return True


@compiled
def context_number(work: Scratch, names: int, codes: int) -> int:
    """The number of a context in this batch, given anew when it is not there; FULL."""
    return _pair_number(work, codes, names, N_CONTEXTS, _CONTEXT_SLOTS, CODES, NAMES_AT, CONTEXTS)
