"""Addresses as the sides of rules: single addresses, named subnets, the Internet; and back to CIDR without widening.

A side is a set of *tokens*: the text of an address, `@name` for all prefixes of a named subnet, `~name` for
the hosts of a group, `#10.1.2.0/24` for the block of a private address that no named subnet holds, or the service tag
`Internet`.
"""

from __future__ import annotations

import bisect
import ipaddress
from collections.abc import Iterable, Mapping, Sequence

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.prefixes import INTERNET, Prefix, default_label, pack, parse_prefix

Span = tuple[int, int]
"""First and last address of a block, as numbers on the line that holds IPv4 (mapped) and IPv6."""

INTERNET_SPAN: Span = (-1, -1)
"""The Internet tag counts as one endpoint, beside the line of addresses: see `over_permission.py`."""


class AddressTokens:
    """What is known of the addresses of a draft: their labels, and what a token stands for."""

    def __init__(self, subnets: SubnetMap) -> None:
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._group_labels: dict[str, str] = {}
        self._boundaries = subnets.boundaries()
        self._edges = [first for first, _ in self._boundaries]
        self._prefixes: dict[str, tuple[Prefix, ...]] = {name: subnets.prefixes_of(name) for name in subnets.names}
        self._labels: dict[str, str] = {}

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
        return default_label(packed) if name is None else name

    def learn(self, hosts: Mapping[str, tuple[str, ...]], labels: Mapping[str, str]) -> None:
        """The hosts of each group, by its name, and the label that they lie in."""
        self._hosts, self._group_labels = dict(hosts), dict(labels)

    def is_named(self, label: str) -> bool:
        """True for the label of a subnet that the user named."""
        return label in self._prefixes

    def block_token(self, label: str) -> str:
        """The token of a whole label: `@subnet`, or `#block` for private space without a name."""
        return ("@" if self.is_named(label) else "#") + label

    def token_label(self, token: str) -> str:
        """The label that a token lies in."""
        if token[:1] in "@#":
            return token[1:]
        if token[:1] == "~":
            return self._group_labels[token[1:]]
        return INTERNET if token == INTERNET else self.label(token)

    def spans(self, token: str) -> tuple[Span, ...]:
        """The blocks of addresses that a token stands for."""
        if token == INTERNET:
            return (INTERNET_SPAN,)
        return tuple(
            (int.from_bytes(prefix.first, "big"), int.from_bytes(prefix.last, "big"))
            for prefix in self._token_prefixes(token)
        )

    def _token_prefixes(self, token: str) -> tuple[Prefix, ...]:
        if token.startswith("@"):
            return self._prefixes[token[1:]]
        if token.startswith("~"):
            return tuple(parse_prefix(host) for host in self._hosts[token[1:]])
        return (parse_prefix(token.removeprefix("#")),)

    def prefixes(self, tokens: Iterable[str]) -> tuple[str, ...]:
        """The CIDR texts or tag of a side, in address order; together they hold exactly what the tokens hold."""
        listed = list(tokens)
        if listed == [INTERNET]:
            return (INTERNET,)
        blocks = [prefix for token in listed if token[:1] in "@#" for prefix in self._token_prefixes(token)]
        addresses = [token for token in listed if token[:1] not in "@#~"]
        addresses += [host for token in listed if token[:1] == "~" for host in self._hosts[token[1:]]]
        singles = [prefix for prefix in collapse(addresses) if not any(block.covers(prefix) for block in blocks)]
        return tuple(dict.fromkeys(prefix.text for prefix in sorted([*blocks, *singles])))


def collapse(addresses: Sequence[str]) -> list[Prefix]:
    """The fewest CIDR blocks that hold exactly these addresses or blocks, each family by itself."""
    families: dict[int, list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = {4: [], 6: []}
    for address in addresses:
        network = ipaddress.ip_network(address)
        families[network.version].append(network)
    return [
        parse_prefix(str(network))
        for networks in families.values()
        for network in ipaddress.collapse_addresses(networks)  # type: ignore[type-var]
    ]
