"""What the names in a rule stand for: service tags and application security groups, as sets of addresses.

Nothing is guessed: a name has addresses that surely belong to it and addresses that possibly do.
Sources: Microsoft Learn, "Virtual network service tags" (VirtualNetwork is the VNet's space, its peers, on-premises
space, the host's address and routes; Internet is everything outside, Azure's public addresses too; AzureLoadBalancer
is the origin of probes; GatewayManager is Azure's own managers of gateways), "What is IP address 168.63.129.16?",
"Azure Load Balancer health probes" (its IPv6 origin) and "Application security groups".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import ANY, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.virtual_network import PRIVATE
from nsgflow_core.words.prefixes import INTERNET, PROBE_SOURCES, Prefix, is_private, pack, parse_prefix
from nsgflow_core.words.sets.spans import EVERYTHING, NOTHING, Spans, holds, intersect, of_prefixes, subtract, union

__all__ = ["PRIVATE", "AddressSpace", "Home", "Reach"]

AZURE_HOST = of_prefixes(map(parse_prefix, PROBE_SOURCES))
"""The host's own addresses: DNS, DHCP and the origin of load-balancer probes; part of VirtualNetwork."""
GATEWAY_MANAGER = "GatewayManager"

_SPELLED = {name.casefold(): name for name in (VIRTUAL_NETWORK, INTERNET, AZURE_LOAD_BALANCER, GATEWAY_MANAGER)}

_BY_PLACE = frozenset(map(str.casefold, (VIRTUAL_NETWORK, INTERNET)))
"""Tags that hold other addresses in the rules of each VNet's NSGs."""
ANY_WORDS = frozenset({"*", "any", ""})


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses that surely belong to something, and those that possibly do (which include the sure ones)."""

    sure: Spans
    possible: Spans


ALL = Reach(EVERYTHING, EVERYTHING)
UNKNOWN = Reach(NOTHING, EVERYTHING)


@dataclass(frozen=True, slots=True)
class Home:
    """Where packets begin or end that an NSG guards: a place's own addresses, its VNet's, and what names mean there.

    `inside`: the VNet's addresses and those of its usable peers, whatever routes add to `VirtualNetwork`.
    """

    name: str
    own: Spans
    vnet: Spans
    space: AddressSpace
    inside: Spans = NOTHING


@dataclass(frozen=True)
class AddressSpace:
    """What names stand for: in one place, or, with `homes`, in each place that an NSG guards.

    `known`: prefixes that `VirtualNetwork` surely holds, as those of the VNets and their peerings; `more`: further
    addresses that it holds, as from routes and from logs. Of the addresses in `open` it is not known whether it holds
    them: of every private one unless it is told, for those may be on-premises. All others are outside, and `Internet`
    holds what is outside and public; a private address outside possibly is of it, those in `internet` surely, those in
    `neither` not.
    `unseen`: the open addresses that only a log of that very address closes (see `evidence`).
    `service_tags`: tag name, in any case -> its prefixes; a tag that is not there possibly holds any address.
    `nics`: packed private address -> ids of its application security groups in lower case. Any other address of the
    VNet or of private space possibly belongs to a group: scale-set NICs are in no list of NICs.
    `said`: sentences on what of this was taken for granted, or is not known.
    """

    known: tuple[Prefix, ...] = ()
    service_tags: Mapping[str, tuple[Prefix, ...]] = field(default_factory=dict)
    nics: Mapping[bytes, frozenset[str]] = field(default_factory=dict)
    more: Spans = NOTHING
    open: Spans = PRIVATE
    unseen: Spans = NOTHING
    internet: Spans = NOTHING
    neither: Spans = NOTHING
    homes: tuple[Home, ...] = ()
    said: tuple[str, ...] = ()

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

    def at(self, address: int | None) -> AddressSpace:
        """What names stand for where a packet's own end has this address; None: not known.

        Its place is the one that holds it, or else the one whose VNet does. Where that leaves several, only what is so
        in all of them is sure.
        """
        if not self.homes:
            return self
        return self.at_places(self.places_at(address))

    def places_at(self, address: int | None) -> tuple[int, ...]:
        """The places that an address may be of, by number; all of them where none holds it."""
        every = tuple(range(len(self.homes)))
        if address is None:
            return every
        own = tuple(at for at in every if holds(self.homes[at].own, address))
        return own or tuple(at for at in every if holds(self.homes[at].vnet, address)) or every

    def at_places(self, places: tuple[int, ...]) -> AddressSpace:
        """What names stand for in one of these places, whichever it is."""
        found = self._joined.get(places)
        if found is None:
            spaces = [self.homes[at].space for at in places]
            sure, possible = spaces[0].space, union(*(each.possible for each in spaces))
            for each in spaces[1:]:
                sure = intersect(sure, each.space)
            unseen = union(*(each.unseen for each in spaces))
            either = replace(self, known=(), more=sure, open=subtract(possible, sure), unseen=unseen, homes=())
            found = self._joined[places] = spaces[0] if len(spaces) == 1 else either
        return found

    @cached_property
    def ways(self) -> tuple[AddressSpace, ...]:
        """The space of one place as it is if `VirtualNetwork` holds all that is open, and if it holds nothing of it and
        `Internet` holds all that is outside, or of what is private nothing."""
        outside = replace(self, open=NOTHING)
        inside = replace(self, more=union(self.more, self.open), open=NOTHING, internet=EVERYTHING)
        return inside, replace(outside, internet=EVERYTHING), replace(outside, neither=PRIVATE)

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
        """VirtualNetwork as far as it is known, the host's addresses included."""
        if self.homes:
            return self.at(None).space
        return union(of_prefixes(self.known), self.more, AZURE_HOST)

    @cached_property
    def inside(self) -> Spans:
        """The addresses that are of the VNets and their usable peers wherever the NSG is set, public ones too: whoever
        has one there is no stranger."""
        if not self.homes:
            return of_prefixes(self.known)
        first, *others = (home.inside for home in self.homes)
        for each in others:
            first = intersect(first, each)
        return first

    @cached_property
    def possible(self) -> Spans:
        """All that VirtualNetwork may hold."""
        return self.at(None).possible if self.homes else union(self.space, self.open)

    @cached_property
    def unsure(self) -> Spans:
        """The addresses of which it is not known whether VirtualNetwork holds them."""
        return subtract(self.possible, self.space)

    @cached_property
    def turns_on_tags(self) -> Spans:
        """The addresses that are in `VirtualNetwork`, in `Internet` or in neither: in which of them is not known."""
        internet = self.term(INTERNET)
        return union(self.unsure, subtract(internet.possible, internet.sure))

    @cached_property
    def _other_nics(self) -> Spans:
        listed = union((_number(ip), _number(ip)) for ip in self.nics)
        return subtract(subtract(union(self.space, PRIVATE), AZURE_HOST), listed)

    @cached_property
    def _named(self) -> dict[str, Reach]:
        outside, maybe_outside = subtract(EVERYTHING, self.possible), subtract(EVERYTHING, self.space)
        loaded = {name.casefold(): of_prefixes(prefixes) for name, prefixes in self.service_tags.items()}
        return {
            GATEWAY_MANAGER.casefold(): Reach(NOTHING, subtract(maybe_outside, PRIVATE)),
            **{name: Reach(spans, spans) for name, spans in loaded.items()},
            **dict.fromkeys(ANY_WORDS, ALL),
            ANY: ALL,
            VIRTUAL_NETWORK.casefold(): Reach(self.space, self.possible),
            INTERNET.casefold(): Reach(
                union(subtract(outside, PRIVATE), intersect(outside, self.internet)),
                subtract(maybe_outside, self.neither),
            ),
            AZURE_LOAD_BALANCER.casefold(): Reach(AZURE_HOST, AZURE_HOST),
        }

    @cached_property
    def _joined(self) -> dict[tuple[int, ...], AddressSpace]:
        return {}

    @cached_property
    def _sides(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Reach]:
        return {}


