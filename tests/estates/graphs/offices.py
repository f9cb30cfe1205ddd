"""Offices' traffic from a seed, unlike `enterprise` and `campus`: one subnet holds many kinds of host, and they change.

People's machines lease an address of their floor for some days; one subnet holds servers of ten roles, some of which
come and go with the load; a Windows domain hands out RPC ports until a controller starts again; phones call each other
on ports of the call; backups run every other day; jump hosts reach a few servers often and all of them seldom; the
monitor reaches whatever is there, hosts of the last day too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tests.estates.graphs.enterprise import Enterprise
from tests.estates.graphs.meetings import COLUMNS, DYNAMIC, SCAN, Meetings, Row

FLOORS = 4
SERVERS = {"file": 4, "print": 2, "balancer": 2, "web": 14, "data": 3, "cache": 2, "batch": 20, "mail": 2, "calls": 2}
STAYS, PRESENT, RESTARTS = 0.93, 0.85, 0.15
"""Chances of a day: that a lease stays, that somebody is there, that a domain controller starts again."""
Presence = np.ndarray
"""(day, host): the chance that a host is there."""


def offices(seed: int, days: int = 4, scale: int = 1) -> Enterprise:
    """The hosts by subnet, and their traffic."""
    rng = np.random.default_rng(20_000 + seed)
    meetings = Meetings(days, rng)
    floors = [_leased(10 + floor, int(rng.integers(40, 110)) * scale, days, rng) for floor in range(FLOORS)]
    servers = _split(_addresses(20, sum(SERVERS.values()) * scale, rng), scale)
    domain, phones, admin = _addresses(21, 3, rng), _addresses(22, 50 * scale, rng), _addresses(23, 8, rng)
    machines = [host for hosts in servers.values() for host in hosts]
    up = _up(servers, days, rng)
    people, there = [host for hosts, _ in floors for host in hosts], np.concatenate([held for _, held in floors], 1)
    every, present = [*people, *machines], np.concatenate([there, up], 1)
    parts = [
        *_domain(domain, every, present, meetings),
        *_used_by_people(servers, people, there, meetings),
        *_between_servers(servers, machines, up, meetings),
        *_looked_after(admin, [*machines, *domain], np.concatenate([up, np.ones((days, 3))], 1), meetings),
        meetings.of(present[:, :, None] * 0.3, every, admin[5:6], 8530),
        *_calls(phones, servers["calls"], meetings),
        *_scanner(admin[6], every, days, rng),
    ]
    traffic = pd.DataFrame([row for part in parts for row in part], columns=list(COLUMNS))
    subnets = {f"floor{floor}": hosts for floor, (hosts, _) in enumerate(floors)}
    subnets |= {"servers": machines, "domain": domain, "voice": phones, "admin": admin}
    return Enterprise(subnets, traffic.drop_duplicates(list(COLUMNS[:5])), meetings.chances)


def _addresses(net: int, size: int, rng: np.random.Generator) -> list[str]:
    return [f"10.{net}.{place // 250}.{place % 250 + 4}" for place in rng.permutation(4 * size + 40)[:size].tolist()]


def _split(addresses: list[str], scale: int) -> dict[str, list[str]]:
    """The servers of each role: they lie in no order in their subnet."""
    left = iter(addresses)
    return {role: [next(left) for _ in range(size * scale)] for role, size in SERVERS.items()}


def _leased(net: int, people: int, days: int, rng: np.random.Generator) -> tuple[list[str], Presence]:
    """The addresses of a floor that anybody had, and how likely somebody is there with them, day by day."""
    pool = rng.permutation(people * 3)
    held, following = np.arange(people), people
    there = np.zeros((days, len(pool)))
    for day in range(days):
        moves = rng.random(people) > STAYS if day else np.zeros(people, bool)
        for person in np.flatnonzero(moves):
            held[person], following = following % len(pool), following + 1
        there[day, held] = PRESENT
    used = np.flatnonzero(there.any(axis=0))
    return [f"10.{net}.{pool[place] // 250}.{pool[place] % 250 + 4}" for place in used], there[:, used]


def _up(servers: dict[str, list[str]], days: int, rng: np.random.Generator) -> Presence:
    """Which servers are there on which day: the web's come and go, one of its hosts and a batch host are of the last
    day alone."""
    parts = []
    for role, hosts in servers.items():
        up = np.ones((days, len(hosts)))
        if role == "web":
            up = (rng.random(up.shape) < 0.75).astype(float)
        if role in ("web", "batch"):
            up[:, -1] = 0
            up[-1, -1] = 1
        parts.append(up)
    return np.concatenate(parts, 1)


def _of(role: str, servers: dict[str, list[str]], up: Presence) -> Presence:
    """The part of `up` that one role has."""
    first = sum(len(hosts) for hosts in list(servers.values())[: list(servers).index(role)])
    return up[:, first : first + len(servers[role])]


def _homes(clients: int, servers: int, most: float, least: float, rng: np.random.Generator) -> np.ndarray:
    """(client, server): each client has a server of its own, and meets the others seldom."""
    return np.where(rng.random((clients, servers)).argsort(1).argsort(1) == 0, most, least)


def _domain(domain: list[str], every: list[str], present: Presence, meetings: Meetings) -> Iterator[list[Row]]:
    """Names, tickets, directory, and RPC: the mapper's port 135, then ports that last until a controller starts."""
    rng = meetings.rng
    chance = present[:, :, None] * _homes(len(every), len(domain), 0.95, 0.15, rng)
    for protocol, port in (("UDP", 53), ("TCP", 88), ("TCP", 389), ("TCP", 445), ("TCP", 135)):
        yield meetings.of(chance, every, domain, port, protocol)
    for place, server in enumerate(domain):
        ports = rng.choice(np.arange(49_664, 49_720), 3, replace=False)
        for day in range(meetings.days):
            if rng.random() < RESTARTS:
                ports = rng.choice(np.arange(49_664, 49_720), 3, replace=False)
            for port in ports.tolist():
                met = np.flatnonzero(rng.random(len(every)) < 0.5 * chance[day, :, place])
                yield [(day, every[host], server, "TCP", port, DYNAMIC, int(rng.integers(1, 9))) for host in met]


