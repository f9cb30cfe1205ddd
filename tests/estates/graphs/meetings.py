"""Who meets whom on which day, drawn from chances that are kept: nobody can foretell more than they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

CELL = ("src_ip", "dst_ip", "protocol", "port")
COLUMNS = ("day", *CELL, "kind", "flows")
SCAN, SERVICE, DYNAMIC, OUTSIDE, RARE = "scan", "service", "dynamic", "outside", "rare"
Row = tuple[int, str, str, str, int, str, int]


@dataclass
class Meetings:
    """Draws rows (COLUMNS) over `days` from `rng`, and remembers what the chances were."""

    days: int
    rng: np.random.Generator
    drawn: list[pd.DataFrame] = field(default_factory=list)

    def of(
        self, pairs: np.ndarray, clients: Sequence[str], servers: Sequence[str], port: int, protocol: str = "TCP"
    ) -> list[Row]:
        """`pairs` holds each pair's chance of a day: (client, server), or one such table for each day."""
        by_day = np.broadcast_to(pairs, (self.days, len(clients), len(servers)))
        rows: list[Row] = []
        for day in range(self.days):
            met = self.rng.random(by_day[day].shape) < by_day[day]
            for client, server in zip(*np.nonzero(met), strict=True):
                if clients[client] != servers[server]:
                    flows = 1 + int(self.rng.lognormal(2.4, 1.2))
                    rows.append((day, clients[client], servers[server], protocol, port, SERVICE, min(flows, 400)))
        here, there = np.nonzero(by_day[-1] > 0)
        cells = {"src_ip": np.array(clients)[here], "dst_ip": np.array(servers)[there], "protocol": protocol}
        self.drawn.append(pd.DataFrame({**cells, "port": port, "chance": by_day[-1][here, there]}))
        return rows

    @property
    def chances(self) -> pd.DataFrame:
        """CELL and the chance that it is met on the last day, for all services."""
        drawn = pd.concat(self.drawn, ignore_index=True)
        drawn = drawn[drawn["src_ip"] != drawn["dst_ip"]].sort_values("chance", ascending=False, kind="stable")
        return drawn.drop_duplicates(list(CELL), ignore_index=True)
