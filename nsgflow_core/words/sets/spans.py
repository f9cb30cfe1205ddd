"""Sets of addresses on one line of 128 bits, held as sorted, disjoint, inclusive spans of integers.

IPv4 lies on the line in its IPv4-mapped place (::ffff:0:0/96), so both families share it; an IPv6 prefix never holds
an IPv4 address, however wide it is.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from nsgflow_core.words.prefixes import Prefix, pack, parse_prefix, unpack

Spans = tuple[tuple[int, int], ...]
"""Sorted (first, last) pairs, both included, that neither overlap nor touch."""

LAST_ADDRESS = (1 << 128) - 1
NOTHING: Spans = ()
EVERYTHING: Spans = ((0, LAST_ADDRESS),)
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
    """What lies in both; fast for few in many."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    shared, at = [], 0
    for first, last in few:
        at = max(bisect_right(many, (first, first), at) - 1, 0)
        while at < len(many) and many[at][0] <= last:
            start, end = many[at]
            if first <= end:
                shared.append((max(first, start), min(last, end)))
            at += 1
        at = max(at - 1, 0)
    return tuple(shared)


def subtract(left: Spans, right: Spans) -> Spans:
    """What lies in the left one only; fast for few in many."""
    rest = []
    for first, last in left:
        at = max(bisect_right(right, (first, first)) - 1, 0)
        while at < len(right) and right[at][0] <= last:
            start, end = right[at]
            if first < start:
                rest.append((first, start - 1))
            first = max(first, end + 1)
            at += 1
        if first <= last:
            rest.append((first, last))
    return tuple(rest)


def covers(spans: Spans, others: Spans) -> bool:
    """True where all of the others lie in these; fast for few others in many."""
    places = (bisect_right(spans, (first, LAST_ADDRESS + 1)) - 1 for first, _ in others)
    return all(at >= 0 and last <= spans[at][1] for at, (_, last) in zip(places, others, strict=True))


def holds(spans: Spans, address: int) -> bool:
    """True when the address lies inside."""
    at = bisect_right(spans, (address, LAST_ADDRESS)) - 1
    return at >= 0 and spans[at][0] <= address <= spans[at][1]


def count(spans: Spans) -> int:
    """How many addresses it holds."""
    return sum(last - first + 1 for first, last in spans)


def of_prefixes(prefixes: Iterable[Prefix]) -> Spans:
    """The addresses of CIDR blocks, each in its own family only."""
    blocks = list(prefixes)
    if len(blocks) == 1 and blocks[0].is_v4:
        return (_ends(blocks[0]),)
    v4 = union(_ends(block) for block in blocks if block.is_v4)
    v6 = union(_ends(block) for block in blocks if not block.is_v4)
    return union(v4, subtract(v6, IPV4))


def to_prefixes(spans: Spans) -> tuple[Prefix, ...]:
    """The fewest CIDR blocks that hold exactly these addresses, each family by itself, in order."""
    v4 = [_block_v4(*block) for span in intersect(spans, IPV4) for block in _aligned(*span)]
    v6 = [parse_prefix(_text_v6(*block)) for span in subtract(spans, IPV4) for block in _aligned(*span)]
    return tuple(sorted(v4 + v6))


def _aligned(first: int, last: int) -> Iterator[tuple[int, int]]:
    """(first, bits) of the fewest blocks of 2**bits addresses that a span is made of."""
    while first <= last:
        bits = (last - first + 1).bit_length() - 1
        if first:
            bits = min(bits, (first & -first).bit_length() - 1)
        yield first, bits
        first += 1 << bits


def _block_v4(first: int, bits: int) -> Prefix:
    packed = first.to_bytes(16, "big")
    text = unpack(packed)
    return Prefix(packed, (first + (1 << bits) - 1).to_bytes(16, "big"), f"{text}/{32 - bits}" if bits else text)


def _text_v6(first: int, bits: int) -> str:
    return f"{ipaddress.IPv6Address(first)}/{128 - bits}"


def of_texts(texts: Iterable[str]) -> Spans:
    """The addresses of addresses and CIDR blocks in text. Raises BadFilter for what is neither."""
    blocks, found = [], []
    for text in texts:
        packed = None if "/" in text else pack(text)
        if packed is None:
            blocks.append(parse_prefix(text))
        else:
            number = int.from_bytes(packed, "big")
            found.append((number, number))
    return union(found, of_prefixes(blocks))


def _ends(block: Prefix) -> tuple[int, int]:
    return int.from_bytes(block.first, "big"), int.from_bytes(block.last, "big")
