"""A campus's traffic from a seed, built unlike `enterprise`: what a way to draft was tuned on must not be all it knows.

Hosts of one role lie scattered over the sites' /24s. Clients are busy in very different degrees; services are sticky,
balanced over servers, failed over, or a mesh. Windows servers hand out RPC ports that last until they start again, FTP
servers passive ones; a gateway hides many clients; a vulnerability scanner visits every host daily; some hosts are new
on the last day; some pairs meet once a week.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.estates.graphs.enterprise import Enterprise
from tests.estates.graphs.meetings import COLUMNS, DYNAMIC, OUTSIDE, RARE, SCAN, SERVICE, Meetings, Row

SITES, ROLES = 12, 18
PORTS = (25, 53, 80, 111, 389, 443, 514, 636, 1521, 3268, 4222, 5432, 5985, 8088, 8443, 9042, 9093, 15_672, 27_017)
STICKY, BALANCED, FAILOVER, MESH = "sticky", "balanced", "failover", "mesh"
NEW_SHARE = 0.02
"""Hosts of each role of ten and more that no day but the last has."""


def campus(seed: int, days: int = 4, scale: int = 1) -> Enterprise:
    """The hosts by site, and their traffic; the map names the sites, so a subnet holds hosts of many roles."""
    rng = np.random.default_rng(10_000 + seed)
    roles, sites = _placed(rng, scale)
    meetings = Meetings(days, rng)
    every = [host for members in roles for host in members]
    parts = [
        *_services(roles, meetings, _activity(roles, rng)),
        meetings.of(np.full((1, len(every)), 0.97), [roles[2][0]], every, 161, "UDP"),
        meetings.of(np.full((len(roles[0]), len(every)), 0.004), roles[0], every, 5985),
        meetings.of(np.full((1, len(roles[1])), 0.995), ["10.200.0.4"], roles[1], 443),
        *_rpc(roles[3][:6], every, days, rng),
        *_passive(roles[4][:2], roles[5], days, rng),
        *_strangers(roles[1][:3], days, rng),
        *_weekly(every, days, rng),
        *_scanner(roles[2][1], every, days, rng),
    ]
    traffic = pd.DataFrame([row for part in parts for row in part], columns=list(COLUMNS))
    return Enterprise(sites, traffic.drop_duplicates(list(COLUMNS[:5])), meetings.chances)


def _placed(rng: np.random.Generator, scale: int) -> tuple[list[list[str]], dict[str, list[str]]]:
    """The hosts of each role, and of each site; a role likes two sites best."""
    sizes = np.clip(rng.lognormal(2.6, 0.9, ROLES), 2, 70).astype(int) * scale
    free = [iter(rng.permutation(np.arange(4, 250 * scale + 4)).tolist()) for _ in range(SITES)]
    roles: list[list[str]] = []
    sites: dict[str, list[str]] = {f"site{n:02}": [] for n in range(SITES)}
    for size in sizes:
        liking = rng.dirichlet(np.full(SITES, 0.25))
        places = rng.choice(SITES, size, p=liking)
        roles.append([f"10.{100 + place}.{(n := next(free[place])) // 250}.{n % 250 + 1}" for place in places])
        for host, place in zip(roles[-1], places, strict=True):
            sites[f"site{place:02}"].append(host)
    return roles, {site: hosts for site, hosts in sites.items() if hosts}


def _activity(roles: list[list[str]], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """How likely a host is up on each day, by the days' place; new hosts are on the last alone."""
    held = {}
    for hosts in roles:
        for place, host in enumerate(hosts):
            share = 1.0 if rng.random() < 0.7 else float(rng.beta(3, 1))
            is_new = len(hosts) >= 10 and place >= len(hosts) * (1 - NEW_SHARE) - 0.5
            held[host] = np.array([0.0, 0.0, 0.0, share]) if is_new else np.full(4, share)
    return held


