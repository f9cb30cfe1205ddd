"""Public address space: what the Internet can send from, and what share of it a set of addresses holds.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), IANA IPv4 Multicast (224.0.0.0/4) and
reserved (240.0.0.0/4) space, RFC 4291 section 2.4 (global unicast is handed out of 2000::/3).
"""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core.words.prefixes import PRIVATE_RANGES, parse_prefix
from nsgflow_core.words.sets.spans import IPV4, Spans, count, intersect, of_prefixes, subtract

_NEVER_PUBLIC = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "168.63.129.16/32")
"""`this` network, loopback, multicast and reserved space, and Azure's own host address."""

PUBLIC_V4: Spans = subtract(
    IPV4, of_prefixes(parse_prefix(text) for text in (*_NEVER_PUBLIC, *PRIVATE_RANGES) if ":" not in text)
)
PUBLIC_V6: Spans = of_prefixes([parse_prefix("2000::/3")])

WIDE_SHARE = 1 / 256
"""From this share of a family's public space on a source is wide: a /8 is, and so are 256 scattered /16."""
WHOLE_SHARE = 0.999
"""From here on it is the whole Internet: a few networks cut out of it change nothing."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """Public addresses of each family that are none of ours: a VNet may have public addresses for its own."""

    v4: Spans = PUBLIC_V4
    v6: Spans = PUBLIC_V6

    @classmethod
    def outside_of(cls, inside: Spans) -> Strangers:
        """All public addresses but these."""
        return cls(subtract(PUBLIC_V4, inside), subtract(PUBLIC_V6, inside))

    def share(self, addresses: Spans) -> float:
        """The larger of the two shares, of strangers with IPv4 and with IPv6, that these addresses hold; 0 to 1."""
        return max(_share(addresses, family) for family in (self.v4, self.v6))

    def of_wider_family(self, addresses: Spans, than: Spans) -> Spans:
        """The strangers among these addresses of that family of which `than` holds the larger share."""
        return intersect(addresses, max((self.v4, self.v6), key=lambda family: _share(than, family)))

    def among(self, addresses: Spans) -> Spans:
        """The strangers among these addresses, IPv4 first in an example since it reads better."""
        return intersect(addresses, self.v4) or intersect(addresses, self.v6)


def public_share(addresses: Spans) -> float:
    """The larger of the two shares, of public IPv4 and of public IPv6 space, that these addresses hold; 0 to 1."""
    return Strangers().share(addresses)


def _share(addresses: Spans, family: Spans) -> float:
    return count(intersect(addresses, family)) / count(family) if family else 0.0
