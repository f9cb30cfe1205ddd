"""The hosts and ports that were seen, and how much of their space rules hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.words.prefixes import pack, parse_prefix
from tests.estates.graphs.meetings import CELL, SCAN


class KnownSpace:
    """The hosts and ports that were seen, and how much of their space a list of rules holds."""

    def __init__(self, seen: pd.DataFrame) -> None:
        cells = seen[seen["kind"] != SCAN].drop_duplicates(list(CELL))
        self.seen = len(cells)
        self.hosts = sorted({*cells["src_ip"], *cells["dst_ip"]}, key=lambda host: pack(host) or b"")
        self.addresses = [pack(host) or b"" for host in self.hosts]
        self.is_public = np.array([not host.startswith("10.") for host in self.hosts])
        self.services = cells[["protocol", "port"]].drop_duplicates(ignore_index=True)
        self.seen_cells = np.unique(self.numbers(cells))

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

    def cells(self, rule: Rule) -> np.ndarray:
        """The numbers of the (source, destination, protocol, port) cells that a rule holds."""
        protocol = rule.protocol.upper()
        sources, destinations = self._held(rule.sources), self._held(rule.destinations)
        pairs = sources[:, None] * len(self.hosts) + destinations
        pairs = pairs[sources[:, None] != destinations]
        which = np.flatnonzero((self.services["protocol"] == protocol) & _holds(rule, self.services["port"].to_numpy()))
        found: np.ndarray = (pairs[:, None] * len(self.services) + which).ravel()
        return found

    def opened(self, rules: Sequence[Rule]) -> int:
        """How many cells at least one rule holds."""
        return len(np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *map(self.cells, rules)])))

    def numbers(self, flows: pd.DataFrame) -> np.ndarray:
        """The numbers of the cells of flows; -1 where a host or port is not known."""
        ends = [pd.Index(self.hosts).get_indexer(flows[side]) for side in ("src_ip", "dst_ip")]
        port = pd.MultiIndex.from_frame(self.services).get_indexer(
            pd.MultiIndex.from_frame(flows[["protocol", "port"]])
        )
        found = (ends[0] * len(self.hosts) + ends[1]) * len(self.services) + port
        return np.where((ends[0] < 0) | (ends[1] < 0) | (port < 0), -1, found)

    def by_mechanism(self, widened: Sequence[tuple[str, np.ndarray]], last: pd.DataFrame) -> pd.DataFrame:
        """Per mechanism: rules, `opened` (unseen cells by those seen), and the unseen cells and flows of the last day
        that it kept. A cell counts for the mechanism that opens the fewest of all that open it."""
        held: dict[str, list[np.ndarray]] = {}
        for name, cells in widened:
            held.setdefault(name, []).append(cells)
        each = {name: np.setdiff1d(np.concatenate(cells), self.seen_cells) for name, cells in held.items()}
        come = self.numbers(last)
        taken, rows = self.seen_cells[:0], []
        for name in sorted(each, key=lambda name: len(each[name])):
            mine = np.setdiff1d(each[name], taken)
            taken = np.union1d(taken, mine)
            is_mine = np.isin(come, mine)
            rows.append(
                (
                    name,
                    len(held[name]),
                    len(mine) / self.seen,
                    int(is_mine.sum()),
                    int(last.loc[is_mine, "flows"].sum()),
                )
            )
        return pd.DataFrame(rows, columns=["mechanism", "rules", "opened", "cells kept", "flows kept"])


def _holds(rule: Rule, ports: np.ndarray) -> np.ndarray:
    held = np.zeros(len(ports), bool)
    for span in rule.destination_ports:
        held |= (ports >= span.first) & (ports <= span.last)
    return held
