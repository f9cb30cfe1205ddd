"""Addresses as 16 bytes: a prefix test is a comparison, and agrees with Python's ipaddress."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.errors import BadFilter
from nsgflow_core.words.prefixes import default_label, is_platform, is_private, pack, parse_prefix, unpack
from nsgflow_core.words.sets.spans import of_texts, to_prefixes

ADDRESSES = st.ip_addresses().map(str)


def packed(text: str) -> bytes:
    found = pack(text)
    assert found is not None
    return found


@given(ADDRESSES)
def test_packing_keeps_every_address(text):
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if address.version == 6 else None
    assert unpack(packed(text)) == str(mapped or address)


@given(ADDRESSES, st.ip_addresses(), st.integers(0, 128))
def test_a_prefix_holds_what_ipaddress_says(text, base, length):
    network = ipaddress.ip_network((base, min(length, base.max_prefixlen)), strict=False)
    address = ipaddress.ip_address(text)
    if address.version == 6 and address.ipv4_mapped:
        return
    assert parse_prefix(str(network)).holds(packed(text)) == (address in network)


_ADDRESS_TEXTS = st.one_of(
    ADDRESSES,
    ADDRESSES.map(str.upper),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.lists(st.sampled_from(["0", "01", "1", "255", "256", "", "a"]), min_size=3, max_size=5).map(".".join),
    st.lists(st.sampled_from(["0", "0000", "1", "ffff", "FD00", "", "1.2.3.4", "g"]), min_size=2, max_size=9).map(
        ":".join
    ),
)
_LENGTHS = st.one_of(
    st.just(""),
    st.integers(-1, 130).map(lambda length: f"/{length}"),
    st.sampled_from(["/", "/08", "/ 8", "/\u0663", "/24/8"]),
)


@given(_ADDRESS_TEXTS, _LENGTHS, st.sampled_from(["", " "]))
def test_a_prefix_in_any_spelling_is_what_ipaddress_reads(address, length, blank):
    text = f"{address}{length}{blank}"
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        with pytest.raises(BadFilter, match="not an address"):
            parse_prefix(text)
        return
    found = parse_prefix(text)
    assert (found.first[-len(network[0].packed) :], found.last[-len(network[0].packed) :]) == (
        network.network_address.packed,
        network.broadcast_address.packed,
    )
    assert found.text == (str(network.network_address) if network.num_addresses == 1 else str(network))


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "10.0.0.4 ", "1.2.3.4\0", "::g", "web", "10.0.0.4/24"])
def test_what_is_no_address(text):
    assert pack(text) is None


def test_host_bits_are_dropped_and_a_single_address_has_no_length():
    assert parse_prefix("10.0.0.4/24").text == "10.0.0.0/24"
    assert parse_prefix("10.0.0.4/32").text == "10.0.0.4"
    assert parse_prefix("FD00:0:0:1::/64").text == "fd00:0:0:1::/64"
    with pytest.raises(BadFilter, match="not an address"):
        parse_prefix("10.0.0.0/33")


def test_10_0_0_4_is_not_10_0_0_40():
    assert not parse_prefix("10.0.0.4").holds(packed("10.0.0.40"))


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("172.31.255.1", "172.31.255.0/24"),
        ("172.32.0.1", "Internet"),
        ("192.168.7.9", "192.168.7.0/24"),
        ("100.64.1.1", "100.64.1.0/24"),
        ("168.63.129.16", "AzurePlatform"),
        ("169.254.169.254", "AzurePlatform"),
        ("169.254.1.1", "169.254.1.0/24"),
        ("8.8.8.8", "Internet"),
        ("fd00:1:2:3::9", "fd00:1:2:3::/64"),
        ("fe80::1", "fe80::/64"),
        ("2001:db8::1", "Internet"),
    ],
)
def test_the_label_of_an_address_in_no_named_subnet(address, label):
    assert default_label(packed(address)) == label


def test_platform_is_not_private():
    assert is_platform(packed("168.63.129.16"))
    assert not is_private(packed("168.63.129.16"))


V4 = st.integers(0, 600).map(lambda n: str(ipaddress.IPv4Address(0x0A0000FA + n)))
V6 = st.integers(0, 600).map(lambda n: str(ipaddress.IPv6Address((0xFD << 120) + n)))
BLOCKS = st.sampled_from(("10.0.1.0/29", "10.0.0.0/8", "0.0.0.0/0", "255.255.255.255", "fd00::/126", "::/0", "::1"))


@given(st.lists(V4 | V6 | BLOCKS, max_size=40))
def test_the_fewest_blocks_are_those_of_the_standard_library(texts: list[str]) -> None:
    networks = [ipaddress.ip_network(text) for text in texts]
    v4 = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    v6 = list(ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv6Network)))
    found = to_prefixes(of_texts(texts))
    assert [each for each in found if each.is_v4] == sorted(parse_prefix(str(each)) for each in v4)
    if "::/0" not in texts:  # it holds the place of IPv4 on the line, which is no part of it
        assert [each for each in found if not each.is_v4] == sorted(parse_prefix(str(each)) for each in v6)
