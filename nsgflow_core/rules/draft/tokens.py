"""Addresses as the sides of rules: single addresses, named subnets, the Internet; and back to CIDR without widening.

A side is a set of *tokens*: the text of an address, `@name` for a named subnet, `~name` for the hosts of a group,
`#10.1.2.0/24` for the block of a private address that no named subnet holds, `!Storage.WestEurope` for a service tag
of the weekly file, or the tag `Internet`. The token of a label stands for exactly its addresses: what a more specific
named subnet holds is not part of it, so that two never overlap and opening the outer one never opens the inner one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.prefixes import (
    FAMILIES,
    INTERNET,
    Family,
    Prefix,
    is_prefix,
    pack,
    parse_prefix,
)
from nsgflow_core.words.sets.spans import of_prefixes, of_texts, subtract, to_prefixes

AddressSpan = tuple[int, int]
"""First and last address of a block, as numbers on the line that holds IPv4 (mapped) and IPv6."""

INTERNET_SPAN: AddressSpan = (-1, -1)
"""The Internet tag counts as one endpoint, beside the line of addresses: see `over_permission.py`."""
TAG = "!"
"""Before the name of a service tag of the weekly file."""
MOST_PREFIXES = 16
"""What is left of an outer subnet is written as prefixes up to so many, else as the hosts that were seen."""


def is_tag(token: str) -> bool:
    """True for Internet and for service tags: Azure takes one on a side, and nothing beside it."""
    return token == INTERNET or token.startswith(TAG)


class AddressTokens:
    """What is known of the addresses of a draft: their labels, and what a token stands for."""

    def __init__(self, subnets: SubnetMap, service_tags: Mapping[str, tuple[Prefix, ...]] | None = None) -> None:
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._service_tags = service_tags or {}
        self._group_labels: dict[str, str] = {}
        self._default_label = subnets.unnamed_label
        self.asked_for = subnets.asked_for
        self._boundaries = subnets.boundaries
        self._edges = [first for first, _ in self._boundaries]
        self._named = of_prefixes(subnet.prefix for subnet in subnets.subnets)
        self._prefixes, self._outer = subnets.held_by_name, subnets.outer_names
        self._blocks: dict[str, tuple[Prefix, ...]] = {}
        self._labels: dict[str, str] = {}
        self._sides: dict[tuple[tuple[str, ...], Family], tuple[str, ...]] = {}
        self._side_spans: dict[tuple[tuple[str, ...], Family], tuple[AddressSpan, ...]] = {}

    def label(self, address: str) -> str:
        """The endpoint label of an address: its named subnet, a /24 or /64 of private space, or Internet."""
        known = self._labels.get(address)
        if known is None:
            packed = pack(address)
            known = address if packed is None else self._look_up(packed)
            self._labels[address] = known
        return known

    def _look_up(self, packed: bytes) -> str:
        name = self._boundaries[bisect.bisect_right(self._edges, packed) - 1][1]
        return self._default_label(packed) if name is None else name

    def learn(self, hosts: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> None:
        """The hosts of each group, by its name, and the label that they lie in."""
        self._hosts, self._group_labels = dict(hosts), dict(labels)
        self._sides.clear()
        self._side_spans.clear()

    def is_named(self, label: str) -> bool:
        """True for the label of a subnet that the user named."""
        return label in self._prefixes

    def is_subnet(self, label: str) -> bool:
        """True for a named subnet that holds no other one: Azure's subnets do not overlap, so an outer one is a space.

        Some hosts of a space say nothing about its other ones.
        """
        return self.is_named(label) and label not in self._outer

    def can_stand(self, label: str) -> bool:
        """True when a label may stand for its hosts: a subnet, or private space that few prefixes hold exactly."""
        return self.is_subnet(label) or (not self.is_named(label) and self.is_writable(label))

    def is_writable(self, label: str) -> bool:
        """True when few prefixes hold exactly the addresses of a label."""
        if not (self.is_named(label) or is_prefix(label)):
            return False
        token = self.block_token(label)
        return all(len(self._token_prefixes(token, family)) <= MOST_PREFIXES for family in FAMILIES)

    def block_token(self, label: str) -> str:
        """The token of a whole label: `@subnet`, or `#block` for private space without a name."""
        return ("@" if self.is_named(label) else "#") + label

    def token_label(self, token: str) -> str:
        """The label that a token lies in."""
        if token[:1] in "@#":
            return token[1:]
        if token[:1] == "~":
            return self._group_labels[token[1:]]
        return INTERNET if is_tag(token) else self.label(token)

    def spans(self, tokens: Iterable[str], family: Family) -> tuple[AddressSpan, ...]:
        """The blocks of addresses of a family that the tokens of a side stand for, one token after another."""
        side = tuple(tokens), family
        if side not in self._side_spans:
            self._side_spans[side] = tuple(span for token in side[0] for span in self._token_spans(token, family))
        return self._side_spans[side]

    def _token_spans(self, token: str, family: Family) -> tuple[AddressSpan, ...]:
        if token == INTERNET:
            return (INTERNET_SPAN,)
        return tuple(
            (int.from_bytes(prefix.first, "big"), int.from_bytes(prefix.last, "big"))
            for prefix in self._token_prefixes(token, family)
        )

    def _token_prefixes(self, token: str, family: Family) -> tuple[Prefix, ...]:
        if token.startswith("@"):
            return tuple(prefix for prefix in self._prefixes[token[1:]] if prefix.family == family)
        if token.startswith(TAG):
            return tuple(prefix for prefix in self._service_tags[token[1:]] if prefix.family == family)
        if token.startswith("~"):
            return tuple(parse_prefix(host) for host in self._hosts[token[1:]])
        block = (parse_prefix(token.removeprefix("#")),)
        if not token.startswith("#"):
            return block
        if token not in self._blocks:
            self._blocks[token] = to_prefixes(subtract(of_prefixes(block), self._named))
        return self._blocks[token]

    def _hosts_of(self, token: str) -> tuple[str, ...]:
        """The addresses of a group's token, or the address itself."""
        return self._hosts[token[1:]] if token.startswith("~") else (token,)

    def prefixes(self, tokens: Iterable[str], family: Family) -> tuple[str, ...]:
        """The CIDR texts of a family or the tag of a side, in address order; they hold exactly what the tokens hold.

        None of them covers another. Azure takes one address family a rule
        (ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies).
        """
        side = tuple(tokens), family
        if side not in self._sides:  # rungs and tries of a fit write the same sides again and again
            self._sides[side] = self._written(*side)
        return self._sides[side]

    def _written(self, tokens: tuple[str, ...], family: Family) -> tuple[str, ...]:
        if len(tokens) == 1 and is_tag(tokens[0]):
            return (tokens[0].removeprefix(TAG),)
        blocks = [prefix for token in tokens if token[:1] in "@#" for prefix in self._token_prefixes(token, family)]
        widened = {token[1:] for token in tokens if token[:1] in "@#"}
        narrow = [token for token in tokens if token[:1] not in "@#" and self.token_label(token) not in widened]
        singles = to_prefixes(of_texts(host for token in narrow for host in self._hosts_of(token)))
        return tuple(dict.fromkeys(prefix.text for prefix in sorted([*blocks, *singles])))
