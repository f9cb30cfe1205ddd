"""An address for an example: one that an end of a packet usually has, and not the first of all, which nobody has."""

from __future__ import annotations

from enum import Enum

from nsgflow_core.words.sets.spans import IPV4

_V4 = IPV4[0][0]
_TEN = (_V4 + (10 << 24), _V4 + (11 << 24) - 1, _V4 + (10 << 24) + 4)
_IN_V4 = (_V4 + (1 << 24), _V4 + (224 << 24) - 1, _V4 + (1 << 24))
_GLOBAL = (0x2000 << 112, (0x4000 << 112) - 1, 0x2000 << 112)
_LOCAL = (0xFC00 << 112, (0xFE00 << 112) - 1, 0xFC00 << 112)

_FIRST_HOST = 4
"""From the beginning of a subnet: Azure keeps those before it (Microsoft Learn, "Virtual network FAQ")."""


class Usual(Enum):
    """What addresses an end of a packet usually has, the most usual first: lowest, highest, and one for an example."""

    NEAR = (_TEN, _LOCAL, _IN_V4, _GLOBAL)
    FAR = (_IN_V4, _GLOBAL, _LOCAL)


def example_address(first: int, last: int, usual: Usual) -> tuple[int, int]:
    """How far from usual the addresses from `first` to `last` are, 0 for the most usual, and one of these."""
    for rank, (lowest, highest, named) in enumerate(usual.value):
        if lowest <= first <= highest:
            return rank, first
        if first < lowest <= last:
            return rank, min(named, last)
    return len(usual.value), min(first + _FIRST_HOST, last)
