"""What is read from a typed address is what every client reads from the address that we build of it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from nsgflow_core.credentials.hosts import DEFAULT_PORTS, is_loopback, read_endpoint, read_host
from nsgflow_core.errors import InputError
from tests.credentials.addresses import HOSTS_OF_STRANGERS

SIGNS = "@:/\\#?%[].-_ \t\n\x00。．ａаß"
WORDS = "acct blob core windows.net attacker.example 0x7f 127 1 443 %2e %40 xn--a ::1 :// .. A"
PIECES = st.sampled_from([*SIGNS, *WORDS.split()])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["https://", "http://", "HTTPS://", "https:/", ""]), st.lists(PIECES, max_size=9))
@example("https://", ["acct", ".", "blob", "@", "attacker.example"])
@example("https://", ["127", ".", "1"])
def test_every_client_reads_the_same_host(scheme: str, pieces: list[str]) -> None:
    text = scheme + "".join(pieces)
    try:
        endpoint = read_endpoint(text, like="https://acct.blob.core.windows.net")
    except InputError:
        return
    assert endpoint.origin.isascii()
    url = f"{endpoint.origin}/c"
    prepared = requests.Request("GET", url).prepare().url
    assert prepared == url
    for read in (urlsplit(url).hostname, (parse_url(url).host or "").strip("[]")):
        assert read == endpoint.name
    assert (urlsplit(url).port or DEFAULT_PORTS[endpoint.scheme]) == endpoint.port
    assert read_endpoint(endpoint.origin, like="").origin == endpoint.origin


def test_hosts_of_strangers_are_read_as_what_they_are() -> None:
    for text in HOSTS_OF_STRANGERS:
        endpoint = read_endpoint(text, like="")
        assert endpoint.name in (urlsplit(text).hostname, "127.0.0.1"), text


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTPS://Acct.Blob.Core.Windows.NET:443/c", "https://acct.blob.core.windows.net"),
        ("http://Azurite:10000", "http://azurite:10000"),
        ("http://[0:0::1]:80", "http://[::1]"),
        ("https://[::ffff:10.0.0.4]", "https://10.0.0.4"),
        ("  https://acct.blob.core.windows.net \n", "https://acct.blob.core.windows.net"),
    ],
)
def test_one_spelling(text: str, origin: str) -> None:
    assert read_endpoint(text, like="").origin == origin


def test_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")))
    assert not any(
        map(is_loopback, ("", "localhost.attacker.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example", "127.1"))
    )
    assert read_host("127.1") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("acct", "names no host"),
        ("ftp://acct.blob.core.windows.net", "neither https nor http"),
        ("https://a@b", "before the host"),
        ("https://a/#", "fragment"),
        ("https://a b", "space"),
        ("https://a\\b", "backslash"),
        ("https://a:x", "port"),
        ("https://ä", "other letters"),
        ("https://a%2eb", "other letters"),
        ("https://a.", "ends with a dot"),
        ("https://a..b", "not a plain name"),
        ("https://1.2.3", "not a plain name"),
    ],
)
def test_each_refusal_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_endpoint(text, like="https://acct.blob.core.windows.net")
    assert refused.value.hint == "Write it like https://acct.blob.core.windows.net"
