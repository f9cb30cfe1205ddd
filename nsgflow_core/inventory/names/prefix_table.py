"""The prefixes that hold an address, among many, the longest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from nsgflow_core.words.prefixes import V4_MAPPED, Prefix

T = TypeVar("T")


class PrefixTable(Generic[T]):
    """Values by prefix. A look-up asks once per length that occurs, so a hundred thousand prefixes cost no more."""

    def __init__(self) -> None:
        self._by_length: dict[tuple[bool, int], dict[int, list[T]]] = {}
        self._lengths: list[tuple[bool, int]] = []

    def add(self, prefix: Prefix, value: T) -> None:
        """One more value of this prefix."""
        first, last = int.from_bytes(prefix.first, "big"), int.from_bytes(prefix.last, "big")
        width = (last - first).bit_length()
        if (prefix.is_v4, width) not in self._by_length:
            self._by_length[(prefix.is_v4, width)] = {}
            self._lengths = sorted(self._by_length, key=lambda length: length[1])
        self._by_length[(prefix.is_v4, width)].setdefault(first >> width, []).append(value)

    def find(self, packed: bytes) -> list[T]:
        """The values of the longest prefix that holds the packed address; none where no prefix does."""
        return next(self.holding(packed), [])

    def holding(self, packed: bytes) -> Iterator[list[T]]:
        """The values of each prefix that holds the packed address, the longest first."""
        is_v4 = packed[:12] == V4_MAPPED
        number = int.from_bytes(packed, "big")
        for family, width in self._lengths:
            if family == is_v4 and (found := self._by_length[(family, width)].get(number >> width)):
                yield found