def _services(roles: list[list[str]], meetings: Meetings, up: dict[str, np.ndarray]) -> Iterator[list[Row]]:
    rng = meetings.rng
    for servers in roles:
        for _ in range(int(rng.integers(1, 6))):
            port = int(rng.choice(PORTS)) if rng.random() < 0.6 else int(rng.integers(1_024, 32_000))
            some = servers[: int(rng.integers(1, min(len(servers), 10) + 1))]
            for peer in rng.choice(ROLES, int(rng.geometric(0.45)), replace=True):
                clients = roles[int(peer)]
                uses = (rng.random(len(clients)) < rng.choice([0.1, 0.4, 0.8, 1.0, 1.0]))[None, :, None]
                shape = str(rng.choice([STICKY, STICKY, BALANCED, FAILOVER, MESH]))
                active = np.stack([up[host][-meetings.days :] for host in clients], axis=1)[:, :, None]
                chance = _shaped(shape, len(clients), len(some), meetings.days, rng)
                met = active * np.where(uses, chance, 0.0003)
                protocol = "UDP" if port in (53, 514) else "TCP"
                yield meetings.of(met, clients, some, port, protocol)


def _shaped(shape: str, clients: int, servers: int, days: int, rng: np.random.Generator) -> np.ndarray:
    """(day, client, server): the chance that an active client meets a server."""
    homes = rng.random((clients, servers)).argsort(1).argsort(1)
    if shape == STICKY:
        return np.broadcast_to(np.where(homes < max(1, servers // 3), 0.985, 0.0006), (days, clients, servers))
    if shape == BALANCED:
        return np.full((days, clients, servers), float(rng.choice([0.3, 0.6, 0.9])))
    if shape == MESH:
        return np.full((days, clients, servers), 0.98)
    down = rng.random((days, 1, servers)) < 0.06
    first, second = homes == 0, homes == 1
    on_first = np.where(first & ~down, 0.985, 0.0006)
    is_down = (first & down).any(axis=2, keepdims=True)
    return np.where(second & is_down, 0.985, on_first)


def _rpc(servers: list[str], every: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """The endpoint mapper, and a few high ports for all clients, which change when a server starts again."""
    for server in servers:
        clients = [str(host) for host in rng.choice(every, 25, replace=False) if host != server]
        ports: list[int] = []
        for day in range(days):
            if not ports or rng.random() < 0.15:
                ports = rng.choice(np.arange(49_664, 49_760), 3, replace=False).tolist()
            yield [(day, client, server, "TCP", 135, SERVICE, 4) for client in clients if rng.random() < 0.97]
            yield [
                (day, client, server, "TCP", port, DYNAMIC, int(rng.integers(1, 9)))
                for client in clients
                for port in ports
                if rng.random() < 0.6
            ]


def _passive(servers: list[str], clients: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """FTP: port 21, and a new passive port for each transfer."""
    for server in servers:
        for client in clients[:5]:
            if client != server:
                yield [(day, client, server, "TCP", 21, SERVICE, 9) for day in range(days)]
                yield [
                    (day, client, server, "TCP", int(port), DYNAMIC, 1)
                    for day in range(days)
                    for port in rng.choice(np.arange(50_000, 51_000), int(rng.integers(4, 30)), replace=False)
                ]


def _strangers(servers: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    for server in servers:
        for day in range(days):
            ends = {int(end) for end in rng.zipf(1.4, 150) if end < 60_000}
            clients = [f"{80 + end % 9}.{end // 250 % 200}.{end % 250}.9" for end in sorted(ends)]
            yield [(day, client, server, "TCP", 443, OUTSIDE, int(rng.integers(1, 9))) for client in clients]


def _weekly(every: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """Three pairs a day that meet once a week."""
    for day in range(days):
        ends = rng.choice(every, (3, 2))
        yield [(day, str(a), str(b), "TCP", int(rng.integers(1_024, 30_000)), RARE, 2) for a, b in ends if a != b]


def _scanner(scanner: str, every: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """Knocks at 40 ports of 30 hosts a day."""
    for day in range(days):
        for target in rng.choice(every, 30, replace=False):
            ports = rng.choice(np.arange(1, 10_000), 40, replace=False)
            yield [(day, scanner, str(target), "TCP", int(port), SCAN, 1) for port in ports if target != scanner]
