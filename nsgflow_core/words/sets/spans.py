"""Sets of addresses on one line of 128 bits, held as sorted, disjoint, inclusive spans of integers.

IPv4 lies on the line in its IPv4-mapped place (::ffff:0:0/96), so both families share it; an IPv6 prefix never holds
an IPv4 address, however wide it is.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable

from nsgflow_core.words.prefixes import Prefix, parse_prefix

Spans = tuple[tuple[int, int], ...]
"""Sorted (first, last) pairs, both included, that neither overlap nor touch."""

LAST = (1 << 128) - 1
NOTHING: Spans = ()
EVERYTHING: Spans = ((0, LAST),)
_V4 = 0xFFFF << 32
IPV4: Spans = ((_V4, _V4 + 0xFFFFFFFF),)


def union(*sets: Iterable[tuple[int, int]], gap: int = 0) -> Spans:
    """What lies in any of them, and in holes of at most `gap` between; for numbers of any kind, ports too."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(span for spans in sets for span in spans):
        if merged and first <= merged[-1][1] + gap + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def intersect(left: Spans, right: Spans) -> Spans:
    """What lies in both."""
    shared, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            shared.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(left: Spans, right: Spans) -> Spans:
    """What lies in the left one only."""
    gaps, start = [], 0
    for first, last in right:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return intersect(left, tuple(gaps))


def holds(spans: Spans, address: int) -> bool:
    """True when the address lies inside."""
    at = bisect_right(spans, (address, LAST)) - 1
    return at >= 0 and spans[at][0] <= address <= spans[at][1]


def count(spans: Spans) -> int:
    """How many addresses it holds."""
    return sum(last - first + 1 for first, last in spans)


def of_prefixes(prefixes: Iterable[Prefix]) -> Spans:
    """The addresses of CIDR blocks, each in its own family only."""
    blocks = list(prefixes)
    v4 = union(_ends(block) for block in blocks if block.is_v4)
    v6 = union(_ends(block) for block in blocks if not block.is_v4)
    return union(v4, subtract(v6, IPV4))


def to_prefixes(spans: Spans) -> tuple[Prefix, ...]:
    """The fewest CIDR blocks that hold exactly these addresses, each family by itself, in order."""
    blocks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    for first, last in intersect(spans, IPV4):
        ends = ipaddress.IPv4Address(first - _V4), ipaddress.IPv4Address(last - _V4)
        blocks += ipaddress.summarize_address_range(*ends)
    for first, last in subtract(spans, IPV4):
        blocks += ipaddress.summarize_address_range(ipaddress.IPv6Address(first), ipaddress.IPv6Address(last))
    return tuple(sorted(parse_prefix(str(block)) for block in blocks))


def _ends(block: Prefix) -> tuple[int, int]:
    return int.from_bytes(block.first, "big"), int.from_bytes(block.last, "big")
