"""Rows sorted by pair and time: keys of 63 bits, digit by digit from the lowest on: a third of numpy's sort.

The place of a row is in the lowest bits of its key. Keys are made in the order of places, and each round keeps the
order of the one before, so these bits need no round.
"""

from __future__ import annotations

from nsgflow_core.formats.coded.rows import Longs
from nsgflow_core.formats.compiled.compiling import entry
from nsgflow_core.formats.compiled.tables import Rows

DIGIT_BITS = 11
"""So many that the places where the numbers of a digit go on lie in the processor's first cache."""


@entry
def make_keys(
    rows: Rows,
    ranks: Longs,
    end_bits: int,
    time_bits: int,
    place_bits: int,
    since: int,
    shift: int,
    keys: Longs,
    counts: Longs,
) -> None:
    """The key of each row (see `PairKey`); how often each number of each digit is there, the lowest digit first."""
    mask = (1 << DIGIT_BITS) - 1
    for at in range(len(rows)):
        row = rows[at]
        ends = ranks[row.src] << end_bits | ranks[row.dst]
        key = ends << time_bits | (row.time - since) >> shift
        keys[at] = key << place_bits | at
        for digit in range(len(counts)):
            counts[digit, key & mask] += 1
            key >>= DIGIT_BITS


@entry
def sort_keys(keys: Longs, counts: Longs, place_bits: int) -> None:
    """Sort `keys[0]`, with `keys[1]` as room: their places lie in the one that as many rounds as digits lead to."""
    mask, size = (1 << DIGIT_BITS) - 1, keys.shape[1]
    for digit in range(len(counts)):
        before = 0
        for number in range(mask + 1):
            counts[digit, number], before = before, before + counts[digit, number]
        here, there = digit & 1, 1 - (digit & 1)
        shift = place_bits + digit * DIGIT_BITS
        for at in range(size):
            key = keys[here, at]
            number = key >> shift & mask
            keys[there, counts[digit, number]] = key
            counts[digit, number] += 1
    end, places = len(counts) & 1, (1 << place_bits) - 1
    for at in range(size):
        keys[end, at] &= places
