"""A random estate whose NSG changes in the middle of the window: denies are added, rules removed, flows closed.

What is true of it is decided by the plain loops below, from Azure's documents alone: rules by priority, first match
ends, and what `VirtualNetwork` holds in this estate, which the tool may know in part only. Everything follows from the
seed.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property

from nsgflow_core.inventory.rule import ANY_PORTS, DEFAULT_RULES, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.draft.placing.closing import Closing, rules_below
from nsgflow_core.words.guarded_ports import BY_SERVICE
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.flows import NUMBERS as PROTOCOL_NUMBERS
from tests.estates.flows import START, Key, row

DAYS = 6
NSG = "guarded-nsg"
PORTS = (22, 53, 80, 443, 444, 445, 1433, 3389, 8080, 8081)
PRIORITIES = (*range(100, 112), *range(200, 420, 10), *range(3_998, 4_012), 4_050, 4_060, *range(4_090, 4_097))
USE = 0.75
"""The share of the pairs of a service that use it."""
NUMBERS = {"Tcp": "TCP", "Udp": "UDP", "Icmp": "ICMP"}
CLOSING = [rule.name for direction in Direction for rule in rules_below(direction, Closing(internet=True, icmp=True))]
PUBLIC = "52."
"""How its public addresses begin."""
NAMES = ("web", "app", "db", "dev", "ops", "edge")


@dataclass
class Estate:
    """The NSG as it is in the end, and the log of how it came there. `last` is the last decision on each cell."""

    subnets: SubnetMap
    direction: Direction
    vnet: tuple[str, ...]
    """What VirtualNetwork truly holds."""
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()
    rows: list[dict[str, object]] = field(default_factory=list)
    last: dict[Key, tuple[str, str]] = field(default_factory=dict)

    @property
    def file(self) -> RuleSet:
        """The NSG as it is."""
        return RuleSet(NSG, self.after)

    @property
    def scope(self) -> Scope:
        """What a draft is for here."""
        return Scope(nsg=NSG)

    @property
    def own_rows(self) -> list[dict[str, object]]:
        """What the NSG of the draft logged."""
        return self.rows

    def decision(self, rules: Iterable[Rule], key: Key) -> Rule:
        """The rule that decides a new connection."""
        ordered = sorted(
            (rule for rule in (*rules, *DEFAULT_RULES) if rule.direction is self.direction),
            key=lambda rule: rule.priority,
        )
        return next(rule for rule in ordered if self._matches(rule, key))

    def is_doubtful(self, key: Key) -> bool:
        """True for what a draft may leave out until somebody answers; all else that is allowed is legitimate.

        A public source on a guarded port; public sources that all together came to a service three times at most, or
        two of them on one day, but for those that were denied last; a source that tries guarded ports of twenty public
        addresses, each three times at most.
        """
        source, _, protocol, port = key
        if self.direction is Direction.INBOUND:
            if not source.startswith(PUBLIC):
                return False
            came = {k: v for k, v in self._begun.items() if k[1:] == key[1:] and k[0].startswith(PUBLIC)}
            came = {k: v for k, v in came.items() if self.last[k][0] == "Allowed"}
            moments = [moment for each in came.values() for moment in each]
            is_rare = len(moments) <= 3 or (len(came) <= 2 and len({moment.date() for moment in moments}) == 1)
            return is_rare or (protocol, port) in BY_SERVICE
        tried = {k for k, v in self._begun.items() if k[0] == source and k[2:] in BY_SERVICE and len(v) <= 3}
        return len([k for k in tried if k[1].startswith(PUBLIC)]) >= 20 and key in tried

    def is_denied_elsewhere(self, key: Key) -> bool:
        """True where what the draft does not touch denied the cell: no closing rule here lets it in."""
        return False

    def let_begin(self) -> frozenset[Key]:
        """The cells of which the NSG of the draft ever let a connection begin."""
        return frozenset(self._begun)

    @cached_property
    def _begun(self) -> dict[Key, list[datetime]]:
        """When the allowed connections of each cell began."""
        words = {number: word for word, number in PROTOCOL_NUMBERS.items()}
        found: dict[Key, list[datetime]] = {}
        for each in self.own_rows:
            if each["decision"] == "Allowed" and each["flow_state"] != "Continuing":
                protocol, port = words[int(str(each["protocol"]))], int(str(each["dst_port"]))
                moment = datetime.fromisoformat(str(each["time"]))
                found.setdefault((str(each["src_ip"]), str(each["dst_ip"]), protocol, port), []).append(moment)
        return found

    def _matches(self, rule: Rule, key: Key) -> bool:
        source, destination, protocol, port = key
        return (
            rule.protocol in ("*", {word: name for name, word in NUMBERS.items()}[protocol])
            and (protocol == "ICMP" or any(held.first <= port <= held.last for held in rule.destination_ports))
            and any(self._holds(term, source) for term in rule.sources)
            and any(self._holds(term, destination) for term in rule.destinations)
        )

    def _holds(self, term: str, address: str) -> bool:
        if term == "VirtualNetwork":
            return _within(address, self.vnet)
        if term == "Internet":
            return not _within(address, self.vnet)
        if term == "AzureLoadBalancer":
            return address == "168.63.129.16"
        return term == "*" or _within(address, (term,))


@cache
def _within(address: str, prefixes: tuple[str, ...]) -> bool:
    held = ipaddress.ip_address(address)
    networks = (ipaddress.ip_network(text) for text in prefixes)
    return any(held.version == network.version and held in network for network in networks)


def plant_moved(seed: int) -> Estate:
    """The same, with denies that were there all along moved or widened when the NSG changes."""
    return plant(seed, is_moved=True)


def plant(seed: int, is_moved: bool = False) -> Estate:
    """A random estate and its log of DAYS days."""
    rng = random.Random(seed)
    hosts, subnets = _network(rng)
    vnet: tuple[str, ...] = ("10.1.0.0/16", "fd00:1::/48", "168.63.129.16")
    if rng.random() < 0.3:
        vnet += ("172.16.0.0/12",)
    estate = Estate(subnets, rng.choice(list(Direction)), vnet)
    rules = _rules(rng, estate, hosts, rng.randint(1, 7), "first")
    added = _rules(rng, estate, hosts, rng.randint(1, 4), "later", denies=0.8)
    taken = {rule.priority for rule in rules}
    kept = [rule for rule in rules if rng.random() < 0.8]
    called = {rule.name.casefold() for rule in kept}
    added = [rule for rule in added if rule.priority not in taken and rule.name.casefold() not in called]
    estate.before, estate.after = tuple(rules), (*kept, *added)
    cells, unused = _cells(rng, estate, hosts)
    quiet = _quiet_denies(rng, estate, unused, taken | {rule.priority for rule in added})
    estate.before += tuple(quiet)
    estate.after += tuple(quiet)
    estate.after = _moved(random.Random(f"moved {seed}"), estate.after) if is_moved else estate.after
    _log(estate, rng, cells)
    return estate


def _network(rng: random.Random) -> tuple[dict[str, list[str]], SubnetMap]:
    """Two to six subnets, some of both address families, some in a map that names an outer space too."""
    hosts, held = {}, []
    dual = rng.random() < 0.5
    for at, name in enumerate(rng.sample(NAMES, rng.randint(2, len(NAMES)))):
        held.append(Subnet(name, parse_prefix(f"10.1.{at}.0/{rng.choice((24, 26))}"), "v"))
        hosts[name] = [f"10.1.{at}.{host}" for host in rng.sample(range(4, 60), rng.randint(2, 6))]
        if dual:
            held.append(Subnet(name, parse_prefix(f"fd00:1:0:{at}::/64"), "v"))
            hosts[name] += [f"fd00:1:0:{at}::{host:x}" for host in rng.sample(range(4, 60), rng.randint(1, 4))]
    if rng.random() < 0.4:
        held.append(Subnet("corp", parse_prefix(rng.choice(("10.1.0.0/16", "10.1.0.0/22"))), "w"))
    hosts["public"] = [f"52.{rng.randint(0, 9)}.0.{host}" for host in rng.sample(range(1, 250), rng.choice((3, 30)))]
    hosts["elsewhere"] = [f"172.16.5.{host}" for host in rng.sample(range(4, 60), 3)]
    space = (parse_prefix("10.1.0.0/16"), parse_prefix("fd00:1::/48")) if rng.random() < 0.8 else ()
    return hosts, SubnetMap(tuple(sorted(held)), space)


def _rules(
    rng: random.Random, estate: Estate, hosts: dict[str, list[str]], count: int, word: str, denies: float = 0.4
) -> list[Rule]:
    """Rules as people write them, some under names and at numbers that a draft would like to have."""
    made = []
    for at, priority in enumerate(rng.sample(PRIORITIES, count)):
        access = Access.DENY if rng.random() < denies else Access.ALLOW
        name = f"{word}-{access.lower()}-{at}"
        if rng.random() < 0.1:
            name = rng.choice(CLOSING).title() + rng.choice(("", "-2")) * (at > 0)
        source, destination = (side(rng, hosts) for _ in range(2))
        if any(":" in source + destination and "." in source + destination for _ in (0,)):
            source = "VirtualNetwork"
        ports = (
            ANY_PORTS if rng.random() < 0.4 else (PortRange(first := rng.choice(PORTS), first + rng.choice((0, 0, 1))),)
        )
        protocol = rng.choice(("Tcp", "Tcp", "*"))
        made.append(Rule(name, priority, estate.direction, access, protocol, (source,), (destination,), ports))
    return [rule for at, rule in enumerate(made) if rule.name.casefold() not in {r.name.casefold() for r in made[:at]}]


def side(rng: random.Random, hosts: dict[str, list[str]]) -> str:
    """One side of a rule: a tag, a host, or a prefix around one."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(("*", "VirtualNetwork", "VirtualNetwork", "Internet"))
    if kind < 0.55:
        return rng.choice(hosts[rng.choice(sorted(hosts))])
    address = rng.choice(hosts[rng.choice(sorted(hosts))])
    return str(ipaddress.ip_network(f"{address}/{64 if ':' in address else rng.choice((16, 24, 27))}", strict=False))


