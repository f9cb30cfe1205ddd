"""An enterprise's traffic over some days, from a seed: roles of hosts and who uses which service of whom.

What real networks have that makes a draft miss tomorrow's flows: siblings that take over, a cluster whose ports are new
every day, rare jobs, clients from outside with a long tail, and a scanner, which no rule should come from. Written as
VNet flow-log blobs (version 4), inbound at the destination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from nsgflow_core.words.vocabulary import Direction, protocol_number
from tests.estates.graphs.meetings import COLUMNS, DYNAMIC, OUTSIDE, RARE, SCAN, SERVICE, Meetings, Row
from tests.estates.records import vnet_record, whole_blob

FIRST_DAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY_MS = 86_400_000
IN_A_RECORD = 50_000
"""Tuples in one record: a reader takes a record of 32 MB at most, and a busy seed has more in a day."""
SIZES = (60, 40, 30, 24, 20, 16, 14, 12, 10, 10, 8, 8, 7, 6, 6, 5, 4, 4, 4, 3, 3, 2, 2, 1)
"""Hosts of each role; as many as the enterprise graph of the reference has, in the same uneven sizes."""
SMALL = (8, 6, 5, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 4, 2, 2, 3, 3, 1, 2, 1)
"""A tenth of the flows, for a test."""
CLUSTER, EDGE = 16, 7
"""The role whose members meet on new ports every day, and the one that the outside reaches."""
PORTS = (22, 53, 80, 88, 111, 135, 389, 443, 445, 1433, 2049, 3306, 3389, 5432, 5671, 6379, 8080, 8443, 9092, 9200)


@dataclass(frozen=True)
class Enterprise:
    """Hosts by role, and the traffic: COLUMNS, one row per day and distinct flow; `day` counts from 0.

    `chances` are those that a cell (CELL) has of a day, for the cells of a service: what nobody can know better.
    """

    hosts: dict[str, list[str]]
    traffic: pd.DataFrame
    chances: pd.DataFrame

    def subnets_csv(self, flat: bool = False) -> str:
        """The map: a /24 or wider per role, or one subnet for all."""
        if flat:
            return "name,prefix\nflat,10.0.0.0/8\n"
        lines = (f"{name},{'.'.join(hosts[0].split('.')[:2])}.0.0/16" for name, hosts in self.hosts.items())
        return "name,prefix\n" + "\n".join(lines) + "\n"

    def write(self, folder: Path, seed: int = 1, direction: Direction = Direction.INBOUND) -> None:
        """One blob a day, as Azure names them, logged at the destination, or outbound at the source."""
        rng = np.random.default_rng(seed)
        for day in range(self.traffic["day"].max() + 1):
            flows = self.traffic[self.traffic["day"] == day]
            where = folder / f"flowLogResourceID=/S_G/V_F/y=2026/m=11/d={FIRST_DAY.day + day:02}/h=00/m=00"
            where = where / "macAddress=000D3A0000A1"
            where.mkdir(parents=True)
            lines = list(_tuples(flows, int(FIRST_DAY.timestamp() * 1000) + day * DAY_MS, rng, str(direction)[0]))
            parts = [lines[first : first + IN_A_RECORD] for first in range(0, len(lines), IN_A_RECORD)]
            records = [
                vnet_record(part, rule=f"DefaultRule_AllowVnet{'In' if direction is Direction.INBOUND else 'Out'}Bound")
                for part in parts
            ]
            (where / "PT1H.json").write_bytes(whole_blob(records))


def enterprise(
    seed: int, days: int = 4, scale: int = 1, low_ports: bool = False, sizes: Sequence[int] = SIZES
) -> Enterprise:
    """A role for each of `sizes`, `scale` times as large. `low_ports`: the cluster's lie from 1024 on."""
    rng = np.random.default_rng(seed)
    hosts = {f"role{n:02}": _hosts(n, size * scale, rng) for n, size in enumerate(sizes)}
    roles, meetings = list(hosts), Meetings(days, rng)
    parts = [
        *_services(hosts, roles, meetings),
        *_infrastructure(hosts, roles, meetings),
        *_cluster(hosts[roles[CLUSTER]][:4], days, rng, 1024 if low_ports else 32_768, 65_535 if low_ports else 61_000),
        *_outside(hosts[roles[EDGE]], days, rng),
        *_rare_jobs(hosts, days, rng),
        *_scanner(hosts, days, rng),
    ]
    traffic = pd.DataFrame([row for part in parts for row in part], columns=list(COLUMNS))
    return Enterprise(hosts, traffic.drop_duplicates(list(COLUMNS[:5])), meetings.chances)


def _hosts(number: int, size: int, rng: np.random.Generator) -> list[str]:
    found = np.sort(rng.choice(np.arange(4, 4 + 3 * size + 40), size, replace=False))
    return [f"10.{number}.{host // 250}.{host % 250 + 4}" for host in found]


