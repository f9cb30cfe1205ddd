"""Inside is what the log says: a NIC's own addresses of public space, and none of those that only pass through it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nsgflow_core.inventory.own_space import MOST_ADDRESSES, OwnEnd, own_space
from nsgflow_core.words.prefixes import default_label, pack

NOON = datetime(2026, 11, 20, 12)


def end(mac: str, address: str, sent: int = 5, received: int = 5, hours: tuple[int, int] = (0, 1)) -> OwnEnd:
    packed = pack(address)
    assert packed
    first, last = (NOON + timedelta(hours=each) for each in hours)
    return OwnEnd(mac, packed, sent, received, first, last)


FORWARDED = [end("A", f"198.51.{100 + number}.7", sent=1, received=0) for number in range(5)]
CASES = {
    "a NIC of public space": ([end("A", "20.0.0.4")], {"20.0.0.0/24"}),
    "that only receives": ([end("A", "20.0.0.4", sent=0, received=1)], {"20.0.0.0/24"}),
    "with two addresses": ([end("A", "20.0.0.4"), end("A", "20.0.0.5")], {"20.0.0.0/24"}),
    "two NICs": ([end("A", "20.0.0.4"), end("B", "20.0.9.4")], {"20.0.0.0/24", "20.0.9.0/24"}),
    "IPv6": ([end("A", "2001:db8:1:2::4"), end("A", "10.0.0.4")], {"2001:db8:1:2::/64"}),
    "IPv6 beside link-local": ([end("A", "2001:db8:1:2::4"), end("A", "fe80::4")], {"2001:db8:1:2::/64"}),
    "that asks for an address": ([end("A", "20.0.0.4"), end("A", "0.0.0.0", received=0)], {"20.0.0.0/24"}),
    "that had none": ([end("A", "20.0.0.4"), end("A", "169.254.7.7")], {"20.0.0.0/24"}),
    "beside what is no host's": (
        [end("A", "20.0.0.4"), *(end("A", f"224.0.{group}.1", sent=0) for group in range(MOST_ADDRESSES)),
         *(end("A", each, sent=0) for each in ("255.255.255.255", "127.0.0.1", "168.63.129.16"))], {"20.0.0.0/24"}
    ),
    "a private NIC": ([end("A", "10.0.0.4")], set()),
    "an appliance": ([end("A", "10.0.0.4"), *FORWARDED], set()),
    "an appliance that shows only what it forwards": (FORWARDED, set()),
    "an appliance of public space": ([end("A", "20.0.0.4", sent=9), *FORWARDED], {"20.0.0.0/24"}),
    "an appliance for a whole block": (
        [end("A", f"198.51.100.{number}") for number in range(1, MOST_ADDRESSES + 2)], set()
    ),
    "behind a load balancer": ([end("A", "10.0.0.4"), end("A", "203.0.113.9", sent=0, received=9)], set()),
    "a load balancer's address": ([end(mac, "203.0.113.9", sent=0) for mac in "AB"], set()),
    "an address that moved": (
        [end("A", "20.0.0.4", sent=0, hours=(0, 1)), end("B", "20.0.0.4", sent=0, hours=(2, 3))], {"20.0.0.0/24"}
    ),
    "two networks with one range": ([end(mac, "20.0.0.4") for mac in "AB"], {"20.0.0.0/24"}),
    "no host's": ([end("A", "224.0.0.1"), end("A", "255.255.255.255"), end("A", "0.0.0.0"), end("A", "::")], set()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_inside(name: str) -> None:
    ends, wanted = CASES[name]
    assert {block.text for block in own_space(ends)} == wanted


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("224.0.0.251", "Multicast"), ("239.255.255.250", "Multicast"), ("ff02::1", "Multicast"),
        ("255.255.255.255", "Broadcast"), ("0.0.0.0", "Unspecified"), ("::", "Unspecified"),
        ("127.0.0.1", "Loopback"), ("::1", "Loopback"), ("0.0.0.1", "Internet"), ("223.255.255.255", "Internet"),
        ("10.255.255.255", "10.255.255.0/24"), ("fe80::1", "fe80::/64"), ("168.63.129.16", "AzurePlatform"),
    ],
)  # fmt: skip
def test_what_is_no_host_has_a_label_of_its_own(address: str, label: str) -> None:
    packed = pack(address)
    assert packed
    assert default_label(packed) == label
