"""Eight bytes at a time: the same text as before, and texts without marks, which most of JSON is.

A word holds the byte that comes first in its lowest bits, as all machines that numba has wheels for do. What is nearer
to the end of the bytes than a word is looked at byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import types
from numba.extending import intrinsic

from nsgflow_core.formats.compiled.compiling import byte, compiled
from nsgflow_core.formats.compiled.tables import Bytes

WORD = 8
_ONES, _HIGH = 0x0101010101010101, -0x7F7F7F7F7F7F7F80
"""In each byte 1, and in each the highest bit."""
_SPACES, _QUOTES, _BACKSLASHES = (letter * _ONES for letter in b' "\\')


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
    while same <= size - WORD:
        if word_at(part, one + same) != word_at(part, other + same):
            return False
        same += WORD
    while same < size and byte(part, one + same) == byte(part, other + same):
        same += 1
    return same == size


@compiled
def plain_end(part: Bytes, at: int) -> int:
    """The first place from `at` on that holds no plain ASCII: a quote, a back-slash, a control byte, a foreign letter;
    or one before the end of the bytes from which on it has not been looked at."""
    last = len(part) - WORD
    while at <= last:
        word = word_at(part, at)
        quote, slash = word ^ _QUOTES, word ^ _BACKSLASHES
        odd = (word | word - _SPACES | quote - _ONES | slash - _ONES) & _HIGH
        if odd != 0:
            return at + (_lowest_bit(odd) >> 3)
        at += WORD
    return at