def _services(hosts: dict[str, list[str]], roles: list[str], meetings: Meetings) -> Iterator[list[Row]]:
    """Each role serves some ports to some roles: all of its hosts or a few, each client its own servers."""
    rng = meetings.rng
    for role in roles:
        for _ in range(int(rng.integers(3, 8))):
            port = int(rng.choice(PORTS)) if rng.random() < 0.5 else int(rng.integers(1024, 60_000))
            servers = hosts[role]
            if rng.random() < 0.5:
                servers = servers[: max(1, int(len(servers) * rng.choice([0.2, 0.5, 0.75])))]
            servers = servers[:8]
            for peer in rng.choice(roles, int(rng.integers(1, 4)), replace=False):
                clients = hosts[str(peer)]
                uses = rng.random(len(clients)) < rng.choice([0.15, 0.5, 0.9, 1.0, 1.0])
                fewest = max(1, int(len(servers) * rng.choice([0.2, 0.6, 1.0, 1.0])))
                homes = rng.random((len(clients), len(servers))).argsort(1).argsort(1) < fewest
                busy = 0.99 if rng.random() < 0.9 else 0.6
                chance = np.where(uses[:, None], np.where(homes, busy, 0.001), 0.0002)
                yield meetings.of(chance, clients, servers, port)


def _infrastructure(hosts: dict[str, list[str]], roles: list[str], meetings: Meetings) -> Iterator[list[Row]]:
    """What every host uses (names, time, directory), and what looks into every host (monitoring, jump hosts)."""
    every = [host for role in roles for host in hosts[role]]
    for protocol, port, role in (("UDP", 53, 20), ("UDP", 123, 20), ("TCP", 389, 19), ("TCP", 445, 19)):
        servers = hosts[roles[role]]
        homes = meetings.rng.random((len(every), len(servers))).argsort(1).argsort(1) < 1
        yield meetings.of(np.where(homes, 0.98, 0.02), every, servers, port, protocol)
    yield meetings.of(np.full((1, len(every)), 0.98), hosts[roles[21]][:1], every, 9100)
    yield meetings.of(np.full((2, len(every)), 0.01), hosts[roles[22]][:2], every, 22)


def _cluster(members: list[str], days: int, rng: np.random.Generator, first: int, after: int) -> Iterator[list[Row]]:
    """Members meet on 40 to 100 ports a day that are new, beside two that stay."""
    for source in members:
        for server in members:
            if source != server:
                stays = [
                    (day, source, server, "TCP", port, SERVICE, 40) for day in range(days) for port in (7001, 45_001)
                ]
                new = [
                    (day, source, server, "TCP", int(port), DYNAMIC, int(rng.integers(1, 5)))
                    for day in range(days)
                    for port in rng.choice(np.arange(first, after), int(rng.integers(40, 101)), replace=False)
                ]
                yield stays + new


def _outside(servers: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """Clients of the Internet, most of them met once; and a partner that comes daily."""
    for server in servers[:2]:
        for day in range(days):
            ends = rng.integers(0, 40_000, 40)
            clients = {f"{20 + end // 2_000}.{end // 250 % 8}.7.{end % 250 + 1}" for end in ends}
            yield [(day, client, server, "TCP", 443, OUTSIDE, int(rng.integers(1, 6))) for client in sorted(clients)]
    yield [(day, "91.8.7.6", servers[0], "TCP", 22, SERVICE, 6) for day in range(days)]


def _rare_jobs(hosts: dict[str, list[str]], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """A few pairs that met once."""
    every = [host for members in hosts.values() for host in members]
    for day in range(days):
        ends = rng.choice(every, (5, 2))
        yield [(day, str(a), str(b), "TCP", int(rng.integers(1024, 30_000)), RARE, 1) for a, b in ends if a != b]


def _scanner(hosts: dict[str, list[str]], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """One host that tries random ports of random hosts every day."""
    every = [host for members in hosts.values() for host in members]
    scanner = hosts["role00"][0]
    favourite = hosts["role05"][0]
    for day in range(days):
        for target in sorted({*rng.choice(every, 10).tolist(), favourite} - {scanner}):
            ports = rng.choice(np.arange(1, 65_536), 60, replace=False)
            yield [(day, scanner, str(target), "TCP", int(port), SCAN, 1) for port in ports]


def _tuples(flows: pd.DataFrame, midnight: int, rng: np.random.Generator, letter: str) -> Iterator[str]:
    """A begin and an end of every connection; a scan is one packet and its refusal."""
    for source, server, protocol, port, kind, count in zip(*(flows[name] for name in COLUMNS[1:]), strict=True):
        for moment, own in zip(
            rng.integers(0, DAY_MS - 60_000, count).tolist(), rng.integers(32_768, 61_000, count).tolist(), strict=True
        ):
            key = f"{source},{server},{own},{port},{protocol_number(protocol)},{letter}"
            counters = "1,60,1,54" if kind == SCAN else "9,1200,8,5400"
            yield f"{midnight + moment},{key},B,NX,0,0,0,0"
            yield f"{midnight + moment + 30_000},{key},E,NX,{counters}"