class OpenName(str):
    """A tag or group whose addresses may not be known: equal to itself in any case, and `spelled` as it was written."""

    spelled: str

    @classmethod
    def tag(cls, term: str, place: int = 0) -> OpenName:
        """The name of a tag, spelled as Azure does where every NSG knows it; one of each place where it differs."""
        kind = f"tag of {place}" if place and term.casefold() in _BY_PLACE else "tag"
        return cls._made(kind, term, _SPELLED.get(term.casefold(), term))

    @classmethod
    def asg(cls, asg_id: str) -> OpenName:
        """The name of an application security group."""
        return cls._made("asg", asg_id, asg_id)

    def condition(self, address: str, holds_it: bool = True) -> str:
        """That it holds an address, or does not, in words: what is public is of Internet unless a route says otherwise.

        Source: Microsoft Learn, "Virtual network service tags" (VirtualNetwork holds what routes add).
        """
        packed, meant = pack(address), holds_it is (self.spelled != INTERNET)
        if self.spelled in (VIRTUAL_NETWORK, INTERNET) and packed is not None and not is_private(packed):
            told = "a route that no file tells" if meant else "no route"
            return f"{told} has {address} in {VIRTUAL_NETWORK}"
        return f"{address} {'is' if holds_it else 'is not'} in {self.spelled}"

    @classmethod
    def of_side(cls, terms: Iterable[str], asgs: Iterable[str], place: int = 0) -> list[OpenName]:
        """The names of one side of a rule."""
        return [*(cls.tag(term, place) for term in terms), *map(cls.asg, asgs)]

    @classmethod
    def _made(cls, kind: str, text: str, spelled: str) -> OpenName:
        made = cls(f"{kind} {text.casefold()}")
        made.spelled = spelled
        return made


def _number(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
