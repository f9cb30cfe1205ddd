"""Security rules as Azure means them: a rule, a network security group's rule set, and the default rules.

Sources: Microsoft Learn, "Network security groups" (properties, default rules, priorities 100 to 4096, names),
"Application security groups", and the REST reference "Security Rules" (protocol values, augmented rules).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from nsgflow_core.words.prefixes import INTERNET, is_prefix
from nsgflow_core.words.vocabulary import MAX_PORT, Direction

MIN_PRIORITY, MAX_PRIORITY = 100, 4096
"""What a rule of the user may have; a lower number is looked at first. Default rules stand at 65000 and up."""

MAX_NAME, MAX_DESCRIPTION = 80, 140

PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*")
"""What a rule's protocol can be, as Azure spells it."""
_UNLOGGED = ("icmp", "esp", "ah")

ANY = "*"
VIRTUAL_NETWORK = "VirtualNetwork"
AZURE_LOAD_BALANCER = "AzureLoadBalancer"
_OF_THE_NETWORK = frozenset(tag.casefold() for tag in (ANY, INTERNET, VIRTUAL_NETWORK, AZURE_LOAD_BALANCER))


class Access(StrEnum):
    """What a rule does with what it matches (a flow has a *decision*: Allowed or Denied)."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        """Like Azure writes it: `*`, `443` or `1000-2000`."""
        if (self.first, self.last) == (0, MAX_PORT):
            return ANY
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def holds(self, port: int) -> bool:
        """True when the port lies inside."""
        return self.first <= port <= self.last

    @property
    def size(self) -> int:
        """How many ports it holds."""
        return self.last - self.first + 1


ANY_PORT = PortRange(0, MAX_PORT)
ANY_PORTS = (ANY_PORT,)


def protocols_meet(one: str, other: str) -> bool:
    """True where a packet of one can be of the other."""
    return one == other or ANY in (one, other)


def ports_meet(ones: Sequence[PortRange], others: Sequence[PortRange]) -> bool:
    """True where some port lies in both."""
    return any(one.first <= other.last and other.first <= one.last for one in ones for other in others)


class Side(NamedTuple):
    """One side of a rule, by its word: its terms, its ports, and its application security groups."""

    word: str
    terms: tuple[str, ...]
    ports: tuple[PortRange, ...]
    asgs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One security rule; augmented, so each side may hold several prefixes and port ranges.

    `sources` and `destinations` are CIDR texts as `parse_prefix(...).text` writes them (a single address without /32),
    service tags or `*`; where a side names application security groups (`source_asgs`, resource ids), its prefixes are
    empty. Ports are ranges, any of which may match. `spelled` holds what the file spelled otherwise, for who puts the
    rule back as it stood: (field, our text, its text).
    """

    name: str
    priority: int
    direction: Direction
    access: Access
    protocol: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    destination_ports: tuple[PortRange, ...]
    source_ports: tuple[PortRange, ...] = ANY_PORTS
    source_asgs: tuple[str, ...] = ()
    destination_asgs: tuple[str, ...] = ()
    description: str = ""
    is_default: bool = False
    spelled: tuple[tuple[str, str, str], ...] = field(default=(), compare=False)

    @property
    def place(self) -> tuple[Direction, int]:
        """Its direction and priority, which no two rules of an NSG share."""
        return self.direction, self.priority

    @property
    def protocol_words(self) -> str:
        """Its protocol as flows are told, TCP; files for Azure keep what Azure writes, `Tcp`."""
        return self.protocol.upper()

    @property
    def is_unlogged(self) -> bool:
        """True where no flow log tells whether it is used: logs hold no ICMP, and NSG flow logs no ESP and no AH.

        Microsoft Learn, "Flow logging for network security groups" and "Virtual network flow logs".
        """
        return self.protocol.casefold() in _UNLOGGED

    @property
    def sides(self) -> tuple[Side, Side]:
        """Its source and its destination."""
        return (
            Side("source", self.sources, self.source_ports, self.source_asgs),
            Side("destination", self.destinations, self.destination_ports, self.destination_asgs),
        )

    @property
    def service_tags(self) -> tuple[str, ...]:
        """The tags of both sides whose addresses only the weekly file tells, not what the network is."""
        terms = (*self.sources, *self.destinations)
        return tuple(term for term in terms if not is_prefix(term) and term.casefold() not in _OF_THE_NETWORK)

    def prefixes_spelled(self, side: Side) -> tuple[str, ...]:
        """The terms of a side as the file spelled them."""
        return self._spelled(f"{side.word}AddressPrefix", side.terms)

    def ports_spelled(self, side: Side) -> tuple[str, ...]:
        """The ports of a side as the file spelled them."""
        return self._spelled(f"{side.word}PortRange", map(str, side.ports))

    def _spelled(self, name: str, texts: Iterable[str]) -> tuple[str, ...]:
        told = {ours: theirs for where, ours, theirs in self.spelled if where == name}
        return tuple(told.get(each, each) for each in texts)


