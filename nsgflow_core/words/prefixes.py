"""Addresses and CIDR prefixes, as 16 bytes on which a prefix test is a comparison.

An IPv4 address is held as its IPv4-mapped IPv6 form (::ffff:a.b.c.d), so both families sort on one line.
"""

from __future__ import annotations

import ipaddress
import socket
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from nsgflow_core.errors import BadFilter
from nsgflow_core.words.visible import in_short

V4_MAPPED = bytes(10) + b"\xff\xff"
AZURE_PLATFORM = "AzurePlatform"
INTERNET = "Internet"
MULTICAST = "Multicast"
BROADCAST = "Broadcast"
UNSPECIFIED_ADDRESS = "Unspecified"
LOOPBACK = "Loopback"
SPECIAL_RANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (BROADCAST, ("255.255.255.255",)),
    (UNSPECIFIED_ADDRESS, ("0.0.0.0", "::")),
    (LOOPBACK, ("127.0.0.0/8", "::1")),
)
"""Labels of addresses that are no host's, and what they hold: RFC 6890, RFC 5771, RFC 4291."""
NO_HOSTS = (AZURE_PLATFORM, *(label for label, _ in SPECIAL_RANGES))
"""The endpoint labels of what is no host's of anybody."""
NOT_INSIDE = (INTERNET, *NO_HOSTS)
"""The endpoint labels under which no host of the estate stands."""
_LONGEST = 100
"""Letters of an address or prefix, with room to spare: longer texts are not kept as known ones."""
PLATFORM_ADDRESSES = ("168.63.129.16", "169.254.169.254")
"""Azure's host services (DNS, DHCP, health probes) and instance metadata; NSGs do not filter them by default.

Source: Microsoft Learn, "What is IP address 168.63.129.16?"
"""
PROBE_SOURCES = ("168.63.129.16", "fe80::1234:5678:9abc")
"""Where load balancers' health probes come from (Microsoft Learn, "Azure Load Balancer health probes")."""

PRIVATE_RANGES = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""RFC 1918, RFC 6598 (Azure treats it as private space), link-local, and IPv6's unique and link-local ranges."""

LINK_LOCAL_RANGES = ("169.254.0.0/16", "fe80::/10")
"""What a NIC gives itself on any link (RFC 3927, RFC 4291): it is of no subnet."""

Family = Literal[4, 6]
"""Of IP addresses."""
FAMILIES: tuple[Family, Family] = (4, 6)


def family_of(text: str) -> Family:
    """The family of an address or prefix, told by the colon that IPv6 alone has."""
    return 6 if ":" in text else 4


def pack(address: str) -> bytes | None:
    """The 16 bytes of an IPv4 or IPv6 address in text; None when it is not an address."""
    try:
        if ":" in address:
            return socket.inet_pton(socket.AF_INET6, address)
        packed = socket.inet_pton(socket.AF_INET, address)
    except (OSError, ValueError):
        return None
    return V4_MAPPED + packed


def unpack(packed: bytes) -> str:
    """The canonical text of 16 packed bytes."""
    if packed[:12] == V4_MAPPED:
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return socket.inet_ntop(socket.AF_INET6, packed)


@dataclass(frozen=True, slots=True, order=True)
class Prefix:
    """A CIDR block: its first and last address as 16 bytes (so `first <= address <= last` is the test)."""

    first: bytes
    last: bytes
    text: str

    @property
    def is_v4(self) -> bool:
        """True for an IPv4 block."""
        return self.family == 4

    @property
    def family(self) -> Family:
        """The family of its addresses."""
        return family_of(self.text)

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return int.from_bytes(self.last, "big") - int.from_bytes(self.first, "big") + 1

    def holds(self, packed: bytes) -> bool:
        """True when the packed address lies inside, in the same family."""
        return self.first <= packed <= self.last and (packed[:12] == V4_MAPPED) == self.is_v4

    def covers(self, other: Prefix) -> bool:
        """True when the other block lies wholly inside this one."""
        return self.first <= other.first and other.last <= self.last and self.is_v4 == other.is_v4


@lru_cache(maxsize=65_536)
def parse_prefix(text: str) -> Prefix:
    """An address or CIDR block; host bits are dropped (10.0.0.4/24 is 10.0.0.0/24). Raises BadFilter."""
    return _canonical(text) or _as_people_write_it(text)


