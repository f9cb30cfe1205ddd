"""What of a rule was used: never hit, too broad for what was seen, or with parts that nothing met."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import pandas as pd

from nsgflow_core.inventory.rule import ANY, VIRTUAL_NETWORK, Access, Rule
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.over_permission import times_in_words
from nsgflow_core.words.prefixes import INTERNET, pack, unpack
from nsgflow_core.words.sets.spans import EVERYTHING, IPV4, Spans, count, holds, intersect, subtract, union
from nsgflow_core.words.vocabulary import Decision

BROAD_BELOW = 1 / 256
"""The share seen of one side's addresses or of the ports, below which an Allow rule is called over-broad."""
NAMED_PARTS = 5
"""How many unused prefixes or port ranges a finding names before it only counts them."""
_OPEN_SIDES = frozenset(name.casefold() for name in (ANY, INTERNET, VIRTUAL_NETWORK, "0.0.0.0/0", "::/0"))


def usage(rule: Rule, hits: pd.DataFrame, window: str, space: AddressSpace) -> Iterator[Finding]:
    """What follows from the flows that a rule was hit by in the window, which is given in words.

    Of a rule for what no flow log shows, nothing follows from none.
    """
    if hits.empty and rule.is_unlogged:
        return
    if hits.empty:
        yield Finding(FindingKind.NEVER_HIT, f"no flow was logged under it {window}", "")
        return
    if rule.access is Access.ALLOW:
        admitted = hits[hits["decision"] == str(Decision.ALLOWED)]
        yield from _over_broad(rule, admitted, space)
        yield from _unused_parts(rule, admitted, window, space)


def _over_broad(rule: Rule, hits: pd.DataFrame, space: AddressSpace) -> Iterator[Finding]:
    """How much more its closed sides and its ports open than was seen; open sides are open on purpose."""
    parts = [_ports_seen(rule, hits)]
    for side, column, terms, asgs in (
        ("destinations", "dst_ip", rule.destinations, rule.destination_asgs),
        ("sources", "src_ip", rule.sources, rule.source_asgs),
    ):
        reach = space.side(terms, asgs)
        is_open = reach.sure != reach.possible or any(term.casefold() in _OPEN_SIDES for term in terms)
        parts.insert(0, _addresses_seen(side, hits[column], () if is_open else reach.sure))
    closed = [part for part in parts if part.admitted]
    if all(part.seen for part in closed) and any(part.seen / part.admitted < BROAD_BELOW for part in closed):
        opened = times_in_words(prod(part.admitted for part in closed) / prod(part.seen for part in closed))
        counts = ", ".join(f"{part.seen:,} of {part.admitted:,} {part.what}" for part in closed)
        sources, destinations, ports = (part.unseen for part in parts)
        witness = _never_seen(sources, destinations, ports[0])
        yield Finding(FindingKind.OVER_BROAD, f"it opens {opened} what was seen ({counts})", witness)


@dataclass(frozen=True, slots=True)
class _Seen:
    """How much of one part of a rule was seen (admitted 0: an open side), and examples of what was not, best first."""

    what: str
    seen: int
    admitted: int
    unseen: Sequence[int]


def _addresses_seen(side: str, addresses: pd.Series, admitted: Spans) -> _Seen:
    numbers = _numbers(addresses)
    if not admitted:
        return _Seen(side, len(numbers), 0, sorted(numbers))
    inside = {number for number in numbers if holds(admitted, number)}
    families = (intersect(admitted, IPV4), subtract(admitted, IPV4))
    return _Seen(side, len(inside), count(admitted), [_first_outside(each, inside) for each in families if each])


def _ports_seen(rule: Rule, hits: pd.DataFrame) -> _Seen:
    spans = union((item.first, item.last) for item in rule.destination_ports)
    inside = {int(port) for port in hits["port"].unique() if holds(spans, int(port))}
    return _Seen("ports", len(inside), count(spans), [_first_outside(spans, inside)])


def _first_outside(spans: Spans, seen: set[int]) -> int:
    """The first value of the spans that was not seen; the first of all where every one was."""
    every = (value for first, last in spans for value in range(first, last + 1))
    return next((value for value in every if value not in seen), spans[0][0])


def _unused_parts(rule: Rule, hits: pd.DataFrame, window: str, space: AddressSpace) -> Iterator[Finding]:
    """The prefixes and port ranges of a rule that no flow met, where others of the same list were met."""
    met = {side: sorted(_numbers(hits[side])) for side in ("src_ip", "dst_ip")}
    source, destination = (_unmet(terms, met[side], space) for side, terms in
                           (("src_ip", rule.sources), ("dst_ip", rule.destinations)))  # fmt: skip
    ports = [item for item in rule.destination_ports if not hits["port"].between(item.first, item.last).any()]
    parts = [
        _part("none of its flows came from", source, len(rule.sources)),
        _part("none went to", destination, len(rule.destinations)),
        _part("none met port", list(map(str, ports)), len(rule.destination_ports)),
    ]
    said = [words for words in parts if words]
    if said:
        sources, destinations = (
            _examples(source or rule.sources, met["src_ip"], space),
            _examples(destination or rule.destinations, met["dst_ip"], space),
        )
        port = ports[0].first if ports else int(hits["port"].iloc[0])
        yield Finding(FindingKind.UNUSED_PARTS, f"{', '.join(said)} {window}", _never_seen(sources, destinations, port))


def _unmet(terms: Sequence[str], met: Sequence[int], space: AddressSpace) -> list[str]:
    """The terms whose addresses are known and of which none was met; nothing where that is so of all of them."""
    reaches = {term: space.term(term) for term in terms}
    found = [
        term
        for term, reach in reaches.items()
        if reach.sure == reach.possible and not any(_holds_some(first, last, met) for first, last in reach.sure)
    ]
    return found if len(found) < len(terms) else []


def _holds_some(first: int, last: int, met: Sequence[int]) -> bool:
    at = bisect_left(met, first)
    return at < len(met) and met[at] <= last


def _part(words: str, unmet: Sequence[str], of: int) -> str:
    if not unmet or len(unmet) >= of:
        return ""
    more = f" and {len(unmet) - NAMED_PARTS} more" if len(unmet) > NAMED_PARTS else ""
    return f"{words} {', '.join(unmet[:NAMED_PARTS])}{more} ({len(unmet):,} of {of:,})"


def _examples(terms: Sequence[str], met: Sequence[int], space: AddressSpace) -> list[int]:
    """Addresses that the terms hold, one of each term and family; where any is, one that was met comes first."""
    spans = [space.term(term).sure for term in terms]
    ends = [part[0][0] for each in spans for part in (intersect(each, IPV4), subtract(each, IPV4)) if part]
    return [*(met[:1] if any(each == EVERYTHING for each in spans) else ()), *ends, *met]


def _never_seen(sources: Sequence[int], destinations: Sequence[int], port: int) -> str:
    """A packet in words: the first two ends that are of one address family, "any" where an end has no example."""
    pairs = ((one, other) for one in sources for other in destinations if holds(IPV4, one) == holds(IPV4, other))
    source, destination = next(pairs, (next(iter(sources), None), None))
    words = ("any" if each is None else unpack(each.to_bytes(16, "big")) for each in (source, destination))
    return f"{' -> '.join(words)} port {port} is admitted and was never seen"


def _numbers(addresses: pd.Series) -> set[int]:
    packed = (pack(str(address)) for address in addresses.unique())
    return {int.from_bytes(item, "big") for item in packed if item}
