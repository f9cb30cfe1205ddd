"""What two rule sets decide differently: exact, by address arithmetic, each with a packet that proves it.

A change is a pair of rules, one of the old set and one of the new, that decide the same packets with different access.
It holds in every way that unknown names may be (`is_certain`), or in some, and then says which in the witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from nsgflow_core.analysis.question import FLOAT, NUMBER, TEXT, Shape
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.compare.axis import Bools, Ints
from nsgflow_core.rules.compare.partition import Block, RulePartition
from nsgflow_core.rules.compare.services import OTHER_PORTS, PacketService, first_service
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.numbers import and_more, counted
from nsgflow_core.words.prefixes import unpack
from nsgflow_core.words.sets.group_numbers import first_of_each
from nsgflow_core.words.sets.spans import Spans, union
from nsgflow_core.words.vocabulary import Direction

NEWLY_ALLOWED, NEWLY_DENIED = "newly-allowed", "newly-denied"
_NEVER_MET = "outside of what files say that the NSG guards"
NAMED_PORTS = 8
"""How many port ranges of a change are listed before the others are only counted."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One packet, and what must hold of names that are not known for it to be decided so ("" for nothing).

    `never_met`: files say what the NSG guards, and the packet is to or from none of that.
    """

    source: str
    destination: str
    protocol: str
    port: int | None
    source_port: int | None
    condition: str
    never_met: bool = False

    def __str__(self) -> str:
        port = "" if self.port is None else f"/{self.port}"
        source_port = f" from port {self.source_port}" if self.source_port is not None else ""
        condition = f" if {self.condition}" if self.condition else ""
        outside = f" ({_NEVER_MET})" if self.never_met else ""
        return f"{self.source} -> {self.destination} {self.protocol}{port}{source_port}{condition}{outside}"


@dataclass(frozen=True, slots=True)
class PacketChange:
    """Packets of one direction that an old and a new rule decide differently.

    `packets` counts source x destination x protocol x port of IPv4, and `packets_v6` of IPv6, that are decided so
    whatever the unknown names stand for; `is_certain` is False where there are none of those, but may be.
    """

    direction: Direction
    old: Rule
    new: Rule
    witness: Witness
    services: list[tuple[str, Spans]]
    packets: float
    packets_v6: float
    is_certain: bool

    @property
    def kind(self) -> str:
        """Newly allowed or newly denied."""
        return NEWLY_ALLOWED if self.new.access is Access.ALLOW else NEWLY_DENIED


CHANGES = Shape.of(
    change=TEXT, direction=TEXT, protocols=TEXT, ports=TEXT, old_rule=TEXT, old_priority=NUMBER, new_rule=TEXT,
    new_priority=NUMBER, packets=FLOAT, packets_ipv6=FLOAT, certain=TEXT, witness=TEXT,
)  # fmt: skip


def changes(old: RuleSet, new: RuleSet, space: AddressSpace) -> list[PacketChange]:
    """The changes in the directions that both sets speak for, what is newly allowed first, the largest first.

    Raises BadRuleSet where the rules name too much that is not known.
    """
    spoken = [direction for direction in old.speaks_for if direction in new.speaks_for]
    found = [
        change
        for direction in spoken
        for change in _towards(
            direction, old.with_defaults().towards(direction), new.with_defaults().towards(direction), space
        )
    ]
    return sorted(
        found, key=lambda each: (each.kind, each.direction, -each.packets, -each.packets_v6, each.old.priority)
    )


def changes_frame(found: Iterable[PacketChange]) -> pd.DataFrame:
    """One row per change, in the shape `CHANGES`."""
    rows = [
        (
            each.kind, str(each.direction), _protocols_in_words(each.services),
            _ports_in_words(each.services), each.old.name, each.old.priority, each.new.name, each.new.priority,
            each.packets, each.packets_v6, "yes" if each.is_certain else "may be", str(each.witness),
        )
        for each in found
    ]  # fmt: skip
    return CHANGES.made(pd.DataFrame(rows, columns=list(CHANGES.names)))


def summary(found: list[PacketChange]) -> str:
    """Like "2 changes: 1 newly allowed, 1 newly denied", or that there is none."""
    if not found:
        return "no difference, whatever the rules are called"
    kinds = [each.kind for each in found]
    counts = ", ".join(f"{kinds.count(kind)} {kind.replace('-', ' ')}" for kind in (NEWLY_ALLOWED, NEWLY_DENIED))
    may_be = sum(not each.is_certain for each in found)
    open_words = f"; {may_be} of them only in some ways that unknown names may be" if may_be else ""
    unmet = sum(each.witness.never_met for each in found)
    never_met = f"; {unmet} of them only {_NEVER_MET}" if unmet else ""
    return f"{counted(len(found), 'change')}: {counts}{open_words}{never_met}"


def _towards(
    direction: Direction, old: tuple[Rule, ...], new: tuple[Rule, ...], space: AddressSpace
) -> Iterator[PacketChange]:
    found: dict[tuple[int, int], _Sum] = {}
    allows = [np.array([rule.access is Access.ALLOW for rule in rules], dtype=np.bool_) for rules in (old, new)]
    own = union(*(home.own for home in space.homes))
    for block in RulePartition((old, new), (space, space), own).blocks(only_different=True):
        before, after = (allow[table] for allow, table in zip(allows, block.decided, strict=True))
        if not (before != after).any():
            continue
        for opens in (True, False):
            differs = (before != after) & (after == opens)
            if differs.any():
                _add(found, block, differs)
    for (at_old, at_new), held in found.items():
        yield held.change(direction, old[at_old], new[at_new])


@dataclass
class _Sum:
    """What was found of one pair of rules so far."""

    witness: Witness
    conditions: int
    services: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    packets: float = 0.0
    packets_v6: float = 0.0

    def change(self, direction: Direction, old: Rule, new: Rule) -> PacketChange:
        services = [(name, _joined(tuple(spans))) for name, spans in self.services.items()]
        is_certain = self.packets + self.packets_v6 > 0
        return PacketChange(direction, old, new, self.witness, services, self.packets, self.packets_v6, is_certain)


@lru_cache(maxsize=4096)
def _joined(spans: tuple[tuple[int, int], ...]) -> Spans:
    """Ports as few spans: of a hundred thousand changes most are of the same few services."""
    return union(spans)


def _add(found: dict[tuple[int, int], _Sum], block: Block, differs: Bools) -> None:
    """Add the cells of a block that differ to the pairs of rules that decide them."""
    rows, columns = np.nonzero(differs)
    width = int(block.decided[1].max()) + 2
    codes = block.decided[0][rows, columns].astype(np.int64) * width + block.decided[1][rows, columns]
    conditions = block.conditions(rows, columns)
    order = np.argsort(conditions, kind="stable") if conditions.any() else np.arange(len(codes))
    pairs, best = _first_of_each(codes[order])
    best = order[best]
    service = first_service(block.services)
    cells = zip(pairs.tolist(), (rows[best] + block.rows.start).tolist(), columns[best].tolist(),
                conditions[best].tolist(), strict=True)  # fmt: skip
    for code, row, column, count in cells:
        pair = divmod(code, width)
        held = found.get(pair)
        if held is None:
            held = found[pair] = _Sum(_witness(block, service, row, column), count)
        elif count < held.conditions:
            held.witness, held.conditions = _witness(block, service, row, column), count
        for each in block.services:
            if each.size or not held.services:
                held.services.setdefault(each.name, []).extend(each.ports)
    _count(found, block, differs, width)


def _first_of_each(codes: Ints) -> tuple[Ints, Ints]:
    """The different codes, ascending, and the place where each is met first."""
    numbers, distinct = pd.factorize(codes)
    by_code = np.argsort(distinct)
    return np.asarray(distinct)[by_code], first_of_each(numbers)[by_code]


def _count(found: dict[tuple[int, int], _Sum], block: Block, differs: Bools, width: int) -> None:
    """Count the packets that are decided so in every way things may be, under the rules that no open name leads to."""
    rows, columns = block.always(differs)
    if not len(rows):
        return
    codes = block.decided[0][rows, columns].astype(np.int64) * width + block.decided[1][rows, columns]
    sizes = block.sources.size[rows + block.rows.start] * block.destinations.size[columns]
    numbers, pairs = pd.factorize(codes)
    each = np.bincount(numbers, weights=sizes) * sum(service.size for service in block.services)
    for code, packets in zip(pairs.tolist(), each.tolist(), strict=True):
        held = found[divmod(code, width)]
        if block.is_v4:
            held.packets += packets
        else:
            held.packets_v6 += packets


def witness_of(block: Block, row: int, column: int, is_sure: bool) -> Witness:
    """A packet of one cell of a block; `is_sure` where no unknown name has a say in what it shows."""
    return _witness(block, first_service(block.services), row, column, is_sure)


def _witness(block: Block, service: PacketService, row: int, column: int, is_sure: bool = False) -> Witness:
    ends = ((block.sources, row), (block.destinations, column))
    source, destination = (_address(ways.first[at]) for ways, at in ends)
    never_met = any(bool(ways.away[at]) for ways, at in ends)
    if is_sure or (not block.sources.maybe[row] and not block.destinations.maybe[column]):
        return Witness(source, destination, service.name, service.port, service.source_port, "", never_met)
    conditions = [
        name.condition(address, holds_it=name in ways.inside[at])
        for address, (ways, at) in zip((source, destination), ends, strict=True)
        for name in sorted(ways.maybe[at], key=lambda name: (name not in ways.inside[at], name))
    ]
    condition = " and ".join(dict.fromkeys(conditions))
    return Witness(source, destination, service.name, service.port, service.source_port, condition, never_met)


@lru_cache(maxsize=1 << 16)
def _address(number: int) -> str:
    return unpack(number.to_bytes(16, "big"))


def _protocols_in_words(services: list[tuple[str, Spans]]) -> str:
    names = [name for name, _ in services]
    return "any" if OTHER_PORTS in names and {"TCP", "UDP"} <= set(names) else ", ".join(names)


def _ports_in_words(services: list[tuple[str, Spans]]) -> str:
    """The ports of TCP and UDP, the first few ranges of them."""
    spans = union(*(spans for name, spans in services if name in ("TCP", "UDP")))
    words = [str(PortRange(first, last)) for first, last in spans[:NAMED_PORTS]]
    return ", ".join(words) + and_more(len(spans) - NAMED_PORTS, "more ranges")
