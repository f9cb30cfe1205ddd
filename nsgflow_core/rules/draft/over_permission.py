"""Over-permission: how much more a draft opens than was seen, counted exactly in Python's whole numbers.

The space is source address x destination address x protocol x port. An opening is a product of sides; they may overlap,
so the union is measured, not the sum. IPv4 and IPv6 are measured each by itself: one /64 holds 2^64 addresses, beside
which nothing of IPv4 would show, and no packet has one end in each. The `Internet` tag counts as one endpoint in both
what is opened and what was seen: 2^32 addresses would drown every other difference, so what is open to the Internet is
reported by itself. Protocols without ports have one port, 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nsgflow_core.rules.draft.tokens import INTERNET_SPAN, AddressSpan
from nsgflow_core.words.prefixes import Family
from nsgflow_core.words.sets.spans import count, union


@dataclass(frozen=True, slots=True)
class Space:
    """One opening: sides as spans of numbers, both ends included."""

    protocol: str
    sources: tuple[AddressSpan, ...]
    destinations: tuple[AddressSpan, ...]
    ports: tuple[AddressSpan, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What openings hold of one address family, and how much of that was seen: combinations of source, destination,
    protocol and port. `blocks` are (prefix length, how many) of the distinct blocks wider than one address."""

    opened: int
    seen: int
    blocks: tuple[tuple[int, int], ...] = ()

    @property
    def ratio(self) -> float:
        """Space opened over space seen; 1.0 when nothing unseen is opened (or nothing was seen)."""
        return max(self.opened / self.seen, 1.0) if self.seen else 1.0

    @property
    def is_empty(self) -> bool:
        """True when nothing of the family is opened, and nothing was seen."""
        return not (self.opened or self.seen)

    @property
    def words(self) -> str:
        """Like "1.2×"; where whole blocks make the number say nothing, the blocks: "1 /64 opened"."""
        if self.ratio < _SAYS_NOTHING or not self.blocks:
            return times_in_words(self.ratio)
        return f"{', '.join(f'{count:,} /{length}' for length, count in self.blocks)} opened"


_SAYS_NOTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class BothFamilies:
    """What openings hold of IPv4 and of IPv6, each by itself."""

    v4: Opened
    v6: Opened

    @property
    def drawn_family(self) -> Family:
        """IPv4, or IPv6 where nothing is opened of IPv4."""
        return 6 if self.v4.is_empty and not self.v6.is_empty else 4

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """Each family that is there, with its words; IPv4 alone, or nothing at all, is without a name."""
        if self.v6.is_empty:
            return (("", self.v4.words),)
        return (*(() if self.v4.is_empty else (("IPv4", self.v4.words),)), ("IPv6", self.v6.words))

    @property
    def words(self) -> str:
        """Like "1.2×"; "IPv4 1.2×, IPv6 1 /64 opened" where both are there, "IPv6 1×" where IPv6 alone is."""
        return ", ".join(f"{family} {words}".lstrip() for family, words in self.told)


def both_families(openings: Sequence[Space], seen_v4: int, seen_v6: int) -> BothFamilies:
    """The space of openings in each family, against what was seen of it."""
    v4 = [space for opening in openings if (space := _of_family(opening, is_v4=True))]
    v6 = [space for opening in openings if (space := _of_family(opening, is_v4=False))]
    return BothFamilies(Opened(size_of_union(v4), seen_v4), Opened(size_of_union(v6), seen_v6, _blocks(v6)))


_V4_LINE: AddressSpan = (0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1)
"""Where IPv4 lies on the line of addresses: mapped into ::ffff:0:0/96."""


def _of_family(opening: Space, *, is_v4: bool) -> Space | None:
    """The part of an opening in one family; the Internet tag belongs to that of the other side. None for no part."""

    def held(spans: tuple[AddressSpan, ...]) -> tuple[AddressSpan, ...]:
        return tuple(s for s in spans if s == INTERNET_SPAN or (_V4_LINE[0] <= s[0] <= _V4_LINE[1]) is is_v4)

    sources, destinations = held(opening.sources), held(opening.destinations)
    if not (sources and destinations) or all(span == INTERNET_SPAN for span in (*sources, *destinations)):
        return None
    return Space(opening.protocol, sources, destinations, opening.ports)


def _blocks(openings: Sequence[Space]) -> tuple[tuple[int, int], ...]:
    """The prefix lengths of the distinct IPv6 blocks that are wider than one address, widest first."""
    spans = {span for opening in openings for span in (*opening.sources, *opening.destinations)}
    lengths = [128 - (last - first).bit_length() for first, last in spans if first != last]
    return tuple(sorted(Counter(lengths).items()))


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


def _layers(spans_of: dict[int, tuple[AddressSpan, ...]]) -> Iterator[tuple[frozenset[int], int]]:
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
