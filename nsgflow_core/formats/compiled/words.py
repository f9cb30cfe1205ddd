"""Eight bytes at a time: the same text as before, and texts without marks, which most of JSON is.

A word holds the byte that comes first in its lowest bits, as all machines that numba has wheels for do. What is nearer
to the end of the bytes than a word is looked at byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import types
from numba.extending import intrinsic

from nsgflow_core.formats.compiled.compiling import Bytes, byte, compiled

WORD_WIDTH = 8
MIXER = 0x3F58476D1CE4E5B9
"""Times this, the bits in the middle of a word tell of all that are below them."""
_ONES, _HIGH = 0x0101010101010101, -0x7F7F7F7F7F7F7F80
"""In each byte 1, and in each the highest bit."""
_SPACES, _QUOTES, _BACKSLASHES = (letter * _ONES for letter in b' "\\')
COMMAS, COLONS = (letter * _ONES for letter in b",:")
"""What `mark_in` looks for, in each byte."""


def _word(_typing: Any, part: Any, _at: Any) -> Any:
    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        whole = context.get_value_type(types.int64)
        return builder.load(builder.bitcast(place, whole.as_pointer()), align=1)

    return types.int64(part, types.int64), load


def _first(_typing: Any, word: Any) -> Any:
    def count(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, False))

    return types.int64(word), count


word_at: Callable[[Bytes, int], int] = cast(Any, intrinsic(_word))
"""The eight bytes from `at` on, which must all be there."""
_lowest_bit: Callable[[int], int] = cast(Any, intrinsic(_first))
"""The place of the lowest bit that is 1; 64 where there is none."""


@compiled
def are_alike(part: Bytes, one: int, other: int, size: int) -> bool:
    """True when `size` bytes from `one` on are those from `other` on; False where either are not all there."""
    if max(one, other) + size > len(part):
        return False
    same = 0
    while same <= size - WORD_WIDTH:
        if word_at(part, one + same) != word_at(part, other + same):
            return False
        same += WORD_WIDTH
    while same < size and byte(part, one + same) == byte(part, other + same):
        same += 1
    return same == size


@compiled
def some_of(part: Bytes, at: int, end: int) -> int:
    """The bytes from `at` on as a word, of those before `end` only, else zeros."""
    if at + WORD_WIDTH <= end:
        return word_at(part, at)
    if at + WORD_WIDTH <= len(part):
        return word_at(part, at) & ((1 << (end - at << 3)) - 1)
    word = 0
    for place in range(at, end):
        word |= byte(part, place) << (place - at << 3)
    return word


@compiled
def mark_in(word: int, marks: int) -> int:
    """A word whose lowest bit that is 1 is the highest one of the first mark's byte; 0 where there is none."""
    other = word ^ marks
    return (other - _ONES) & ~other & _HIGH


@compiled
def up_to(mark: int, word: int) -> tuple[int, int]:
    """(how many bytes come before the mark of `mark_in`, the word with only these and it); all where it is 0."""
    return _lowest_bit(mark) >> 3, word & (((mark & -mark) << 1) - 1)


@compiled
def short_text(part: Bytes, at: int, marks: int) -> tuple[int, int, int]:
    """(the next 16 bytes as two words, up to the first mark and with it, else zeros; how many come before it).

    16 where there is no mark, or where not all of the bytes are there.
    """
    if at + 2 * WORD_WIDTH > len(part):
        return 0, 0, 2 * WORD_WIDTH
    first, second = word_at(part, at), word_at(part, at + WORD_WIDTH)
    mark, later = mark_in(first, marks), mark_in(second, marks)
    size, first = up_to(mark, first)
    if mark != 0:
        return first, 0, size
    behind, second = up_to(later, second)
    return first, second, size + behind


@compiled
def plain_end(part: Bytes, at: int) -> int:
    """The first place from `at` on that holds no plain ASCII: a quote, a back-slash, a control byte, a foreign letter;
    or one before the end of the bytes from which on it has not been looked at."""
    last = len(part) - WORD_WIDTH
    while at <= last:
        word = word_at(part, at)
        quote, slash = word ^ _QUOTES, word ^ _BACKSLASHES
        odd = (word | word - _SPACES | quote - _ONES | slash - _ONES) & _HIGH
        if odd != 0:
            return at + (_lowest_bit(odd) >> 3)
        at += WORD_WIDTH
    return at
