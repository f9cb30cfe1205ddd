"""Small sets as bits of a number: the n-th bit says that the n-th day, or the n-th word, is in the set.

Up to 62 members a set is one int64 and sets join in numpy; larger ones are Python's whole numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Bits = NDArray[Any]
"""int64, or object holding int."""
IN_ONE_WORD = 62


def bits_of(codes: Codes, members: int) -> Bits:
    """The one-member sets of these codes, out of `members` possible ones."""
    if members <= IN_ONE_WORD:
        return np.left_shift(np.int64(1), codes)
    return np.array([1 << int(code) for code in codes], dtype=object)


def join_bits(bits: Bits, groups: Codes, size: int) -> Bits:
    """The union of the sets of each group 0 .. size-1; empty for a group without a member."""
    joined = np.zeros(size, dtype=bits.dtype)
    np.bitwise_or.at(joined, groups, bits)
    return joined


def count_bits(bits: Bits) -> Codes:
    """How many members each set has."""
    if bits.dtype == object:
        return np.array([int(held).bit_count() for held in bits], dtype=np.int64)
    return np.bitwise_count(bits).astype(np.int64)


def union_of(bits: Bits) -> int:
    """The union of all sets, as a whole number."""
    return reduce(or_, (int(held) for held in pd.unique(bits)), 0)


def set_of(wanted: Collection[str], among: Iterable[str]) -> int:
    """The places among these words of those that are wanted, as a set."""
    return sum(1 << place for place, word in enumerate(among) if word in wanted)


def members_of(bits: int) -> list[int]:
    """The places of a set's members, ascending: by its text, which is one pass however long the number is."""
    text, members = bin(bits)[:1:-1], []
    at = text.find("1")
    while at >= 0:
        members.append(at)
        at = text.find("1", at + 1)
    return members
