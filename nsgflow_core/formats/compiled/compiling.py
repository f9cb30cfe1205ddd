"""How functions here are compiled, and where the machine code is kept, so that it is made once a machine.

numba tells by one file's time whether what it kept is still good, and does not look at what that file calls. So ours is
kept in a folder named by everything that goes into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import platformdirs
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from nsgflow_core.ask.codes import STATE_CODES
from nsgflow_core.formats import fields, groups

Bytes = NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., object])


def int64(value: int) -> int:
    """A constant that numba takes for a number like any other.

    A plain one has a type of its own until all types of a function are known, and whatever it is handed to is compiled
    for that type as well, again and again on the way down: half of what compiling took.
    """
    return cast(int, np.int64(value))


ODD = -1
"""What stands here is left to the careful way."""
FULL = -2
"""A table is full: what is gathered must be taken away first."""
OVER = -3
"""The list of records ends here, and the bytes with it, or there are no more bytes."""
NO_WORD = int64(-1)
"""The name that something has not got."""

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}
"""No function here makes an array; counting who holds one would take most of the time."""
_INSIDE: dict[str, Any] = {**_OPTIONS, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Each becomes part of what calls it, so that functions may be as short as reads best."""


def compiled(function: Function) -> Function:
    """The function as machine code, for others that are compiled."""
    return cast(Function, numba.njit(**_INSIDE)(function))


def seldom(function: Function) -> Function:
    """The same, compiled once for all that call it: what is seldom called need not be part of each of them."""
    return cast(Function, numba.njit(**{**_INSIDE, "forceinline": False})(function))


def entry(function: Function) -> Function:
    """The function as machine code that is kept, with all that it calls. Raises OSError where it cannot be kept."""
    settings: Any = numba.config
    before, folder = settings.CACHE_DIR, str(platformdirs.user_cache_path("nsgflow") / "compiled" / _digest())
    settings.CACHE_DIR = folder
    try:
        made: Any = numba.njit(cache=True, **_OPTIONS)(function)
    finally:
        settings.CACHE_DIR = before
    if not made.stats.cache_path.startswith(folder):  # numba goes on to other folders, where old code may lie
        raise OSError(f"nothing can be kept in {folder}")
    return cast(Function, made)


def _digest() -> str:
    """Names the sources of this folder, and the values from elsewhere that become part of the machine code."""
    digest = hashlib.blake2b(digest_size=8)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    values = (fields.SECONDS_BELOW, fields.FIRST_SECOND, fields.END_SECOND, groups.LONGEST_NAME, dict(STATE_CODES))
    digest.update(repr((values, numba.__version__)).encode())
    return digest.hexdigest()


def _byte(_typing: Any, part: Any, _at: Any) -> Any:
    def load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.load(builder.gep(array.data, [arguments[1]]))

    return types.uint8(part, types.int64), load


byte: Callable[[NDArray[np.uint8], int], int] = cast(Any, intrinsic(_byte))
"""`part[at]` for an `at` that is never negative: numba asks each index of an array whether it counts from the end."""
