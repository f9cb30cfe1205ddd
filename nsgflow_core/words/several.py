"""Several values in one cell: they travel as values, and say themselves how they read where text is needed."""

from __future__ import annotations

from typing import ClassVar, TypeVar

T = TypeVar("T")


class Several(tuple[T, ...]):
    """A tuple whose text is that of its values, with a separator between."""

    __slots__ = ()
    separator: ClassVar[str] = "; "

    def __str__(self) -> str:
        return self.separator.join(map(str, self))
