"""What a draft of the days before keeps of the last day, and what it opens over known hosts and seen ports."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import pack, parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.enterprise import FIRST_DAY, Enterprise
from tests.estates.meetings import CELL, SCAN

KEY = list(CELL)


@dataclass(frozen=True)
class Way:
    """One way to draft."""

    name: str
    exactness: float = 0.75
    options: DraftOptions = field(default_factory=DraftOptions)


EXACT = Way("exact", 1.0)
EARLIER = Way("old default", options=DraftOptions(subnet_threshold=3, groups="none", dynamic_ranges=False))
"""As drafts were before groups: three addresses name a subnet, and no range is drafted."""
DEFAULT = Way("default")
WAYS = (EXACT, EARLIER, Way("no groups", options=DraftOptions(groups="none")), DEFAULT)


@dataclass(frozen=True)
class Measured:
    """Shares kept of the last day's flows and (pair, port)s, and what was opened as a multiple of what was seen."""

    way: str
    flows: float
    cells: float
    opened: float
    opened_outside_ranges: float
    rules: int
    worst: tuple[float, str]
    lost: pd.DataFrame

    def __str__(self) -> str:
        return (
            f"{self.way:14} kept {self.flows:8.3%} of flows {self.cells:8.3%} of (pair, port)s  "
            f"opened {self.opened:6.2f} x, {self.opened_outside_ranges:5.2f} x beside ranges  {self.rules:5} rules  "
            f"worst {self.worst[1]} {self.worst[0]:.2%}"
        )


def measured(store: LocalStore, estate: Enterprise, scopes: Sequence[str], way: Way) -> Measured:
    """Draft each scope inbound from all days but the last, and decide the last day's flows."""
    traffic = estate.traffic[estate.traffic["kind"] != SCAN]
    last = int(traffic["day"].max())
    cut = FIRST_DAY + timedelta(days=last)
    known = _Known(estate.traffic[estate.traffic["day"] < last])
    space = AddressSpace.of(store.subnets)
    opened, beside, rules = 0, 0, 0
    kept: list[tuple[str, pd.DataFrame, np.ndarray]] = []
    lost: list[pd.DataFrame] = []
    for scope in scopes:
        asked = FlowFilter().within(FIRST_DAY, cut)
        made = draft(store, asked, Scope(subnet=scope), Direction.INBOUND, exactness=way.exactness, options=way.options)
        mine = traffic[(traffic["day"] == last) & traffic["dst_ip"].isin(estate.hosts.get(scope, known.hosts))]
        allowed = decide_all(made.rule_set, mine[KEY].assign(direction="Inbound"), space)["access"] == "Allow"
        kept.append((scope, mine, allowed.to_numpy()))
        lost.append(mine[~allowed.to_numpy()])
        drafted = [rule for rule in made.own_rules if rule.name in made.openings]
        opened += known.opened(drafted)
        beside += known.opened([rule for rule in drafted if rule.name not in made.ranges])
        rules += len(drafted)
    flows = sum(mine["flows"].sum() for _, mine, _ in kept)
    passed = sum(mine.loc[allowed, "flows"].sum() for _, mine, allowed in kept)
    shares = [(float(mine.loc[a, "flows"].sum() / mine["flows"].sum()), s) for s, mine, a in kept if len(mine)]
    return Measured(
        way.name,
        float(passed / flows),
        float(sum(allowed.sum() for _, _, allowed in kept) / sum(len(mine) for _, mine, _ in kept)),
        opened / known.seen,
        beside / known.seen,
        rules,
        min(shares),
        pd.concat(lost),
    )


class _Known:
    """The hosts and ports that were seen, and how much of their space a list of rules holds."""

    def __init__(self, seen: pd.DataFrame) -> None:
        cells = seen[seen["kind"] != SCAN].drop_duplicates(KEY)
        self.seen = len(cells)
        self.hosts = sorted({*cells["src_ip"], *cells["dst_ip"]}, key=lambda host: pack(host) or b"")
        self.addresses = [pack(host) or b"" for host in self.hosts]
        self.is_public = np.array([not host.startswith("10.") for host in self.hosts])
        self.ports = {
            protocol: np.unique(ports) for protocol, ports in cells.groupby("protocol")["port"].unique().items()
        }

    def _held(self, side: Sequence[str]) -> np.ndarray:
        """The places of the hosts that a side holds."""
        held = np.zeros(len(self.hosts), bool)
        for text in side:
            if text == "Internet":
                held |= self.is_public
                continue
            prefix = parse_prefix(text)
            held[bisect_left(self.addresses, prefix.first) : bisect_right(self.addresses, prefix.last)] = True
        return np.flatnonzero(held)

    def opened(self, rules: Sequence[Rule]) -> int:
        """How many (source, destination, protocol, port) cells at least one rule holds."""
        total = 0
        for protocol, ports in self.ports.items():
            cells = [np.zeros(0, dtype=np.int64)]
            for rule in rules:
                if rule.protocol.upper() == protocol:
                    sources, destinations = self._held(rule.sources), self._held(rule.destinations)
                    pairs = sources[:, None] * len(self.hosts) + destinations
                    pairs = pairs[sources[:, None] != destinations]
                    which = np.flatnonzero(_holds(rule, ports))
                    cells.append((pairs[:, None] * len(ports) + which).ravel())
            total += len(np.unique(np.concatenate(cells)))
        return total


def _holds(rule: Rule, ports: np.ndarray) -> np.ndarray:
    held = np.zeros(len(ports), bool)
    for span in rule.destination_ports:
        held |= (ports >= span.first) & (ports <= span.last)
    return held
