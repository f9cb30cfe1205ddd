"""Names that are unique whatever their case."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, count


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or the first of "name-2", "name-3"... that is not among those taken (in lower case)."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(each for each in names if each.casefold() not in taken)
