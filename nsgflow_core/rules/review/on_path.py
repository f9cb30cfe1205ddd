"""Whether packets that an NSG opens get through all that stands on their path, and who stops them there.

What stands at the NSG's own end, admin rules and the other NSG, is asked about all of them by the arithmetic of
addresses; the far end, which may be anywhere, about a packet of each part of it that files tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import pandas as pd

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.audit.along import ALWAYS, InPlace
from nsgflow_core.rules.audit.passing import TooLongError, Walk
from nsgflow_core.rules.audit.regions import Region, RuleRegions
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import GuardedPlace, places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import Paths, decide_path_all
from nsgflow_core.words.vocabulary import Direction

MOST_PIECES = 8
"""So many pieces of what passes the NSG's own end are tried at the far end."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of packets: one of them in words, and who stops it; `by` is "" where nothing that is known does."""

    packet: str
    by: str = ""


@dataclass(frozen=True)
class OnPath:
    """An NSG with all its rules as they would be in one direction, in the network that is known."""

    network: Network
    planned: RuleSet
    direction: Direction

    def places(self, rules: Sequence[Rule], space: AddressSpace) -> Iterator[AskedIn]:
        """The places that the NSG guards, with regions of these rules; any address where no file tells them.

        Raises TooManyAtomsError.
        """
        for place in places_of(self._ends, self.planned) or (GuardedPlace((ANY,)),):
            yield AskedIn(self, InPlace([*rules, *self.far_parts], space, place, self.direction))

    def stopped(self, packets: pd.DataFrame) -> list[str]:
        """Who surely stops each packet (src_ip, dst_ip, protocol, port) on its whole path; "" for nobody."""
        verdicts = decide_path_all(self._paths, packets.assign(direction=str(self.direction)))
        columns = (verdicts[name] for name in ("access", "decided_by", "priority", "decided_at"))
        return [
            _who(str(rule), priority, str(where)) if access == str(Access.DENY) else ""
            for access, rule, priority, where in zip(*columns, strict=True)
        ]

    @cached_property
    def far_parts(self) -> list[Rule]:
        """The parts of packets' far end as rules that match them: each subnet, each NIC with an NSG of its own."""
        held = [each for subnet in self._ends.subnets for each in (subnet.prefixes, *(own for _, own in subnet.nics))]
        return [self._towards(each) for each in held if each]

    def _towards(self, far: tuple[str, ...]) -> Rule:
        sources, destinations = (far, (ANY,)) if self.direction is Direction.INBOUND else ((ANY,), far)
        return Rule("", 0, self.direction, Access.ALLOW, ANY, sources, destinations, ANY_PORTS)

    @cached_property
    def _ends(self) -> Ends:
        return Ends(self.network.known)

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self._ends, self.network.space, (replace(self.planned, directions=(self.direction,)),))


@dataclass(frozen=True)
class AskedIn:
    """One place of the NSG."""

    path: OnPath
    here: InPlace

    @property
    def regions(self) -> RuleRegions:
        """The rules there, told apart from all that stands beside them."""
        return self.here.regions

    def within(self, region: Region) -> list[Region]:
        """What of a region are packets of this place."""
        return self.here.within(region)

    def fate_of(self, region: Region) -> Fate | None:
        """What becomes of packets of this place; None where admin rules always allow all of them, whatever it says."""
        walk, stages = Walk(), [stage for stage in (self.here.admin_stage, self.here.other_stage) if stage]
        first: Fate | None = None
        try:
            for passing in islice(walk.through([region], stages), MOST_PIECES):
                fate = self._at_far_end(passing)
                if not fate.by:
                    return fate
                first = first or fate
        except TooLongError:
            return first or Fate(self.regions.describe(region))
        stopped = [(row, taken) for row, taken in walk.stopped.items() if row.verb != ALWAYS]
        if first or not stopped:
            return first
        row, taken = stopped[0]
        return Fate(self.regions.describe(taken), row.name)

    def _at_far_end(self, region: Region) -> Fate:
        """A packet of a region that nothing surely stops on its whole path, or else one and who stops it."""
        side = 0 if self.path.direction is Direction.INBOUND else 1
        masks = [self.regions.region(each)[side] for each in self.path.far_parts]
        outside = region[side]
        for mask in masks:
            outside &= ~mask
        kept = [mask for each in (outside, *masks) if (mask := each & region[side])]
        pieces = [_with_side(region, side, mask) for mask in kept]
        packets = pd.DataFrame(map(self.regions.example, pieces), columns=["src_ip", "dst_ip", "protocol", "port"])
        stopped = self.path.stopped(packets)
        at = next((at for at, who in enumerate(stopped) if not who), 0)
        return Fate(self.regions.describe(pieces[at]), stopped[at])


def _with_side(region: Region, side: int, mask: int) -> Region:
    sides = (mask, region[1]) if side == 0 else (region[0], mask)
    return (*sides, *region[2:])


def _who(rule: str, priority: object, where: str) -> str:
    """Like "admin rule no-sql (10)" or "no-sql (100) of the source subnet nsg-app"."""
    return f"{where} ({priority})" if where.endswith(f" {rule}") else f"{rule} ({priority}) of the {where}"