@dataclass(frozen=True)
class RuleSet:
    """The rules of one network security group, its own and the default ones, in any order.

    `directions` is what the set speaks for: a draft for one direction says nothing about the other, where the group
    keeps the rules it has. Empty stands for the directions of its rules (both, when there are none).
    `left_out` says, a sentence each, which rules of the file could not be used: what such a set decides may be wrong.
    `unread` are their names, which stay taken in Azure, and `unread_places` their directions and priorities, as far as
    the file tells them: both directions where it does not say which.
    `nsg_id` is the ARM resource id; `resource_guid` is what VNet flow logs write as `aclID`; `subnets` and
    `network_interfaces` are the ids of what the group is set on. All are "" or empty where the file did not say.
    `label` is the name, lengthened, where another NSG of the inventory has it too. `told_by` says which file has it so,
    and when that was read; "" where nobody wrote it down.
    """

    name: str
    rules: tuple[Rule, ...]
    nsg_id: str = ""
    resource_guid: str = ""
    subnets: tuple[str, ...] = ()
    network_interfaces: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unread_places: tuple[tuple[Direction, int], ...] = ()
    label: str = field(default="", compare=False)
    told_by: str = field(default="", compare=False)

    @property
    def called(self) -> str:
        """How people are told of it: no other NSG of the inventory is called so."""
        return self.label or self.name

    @property
    def is_complete(self) -> bool:
        """True when every rule of the file is here."""
        return not self.left_out

    @property
    def doubt(self) -> str:
        """Why what this set decides may be wrong, a sentence without its end; "" where every rule is here."""
        if self.is_complete:
            return ""
        return f"{self.called} is incomplete: {len(self.left_out)} of its rules could not be used"

    @property
    def speaks_for(self) -> tuple[Direction, ...]:
        """The directions that this set decides, in the order of `Direction`."""
        held = self.directions or {rule.direction for rule in self.rules} or tuple(Direction)
        return tuple(direction for direction in Direction if direction in held)

    def towards(self, direction: Direction) -> tuple[Rule, ...]:
        """The rules of one direction in the order they are looked at: by priority, lowest number first."""
        return tuple(sorted((r for r in self.rules if r.direction is direction), key=lambda r: r.priority))

    @property
    def own_rules(self) -> tuple[Rule, ...]:
        """The rules that a user wrote, without the default ones."""
        return tuple(rule for rule in self.rules if not rule.is_default)

    @property
    def taken(self) -> tuple[Rule, ...]:
        """In place of the rules that could not be read, what Azure has of them all the same: a name without a priority
        (0), and a priority without a name."""
        anything = (Access.DENY, ANY, (ANY,), (ANY,), ANY_PORTS)
        named = (Rule(name, 0, Direction.INBOUND, *anything) for name in self.unread)
        placed = (Rule("", priority, direction, *anything) for direction, priority in self.unread_places)
        return (*named, *placed)

    def beside(self, direction: Direction) -> tuple[Rule, ...]:
        """What rules of a direction share names, priorities and limits with: `elsewhere` and `taken`."""
        return (*self.elsewhere(direction), *self.taken)

    def elsewhere(self, direction: Direction) -> tuple[Rule, ...]:
        """The user's rules of the other direction, with which those of this one share names and limits."""
        return tuple(rule for rule in self.own_rules if rule.direction is not direction)

    def with_defaults(self) -> RuleSet:
        """This set with each default rule that it lacks: Azure gives every NSG all six, and none can be removed."""
        present = {rule.place for rule in self.rules}
        missing = tuple(rule for rule in DEFAULT_RULES if rule.place not in present)
        return replace(self, rules=(*self.rules, *missing)) if missing else self


def _defaults(direction: Direction, *rows: tuple[str, int, Access, str, str]) -> Iterator[Rule]:
    for name, priority, access, source, destination in rows:
        yield Rule(name, priority, direction, access, ANY, (source,), (destination,), ANY_PORTS, is_default=True)


DEFAULT_RULES: tuple[Rule, ...] = (
    *_defaults(
        Direction.INBOUND,
        ("AllowVnetInBound", 65_000, Access.ALLOW, VIRTUAL_NETWORK, VIRTUAL_NETWORK),
        ("AllowAzureLoadBalancerInBound", 65_001, Access.ALLOW, AZURE_LOAD_BALANCER, ANY),
        ("DenyAllInBound", 65_500, Access.DENY, ANY, ANY),
    ),
    *_defaults(
        Direction.OUTBOUND,
        ("AllowVnetOutBound", 65_000, Access.ALLOW, VIRTUAL_NETWORK, VIRTUAL_NETWORK),
        ("AllowInternetOutBound", 65_001, Access.ALLOW, ANY, INTERNET),
        ("DenyAllOutBound", 65_500, Access.DENY, ANY, ANY),
    ),
)
"""The rules of every NSG (Microsoft Learn, "Network security groups", default security rules)."""
