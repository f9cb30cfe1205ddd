"""What the names in a rule stand for: service tags and application security groups, as sets of addresses.

Nothing is guessed: a name has addresses that surely belong to it and addresses that possibly do.
Sources: Microsoft Learn, "Virtual network service tags" (VirtualNetwork is the VNet's space, its peers, on-premises
space, the host's address and routes; Internet is everything outside; AzureLoadBalancer is the origin of probes),
"What is IP address 168.63.129.16?" and "Application security groups".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import ANY, AZURE_LOAD_BALANCER, INTERNET, VIRTUAL_NETWORK
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.prefixes import PRIVATE_RANGES, Prefix, parse_prefix
from nsgflow_core.words.spans import EVERYTHING, NOTHING, Spans, of_prefixes, subtract, union

PRIVATE = of_prefixes(parse_prefix(text) for text in PRIVATE_RANGES)
AZURE_HOST = of_prefixes([parse_prefix("168.63.129.16")])
"""The host's own address: DNS, DHCP and the origin of load-balancer probes; part of VirtualNetwork."""

ANY_WORDS = frozenset({"*", "any", ""})


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses that surely belong to something, and those that possibly do (which include the sure ones)."""

    sure: Spans
    possible: Spans


ALL = Reach(EVERYTHING, EVERYTHING)
UNKNOWN = Reach(NOTHING, EVERYTHING)


@dataclass(frozen=True)
class AddressSpace:
    """The known address space, the loaded service tags and the loaded NICs.

    `known`: prefixes of the VNets and their peerings. A public address outside is Internet; a private address outside
    may be on-premises, so whether it is VirtualNetwork or Internet stays open. With no space known, that is so for
    every private address.
    `service_tags`: tag name in lower case -> its prefixes; a tag that is not there possibly holds any address.
    `nics`: packed private address -> ids of its application security groups in lower case. Any other address of the
    VNet or of private space possibly belongs to a group: scale-set NICs are in no list of NICs.
    """

    known: tuple[Prefix, ...] = ()
    service_tags: Mapping[str, tuple[Prefix, ...]] = field(default_factory=dict)
    nics: Mapping[bytes, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        subnets: SubnetMap | None = None,
        *,
        service_tags: Mapping[str, tuple[Prefix, ...]] | None = None,
        nics: Mapping[bytes, frozenset[str]] | None = None,
    ) -> AddressSpace:
        """The space that a subnet map tells: its VNets' and peerings' spaces, or else its subnets alone."""
        known = (subnets.address_space or tuple(s.prefix for s in subnets.subnets)) if subnets else ()
        return cls(tuple(sorted(set(known))), dict(service_tags or {}), dict(nics or {}))

    def side(self, terms: Iterable[str], asgs: Iterable[str] = ()) -> Reach:
        """The addresses of one side of a rule: of any of its prefixes, tags and application security groups."""
        key = (tuple(terms), tuple(asgs))
        found = self._sides.get(key)
        if found is None:
            parts = [self.term(text) for text in key[0]] + [self.asg(text) for text in key[1]]
            found = Reach(union(*(p.sure for p in parts)), union(*(p.possible for p in parts)))
            self._sides[key] = found
        return found

    def term(self, text: str) -> Reach:
        """The addresses of a CIDR prefix, of a service tag in any case, or of `*`."""
        name = text.strip().casefold()
        if name in self._named:
            return self._named[name]
        try:
            spans = of_prefixes([parse_prefix(text)])
        except BadFilter:
            return UNKNOWN
        return Reach(spans, spans)

    def asg(self, asg_id: str) -> Reach:
        """The addresses of an application security group, from the loaded NICs."""
        wanted = asg_id.strip().casefold()
        members = ((_number(ip), _number(ip)) for ip, groups in self.nics.items() if wanted in groups)
        sure = union(members)
        return Reach(sure, union(sure, self._other_nics))

    def is_open(self, text: str) -> bool:
        """True when there are addresses of which it is not known whether the term holds them."""
        reach = self.term(text)
        return reach.sure != reach.possible

    @cached_property
    def space(self) -> Spans:
        """VirtualNetwork as far as it is known: the known prefixes and the host's address."""
        return union(of_prefixes(self.known), AZURE_HOST)

    @cached_property
    def _other_nics(self) -> Spans:
        listed = union((_number(ip), _number(ip)) for ip in self.nics)
        return subtract(subtract(union(self.space, PRIVATE), AZURE_HOST), listed)

    @cached_property
    def _named(self) -> dict[str, Reach]:
        outside = subtract(EVERYTHING, self.space)
        loaded = {name.casefold(): of_prefixes(prefixes) for name, prefixes in self.service_tags.items()}
        return {
            **{name: Reach(spans, spans) for name, spans in loaded.items()},
            **dict.fromkeys(ANY_WORDS, ALL),
            ANY: ALL,
            VIRTUAL_NETWORK.casefold(): Reach(self.space, union(self.space, PRIVATE)),
            INTERNET.casefold(): Reach(subtract(outside, PRIVATE), outside),
            AZURE_LOAD_BALANCER.casefold(): Reach(AZURE_HOST, AZURE_HOST),
        }

    @cached_property
    def _sides(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Reach]:
        return {}


def _number(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
