"""A known policy planted on a random estate, and traffic under it, written into a real local store.

The truth is kept beside the draft: which combinations are legitimate, which were denied, and how many rules the policy
has. Everything follows from the seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.flows import START, Key, row

NAMES = ("web", "app", "db", "mgmt", "batch", "cache", "queue", "build")
SERVICES = (22, 80, 443, 1433, 3306, 3389, 5432, 5671, 6379, 8080, 8443, 9092, 9200, 11211)


@dataclass(frozen=True)
class Planted:
    """One rule of the planted policy."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    protocol: str
    ports: tuple[int, ...]


@dataclass
class Estate:
    subnets: SubnetMap
    hosts: dict[str, list[str]]
    protected: str
    policy: list[Planted]
    legitimate: list[tuple[Key, datetime, int]] = field(default_factory=list)
    denied: list[tuple[Key, datetime]] = field(default_factory=list)

    @property
    def nsg(self) -> str:
        return f"{self.protected}-nsg"


def plant(seed: int, days: int = 14) -> Estate:
    """A random estate: 4 to 8 subnets, an NSG on one of them, a policy of 3 to 8 rules towards it, and its traffic."""
    rng = random.Random(seed)
    names = rng.sample(NAMES, rng.randint(4, len(NAMES)))
    subnets, hosts = [], {}
    for place, name in enumerate(names):
        prefix = parse_prefix(f"10.{rng.randint(0, 3)}.{place * 4}.0/{rng.choice((24, 25, 26))}")
        subnets.append(Subnet(name, prefix, "hub"))
        base = prefix.text.rsplit(".", 1)[0]
        hosts[name] = [f"{base}.{host}" for host in rng.sample(range(4, 60), rng.randint(4, 12))]
    protected = names[0]
    estate = Estate(SubnetMap(tuple(sorted(subnets)), (parse_prefix("10.0.0.0/8"),)), hosts, protected, [])
    _policy(estate, names, rng)
    for rule in estate.policy:
        _traffic(estate, rule, days, rng)
    _rare_jobs(estate, names, days, rng)
    _scans(estate, days, rng)
    return estate


def _policy(estate: Estate, names: list[str], rng: random.Random) -> None:
    ports = rng.sample(SERVICES, len(SERVICES))
    for peer in rng.sample(names[1:], rng.randint(2, len(names) - 1)):
        chosen = tuple(sorted(ports.pop() for _ in range(rng.randint(1, 2)))) if len(ports) > 2 else (ports[0],)
        protocol = rng.choice(("TCP", "TCP", "TCP", "UDP"))
        estate.policy.append(
            Planted(tuple(estate.hosts[peer]), tuple(estate.hosts[estate.protected]), protocol, chosen)
        )
    if rng.random() < 0.5:
        world = tuple(
            sorted({f"{rng.randint(11, 99)}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.9" for _ in range(60)})
        )
        estate.policy.append(Planted(world, tuple(estate.hosts[estate.protected]), "TCP", (443,)))
    estate.policy = [rule for n, rule in enumerate(estate.policy) if rule not in estate.policy[:n]]


def _traffic(estate: Estate, rule: Planted, days: int, rng: random.Random) -> None:
    for source in rule.sources:
        for destination in rng.sample(rule.destinations, rng.randint(1, len(rule.destinations))):
            for port in rule.ports:
                for day in rng.sample(range(days), rng.randint(1, days)):
                    moment = START + timedelta(days=day, seconds=rng.randint(0, 86_399))
                    key = (source, destination, rule.protocol, port)
                    estate.legitimate.append((key, moment, rng.randint(1, 5)))


def _rare_jobs(estate: Estate, names: list[str], days: int, rng: random.Random) -> None:
    for place in range(rng.randint(0, 2)):
        source = rng.choice(estate.hosts[rng.choice(names[1:])])
        destination = rng.choice(estate.hosts[estate.protected])
        rule = Planted((source,), (destination,), "TCP", (7000 + place,))
        estate.policy.append(rule)
        moment = START + timedelta(days=rng.randrange(days), hours=3)
        estate.legitimate.append(((source, destination, "TCP", 7000 + place), moment, 1))


def _scans(estate: Estate, days: int, rng: random.Random) -> None:
    admitted = {key for key, _, _ in estate.legitimate}
    for scanner in ("203.0.113.66", rng.choice(estate.hosts[list(estate.hosts)[-1]])):
        for port in rng.sample(range(1, 1024), 40):
            key = (scanner, rng.choice(estate.hosts[estate.protected]), "TCP", port)
            if key not in admitted and (port != 443):
                estate.denied.append((key, START + timedelta(days=rng.randrange(days), minutes=port)))


def rows_of(estate: Estate) -> list[dict[str, object]]:
    """The estate's log: stateful tuples of allowed flows, and denied ones, as the NSG wrote them inbound."""
    rows = []
    for key, moment, connections in estate.legitimate:
        rows += [row(key, moment + timedelta(seconds=n), nsg=estate.nsg) for n in range(connections)]
    rows += [
        row(key, moment, nsg=estate.nsg, decision="Denied", rule="DenyAllInBound") for key, moment in estate.denied
    ]
    return rows
