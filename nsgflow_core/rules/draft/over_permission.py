"""Over-permission: how much more a draft opens than was seen, counted exactly in Python's whole numbers.

The space is source address x destination address x protocol x port. An opening is a product of sides; they may overlap,
so the union is measured, not the sum. The `Internet` tag counts as one endpoint in both what is opened and what was
seen: 2^32 addresses would drown every other difference, so what is open to the Internet is reported by itself.
Protocols without ports have one port, 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nsgflow_core.rules.draft.tokens import Span
from nsgflow_core.words.spans import count, union


@dataclass(frozen=True, slots=True)
class Space:
    """One opening: sides as spans of numbers, both ends included."""

    protocol: str
    sources: tuple[Span, ...]
    destinations: tuple[Span, ...]
    ports: tuple[Span, ...]


def size_of_union(openings: Sequence[Space]) -> int:
    """How many (source, destination, protocol, port) combinations at least one opening holds."""
    total = 0
    for protocol in {opening.protocol for opening in openings}:
        members = [opening for opening in openings if opening.protocol == protocol]
        for by_port, ports in _layers({n: opening.ports for n, opening in enumerate(members)}):
            for by_destination, destinations in _layers({n: members[n].destinations for n in by_port}):
                total += ports * destinations * _sources(members, by_destination)
    return total


def _sources(members: Sequence[Space], chosen: Iterable[int]) -> int:
    return count(union(span for number in chosen for span in members[number].sources))


def _layers(spans_of: dict[int, tuple[Span, ...]]) -> Iterator[tuple[frozenset[int], int]]:
    """The sets of openings that meet somewhere along one axis, with how long each set holds."""
    edges: dict[int, list[tuple[int, int]]] = {}
    for number, spans in spans_of.items():
        for first, last in spans:
            edges.setdefault(first, []).append((number, 1))
            edges.setdefault(last + 1, []).append((number, -1))
    held: dict[int, int] = {}
    lengths: dict[frozenset[int], int] = {}
    points = sorted(edges)
    for point, following in zip(points, [*points[1:], points[-1] if points else 0], strict=True):
        for number, step in edges[point]:
            held[number] = held.get(number, 0) + step
            if not held[number]:
                del held[number]
        if held:
            together = frozenset(held)
            lengths[together] = lengths.get(together, 0) + following - point
    yield from lengths.items()


_UP = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def times_in_words(ratio: float) -> str:
    """Over-permission, short: "1×", "2.5×", "1,200×", "3·10¹⁸×"."""
    if ratio < 1.05:
        return "1×"
    if ratio < 100:
        return f"{ratio:.1f}×"
    if ratio < 1_000_000:
        return f"{ratio:,.0f}×"
    power = math.floor(math.log10(ratio))
    return f"{ratio / 10**power:.0f}·10{str(power).translate(_UP)}×"
