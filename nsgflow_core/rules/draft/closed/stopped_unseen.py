"""Openings that would let in what a deny that stays stops today, whether or not anybody tried it in the window.

A drafted rule stands ahead of the denies that its flows were admitted ahead of. Widened to a subnet it can hold more
than the NSG's own allow rules ahead of such a deny: an allow of 10.1.1.0/27 ahead of a deny of 10.1.1.0/24 lets nothing
else of that /24 in, and no traffic needs it, for the deny stops it as the NSG is. So nothing of it is opened.
Exact, by address arithmetic on boxes of sources, destinations and ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet, protocols_meet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.words.sets.spans import Spans, intersect, subtract, union
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
        ) and all(intersect(mine, theirs) for mine, theirs in zip(self, other, strict=True))

    def within(self, other: _Box) -> _Box:
        """The packets that are in both."""
        return _Box(*(intersect(mine, theirs) for mine, theirs in zip(self, other, strict=True)))

    def without(self, other: _Box) -> list[_Box]:
        """The packets that are not in the other one, in boxes without a common packet."""
        if not self.meets(other):
            return [self]
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
        self._found: dict[tuple[Rule, str], bool] = {}

    def by(self, openings: Sequence[Opening], boxes: Sequence[Rule], excepted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which openings, whose rules are `boxes`, would let some of it in, each ahead of its deny. Of a service tag
        `ahead_of_a_named` says it: who names addresses of a tag means what Azure will add to it, too."""
        found = np.zeros(len(boxes), dtype=np.bool_)
        for at in np.flatnonzero(~excepted).tolist() if self._rules else ():
            asked = boxes[at], openings[at].ahead_of
            if asked not in self._found:  # the same ones come back on other steps and points of the dial
                self._found[asked] = bool(asked[1]) and self._lets_in(*asked)
            found[at] = self._found[asked]
        return found

    def _lets_in(self, box: Rule, ahead_of: str) -> bool:
        """True where a rule ahead of this deny would let in what it stops, or one behind it."""
        opened, behind = _Known.of(box, self._space).possibly, frozenset(self._stays[self._stays.index(ahead_of) :])
        denies = [each for each in self._rules if each.rule.name in behind and opened.meets(each.surely)]
        met = {each.rule.protocol for each in denies if protocols_meet(each.rule.protocol, box.protocol)}
        protocols = met if box.protocol == ANY else (box.protocol,)
        return bool(met) and any(self._stops(opened, protocol, behind) for protocol in protocols)

    def _stops(self, opened: _Box, protocol: str, behind: frozenset[str]) -> bool:
        """True where of these packets some meet one of the denies before any other rule decides them.

        Whether an allow rule matches may be open, and then it may decide them; of other denies only sure matches count.
        """
        pieces = [opened]
        for each in self._rules:
            if each.rule.protocol not in (ANY, protocol):  # one of Tcp alone does not decide packets of any protocol
                continue
            if each.rule.name in behind:
                if any(piece.meets(each.surely) for piece in pieces):
                    return True
            elif each.rule.source_ports == ANY_PORTS:
                decided = each.possibly if each.rule.access is Access.ALLOW else each.surely
                pieces = [left for piece in pieces for left in piece.without(decided)]
                if not pieces or len(pieces) > MOST_PIECES:
                    return bool(pieces)
        return False
