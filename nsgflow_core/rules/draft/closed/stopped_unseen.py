"""Openings that would let in what a deny that stays stops today, whether or not anybody tried it in the window.

A drafted rule stands ahead of the denies that its flows were admitted ahead of. Widened to a subnet it can hold more
than the NSG's own allow rules ahead of such a deny: an allow of 10.1.1.0/27 ahead of a deny of 10.1.1.0/24 lets nothing
else of that /24 in, and no traffic needs it, for the deny stops it as the NSG is. So nothing of it is opened.
Exact, by address arithmetic on boxes of sources, destinations and ports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.words.sets.spans import Spans, count, intersect, subtract, union
from nsgflow_core.words.vocabulary import Direction

MOST_PIECES = 500
"""Of what is left of a box; one cut into more counts as stopped, and is opened more exactly."""


class _Box(NamedTuple):
    """Packets: sources, destinations and destination ports."""

    sources: Spans
    destinations: Spans
    ports: Spans

    def meets(self, other: _Box) -> bool:
        """True where some packet is in both; most are apart at their outermost numbers."""
        return all(
            mine and theirs and mine[0][0] <= theirs[-1][1] and theirs[0][0] <= mine[-1][1]
            for mine, theirs in zip(self, other, strict=True)
        ) and bool(all(intersect(mine, theirs) for mine, theirs in zip(self, other, strict=True)))

    def within(self, other: _Box) -> _Box:
        """The packets that are in both."""
        return _Box(*(intersect(mine, theirs) for mine, theirs in zip(self, other, strict=True)))

    def without(self, other: _Box) -> list[_Box]:
        """The packets that are not in the other one, in boxes without a common packet."""
        shared = self.within(other)
        pieces = [
            _Box(subtract(self.sources, other.sources), self.destinations, self.ports),
            _Box(shared.sources, subtract(self.destinations, other.destinations), self.ports),
            _Box(shared.sources, shared.destinations, subtract(self.ports, other.ports)),
        ]
        return [piece for piece in pieces if all(piece)]


@dataclass(frozen=True, slots=True)
class _Known:
    """A rule of the NSG with the packets that it surely matches, and those that it possibly does."""

    rule: Rule
    surely: _Box
    possibly: _Box

    @classmethod
    def of(cls, rule: Rule, space: AddressSpace) -> _Known:
        sources = space.side(rule.sources, rule.source_asgs)
        destinations = space.side(rule.destinations, rule.destination_asgs)
        ports = union((held.first, held.last) for held in rule.destination_ports)
        return cls(
            rule,
            _Box(sources.sure, destinations.sure, ports),
            _Box(sources.possible, destinations.possible, ports),
        )


class StoppedUnseen:
    """What the denies of an NSG that stay stop as it is."""

    def __init__(
        self, existing: RuleSet | None, stays: Sequence[Rule], direction: Direction, space: AddressSpace
    ) -> None:
        own = () if existing is None or not stays else existing.towards(direction)
        self._rules = [_Known.of(rule, space) for rule in own if not rule.is_default]
        self._space, self._stays = space, [rule.name for rule in stays]

    def by(self, openings: Sequence[Opening], boxes: Sequence[Rule], excepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which openings, whose rules are `boxes`, would let some of it in, each ahead of its deny. Of a service tag
        `ahead_of_a_named` says it: who names addresses of a tag means what Azure will add to it, too."""
        found = np.zeros(len(boxes), dtype=np.bool_)
        for at in np.flatnonzero(~excepted).tolist() if self._rules else ():
            if name := openings[at].ahead_of:
                known = _Known.of(boxes[at], self._space).possibly
                behind = frozenset(self._stays[self._stays.index(name) :])
                found[at] = any(self._stops(deny, boxes[at].protocol, known, behind) for deny in self._denies(behind))
        return found

    def _denies(self, names: frozenset[str]) -> Iterable[_Known]:
        return (each for each in self._rules if each.rule.access is Access.DENY and each.rule.name in names)

    def _stops(self, deny: _Known, protocol: str, box: _Box, behind: frozenset[str]) -> bool:
        """True where this deny stops a packet of the box: no allow rule, nor a deny that stays ahead of the box as
        well, decides it before."""
        if not (ANY in (protocol, deny.rule.protocol) or protocol == deny.rule.protocol) or not box.meets(deny.surely):
            return False
        asked = deny.rule.protocol if protocol == ANY else protocol
        before = takewhile(lambda each: each.rule.priority < deny.rule.priority, self._rules)
        deciding = [_decided(each) for each in before if _is_for_all(each.rule, asked) and each.rule.name not in behind]
        return _is_left(box.within(deny.surely), deciding)


def _decided(known: _Known) -> _Box:
    """What a rule decides for sure ahead of another: whether an allow rule matches may be open, and then it may."""
    return known.possibly if known.rule.access is Access.ALLOW else known.surely


def _is_for_all(rule: Rule, protocol: str) -> bool:
    """True for a rule of every packet of a protocol between its ends, from whatever port."""
    return rule.protocol in (ANY, protocol) and rule.source_ports == ANY_PORTS


def _is_left(box: _Box, others: Iterable[_Box]) -> bool:
    """True where something of a box is in none of the others; the largest first, which leave the least."""
    pieces = [box]
    for other in sorted(others, key=lambda each: -count(each.sources) * count(each.destinations)):
        pieces = [left for piece in pieces for left in (piece.without(other) if piece.meets(other) else [piece])]
        if not pieces or len(pieces) > MOST_PIECES:
            break
    return bool(pieces)