def _quiet_denies(rng: random.Random, estate: Estate, unused: list[Key], taken: set[int]) -> list[Rule]:
    """Denies of pairs that did not use the service of their neighbours: no row of the log tells of them."""
    free = [priority for priority in PRIORITIES if priority not in taken]
    asked = rng.sample(unused, min(len(unused), len(free), rng.choice((0, 1, 3))))
    return [
        Rule(f"quiet-deny-{at}", at_number, estate.direction, Access.DENY, "*", (source,), (destination,), ANY_PORTS)
        for at, ((source, destination, *_), at_number) in enumerate(
            zip(asked, rng.sample(free, len(asked)), strict=True)
        )
    ]


def _moved(rng: random.Random, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Half of the denies ahead of all others, or for any address on both sides."""
    free = sorted({*PRIORITIES} - {rule.priority for rule in rules}, reverse=True)
    moved = []
    for rule in rules:
        if rule.access is Access.DENY and rng.random() < 0.5:
            wider, ahead = {"sources": ("*",), "destinations": ("*",)}, {"priority": free.pop()}
            rule = replace(rule, **rng.choice((wider, ahead)))
        moved.append(rule)
    return tuple(moved)


def _cells(rng: random.Random, estate: Estate, hosts: dict[str, list[str]]) -> tuple[list[Key], list[Key]]:
    """Services between subnets: of those that use them, and of those that do not, which a rule may open unseen.

    No document tells what a rule of every protocol but few ports does to ICMP: there is none beside such a rule.
    """
    names = sorted(hosts)
    own = names[0] if names[0] not in ("public", "elsewhere") else "web"
    cells: list[Key] = []
    unused: list[Key] = []
    rules = (*estate.before, *estate.after)
    is_told = all(rule.protocol != "*" or rule.destination_ports == ANY_PORTS for rule in rules)
    for _ in range(rng.randint(2, 6)):
        peer, port = rng.choice(names), rng.choice(PORTS)
        protocol = rng.choice(("TCP", "TCP", "TCP", "UDP", "ICMP" if is_told else "UDP"))
        for far in hosts[peer]:
            for near in rng.sample(hosts[own], min(2, len(hosts[own]))):
                if (":" in far) == (":" in near) and far != near:
                    ends = (far, near) if estate.direction is Direction.INBOUND else (near, far)
                    of = cells if rng.random() < USE else unused
                    of.append((*ends, protocol, 0 if protocol == "ICMP" else port))
    return sorted(set(cells)), sorted(set(unused) - set(cells))


def _log(estate: Estate, rng: random.Random, cells: list[Key]) -> None:
    """New connections on some days each; some go on for days after they began. NSG logs of version 1 have no states."""
    has_states = rng.random() < 0.7
    change = rng.choice((2, 3))
    seen = set()
    for key in cells:
        for day in sorted(rng.sample(range(DAYS), rng.randint(1, DAYS))):
            rules = estate.before if day < change else estate.after
            rule = estate.decision(rules, key)
            is_allowed = rule.access is Access.ALLOW
            seen.add(rule.name)
            moment = START + timedelta(days=day, seconds=rng.randrange(80_000))
            estate.last[key] = ("Allowed" if is_allowed else "Denied", rule.name)
            _write(estate, key, moment, rule, is_allowed, "Begin" if has_states else "")
            if is_allowed and has_states and rng.random() < 0.3:
                _write(estate, key, moment + timedelta(days=rng.randint(1, 2)), rule, True, "Continuing")


def _write(estate: Estate, key: Key, moment: datetime, rule: Rule, is_allowed: bool, state: str) -> None:
    kind = "Default" if rule.is_default else "User"
    made = row(
        key, moment, nsg=NSG, decision="Allowed" if is_allowed else "Denied", rule=rule.name, kind=kind,
        direction=str(estate.direction),
    )  # fmt: skip
    estate.rows.append({**made, "flow_state": state if is_allowed else made["flow_state"]})