def _canonical(text: str) -> Prefix | None:
    """A block written as Azure writes it, without host bits; None for anything else. A file of tags has 100,000."""
    address, slash, digits = text.partition("/")
    packed = pack(address)
    if packed is None or unpack(packed) != address or ("." in address and ":" in address):
        return None
    width = 128 if ":" in address else 32
    if not slash:
        return Prefix(packed, packed, text)
    if not (len(digits) < 4 and digits.isdecimal() and digits == str(int(digits)) and int(digits) < width):
        return None
    first, hosts = int.from_bytes(packed, "big"), (1 << (width - int(digits))) - 1
    return None if first & hosts else Prefix(packed, (first | hosts).to_bytes(16, "big"), text)


def _as_people_write_it(text: str) -> Prefix:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadFilter(
            f"'{in_short(text)}' is not an address or a CIDR prefix.",
            "Write it like 10.1.2.3, 10.1.2.0/24 or fd00:1::/64.",
        ) from None
    head = V4_MAPPED if network.version == 4 else b""
    single = network.prefixlen == network.max_prefixlen
    return Prefix(
        head + network.network_address.packed,
        head + network.broadcast_address.packed,
        str(network.network_address) if single else str(network),
    )


def is_prefix(text: str) -> bool:
    """True when the text is an address or a CIDR block."""
    if len(text) > _LONGEST:
        return False
    try:
        parse_prefix(text)
    except BadFilter:
        return False
    return True


_PRIVATE = sorted(parse_prefix(text) for text in PRIVATE_RANGES)
_PRIVATE_FIRST = [block.first for block in _PRIVATE]
_SPECIAL = sorted((parse_prefix(text), label) for label, texts in SPECIAL_RANGES for text in texts)
_SPECIAL_FIRST = [block.first for block, _ in _SPECIAL]
_LINK_LOCAL = tuple(map(parse_prefix, LINK_LOCAL_RANGES))
_PLATFORM = frozenset(parse_prefix(text).first for text in PLATFORM_ADDRESSES)
PLATFORM_NAMES = {
    parse_prefix(text).first: name
    for text, name in zip(PLATFORM_ADDRESSES, ("Azure virtual public IP", "Azure instance metadata"), strict=True)
}
"""What answers at Azure's own host addresses, by packed address."""


def is_private(packed: bytes) -> bool:
    """True for an address of private or link-local space."""
    at = bisect_right(_PRIVATE_FIRST, packed) - 1
    return at >= 0 and packed <= _PRIVATE[at].last


def is_of_a_subnet(packed: bytes) -> bool:
    """False for what is no host's, and for link-local addresses: a NIC of any subnet sends and receives there."""
    return default_label(packed) not in NO_HOSTS and not any(block.holds(packed) for block in _LINK_LOCAL)


def is_platform(packed: bytes) -> bool:
    """True for Azure's own host addresses."""
    return packed in _PLATFORM


def is_inside_by_range(packed: bytes) -> bool:
    """False for an address of public space, of which the log must tell whether it is inside."""
    return default_label(packed) != INTERNET


def default_label(packed: bytes) -> str:
    """The endpoint label of an address that no named subnet holds.

    AzurePlatform for Azure's host addresses, a label for what is no host's (multicast, broadcast, unspecified,
    loopback), the /24 (IPv6: /64) of a private address, otherwise Internet.
    """
    if packed in _PLATFORM:
        return AZURE_PLATFORM
    if is_private(packed):
        return _block_text(packed)
    at = bisect_right(_SPECIAL_FIRST, packed) - 1
    return _SPECIAL[at][1] if at >= 0 and packed <= _SPECIAL[at][0].last else INTERNET


def block_of(packed: bytes) -> Prefix:
    """The /24 of an IPv4 address, the /64 of an IPv6 address."""
    return parse_prefix(_block_text(packed))


def _block_text(packed: bytes) -> str:
    if packed[:12] == V4_MAPPED:
        return socket.inet_ntop(socket.AF_INET, packed[12:15] + b"\0") + "/24"
    return socket.inet_ntop(socket.AF_INET6, packed[:8] + bytes(8)) + "/64"