def _used_by_people(
    servers: dict[str, list[str]], people: list[str], there: Presence, meetings: Meetings
) -> Iterator[list[Row]]:
    """Shares, printers, the intranet and mail."""
    for role, port, most, least in (
        ("file", 445, 0.8, 0.02),
        ("print", 9100, 0.15, 0.03),
        ("balancer", 443, 0.7, 0.6),
        ("mail", 587, 0.6, 0.02),
    ):
        chance = _homes(len(people), len(servers[role]), most, least, meetings.rng)
        yield meetings.of(there[:, :, None] * chance, people, servers[role], port)


def _between_servers(
    servers: dict[str, list[str]], machines: list[str], up: Presence, meetings: Meetings
) -> Iterator[list[Row]]:
    web, batch = _of("web", servers, up), _of("batch", servers, up)
    yield meetings.of(
        np.repeat(web[:, None, :], len(servers["balancer"]), 1) * 0.99, servers["balancer"], servers["web"], 8443
    )
    yield meetings.of(np.repeat(web[:, :, None], len(servers["data"]), 2) * 0.9, servers["web"], servers["data"], 1433)
    yield meetings.of(
        np.repeat(web[:, :, None], len(servers["cache"]), 2) * 0.95, servers["web"], servers["cache"], 6379
    )
    yield meetings.of(
        np.repeat(batch[:, :, None], len(servers["data"]), 2) * 0.35, servers["batch"], servers["data"], 1433
    )
    yield meetings.of(np.full((2, 2), 0.97), servers["data"][:2], servers["data"][1:], 5022)
    yield meetings.of(
        up[:, :, None] * np.where(np.arange(len(servers["mail"])) == 0, 0.9, 0.01), machines, servers["mail"], 25
    )


def _looked_after(admin: list[str], machines: list[str], up: Presence, meetings: Meetings) -> Iterator[list[Row]]:
    """Monitoring, backups and three jump hosts: admin 0, 1 and 2 to 4."""
    rng, days = meetings.rng, meetings.days
    yield meetings.of(up[:, None, :] * 0.99, admin[:1], machines, 161, "UDP")
    yield meetings.of(up[:, None, :] * 0.98, admin[:1], machines, 9182)
    turn = (np.arange(days)[:, None] + np.arange(len(machines))[None, :]) % 2 == 0
    yield meetings.of((up * turn * 0.97)[:, None, :], admin[1:2], machines, 10_000)
    liked = 0.6 / (1 + rng.permutation(len(machines)).astype(float)) + 0.01
    for port in (22, 3389):
        yield meetings.of(np.repeat((up * liked)[:, None, :], 3, 1), admin[2:5], machines, port)


def _calls(phones: list[str], managers: list[str], meetings: Meetings) -> Iterator[list[Row]]:
    """Each phone signals to its manager; a call is between any two phones, on a port of the call."""
    rng = meetings.rng
    yield meetings.of(_homes(len(phones), len(managers), 0.99, 0.02, rng), phones, managers, 5060, "UDP")
    for day in range(meetings.days):
        ends = rng.choice(phones, (3 * len(phones), 2))
        ports = rng.integers(8_192, 16_384, (len(ends), 2)) * 2
        for (here, there), (first, second) in zip(ends.tolist(), ports.tolist(), strict=True):
            if here != there:
                yield [
                    (day, here, there, "UDP", first, DYNAMIC, 1),
                    (day, there, here, "UDP", second, DYNAMIC, 1),
                ]


def _scanner(scanner: str, every: list[str], days: int, rng: np.random.Generator) -> Iterator[list[Row]]:
    """Knocks at the same 30 ports of 25 hosts a day, other hosts each day."""
    ports = rng.choice(np.arange(1, 10_000), 30, replace=False).tolist()
    for day in range(days):
        for target in rng.choice(every, 25, replace=False):
            yield [(day, scanner, str(target), "TCP", port, SCAN, 1) for port in ports]
