"""A typed address, read in the one way that every program reads it, or refused.

What is connected to is built anew from the parts (`Endpoint.origin`), never taken from the text. So what was compared
is what is asked, and no client can see another host in it: user names, fragments, unicode, escapes, backslashes,
control characters, dots at the end and numbers that stand for addresses are refused, each in one sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from nsgflow_core.errors import InputError, NsgflowError

IpAddress = IPv4Address | IPv6Address
DEFAULT_PORTS = {"https": 443, "http": 80}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<fragment>#)?"
)
"""RFC 3986, appendix B: the host ends at the first slash, question mark or number sign."""
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_LOCAL_ZONES = ("local", "internal", "localhost", "test")
"""Last labels that no public name has (RFC 6761, RFC 6762, and ICANN's `internal`)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes: `https` or `http`, a host in its one spelling, and a port; the rest is as typed."""

    scheme: str
    name: str
    """A lower-case ASCII DNS name, or an address as `ipaddress` writes it."""
    port: int
    path: str = ""
    query: str = field(default="", repr=False)
    """May be a SAS."""

    @property
    def origin(self) -> str:
        """Scheme, host and, where it is not the usual one, port."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.scheme}://{host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def address(self) -> IpAddress | None:
        """The address that the host is; None for a name."""
        return address_of(self.name)

    @property
    def is_loopback(self) -> bool:
        """True when it is this machine by its very name."""
        return is_loopback(self.name)

    @property
    def is_emulator(self) -> bool:
        """True where the account stands in the path: addresses, names without a dot (`azurite`), Docker's host."""
        return self.address is not None or "." not in self.name or self.name == "host.docker.internal"

    @property
    def is_nearby(self) -> bool:
        """True when the name or address cannot be one of the public internet."""
        address = self.address
        if address is not None:
            return not address.is_global
        return "." not in self.name or self.name.rpartition(".")[2] in _LOCAL_ZONES


def read_endpoint(text: str, *, like: str, error: type[NsgflowError] = InputError) -> Endpoint:
    """The endpoint that a URL names. Raises `error` with what is wrong, and `like` as what to write instead.

    The text may hold a secret anywhere: no error quotes a part of it.
    """

    def refuse(message: str) -> NsgflowError:
        return error(message, f"Write it like {like}")

    text = text.strip(" \t\r\n")
    found = _URL.fullmatch(text) or _URL.match(text)
    if found is None or not found["authority"]:
        raise refuse("This URL names no host that could be asked.")
    scheme, authority = found["scheme"].lower(), found["authority"]
    if scheme not in DEFAULT_PORTS:
        raise refuse("This URL is neither https nor http.")
    if "@" in authority:
        raise refuse("A URL with a user name or password before the host (@) is not used.")
    if found["fragment"]:
        raise refuse("A URL with a fragment (#) is not used: what follows the # would get lost.")
    if _CONTROL.search(text) or "\\" in text:
        raise refuse("This URL holds a space, a backslash or a control character.")
    named = read_host(authority)
    if named is None:
        raise refuse(_what_is_wrong(authority))
    name, port = named
    return Endpoint(scheme, name, port or DEFAULT_PORTS[scheme], found["path"], found["query"] or "")


def read_host(authority: str) -> tuple[str, int | None] | None:
    """Host in its one spelling, and port; None for what programs could read in two ways, or not at all."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return None
    host, port = found["host"].lower(), int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    if host.startswith("["):
        address = address_of(host[1:-1])
        return (str(address), port) if address is not None else None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if _NUMBER.fullmatch(labels[-1]):  # an IPv4 address, of which 2130706433, 0x7f.1 and 127.1 are spellings, too
        address = address_of(host)
        return (str(address), port) if address is not None else None
    return host, port


def address_of(name: str) -> IpAddress | None:
    """The address that a text is in its plain spelling; None for a name. IPv4 inside IPv6 is the IPv4 address."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def is_loopback(name: str) -> bool:
    """True for this machine's own addresses and `localhost`."""
    address = address_of(name)
    return name.lower() == "localhost" if address is None else address.is_loopback


def _what_is_wrong(authority: str) -> str:
    """One sentence for a host that was not read."""
    host, _, port = authority.rpartition(":")
    if host and not host.endswith(":") and not port.endswith("]") and not (port.isascii() and port.isdigit()):
        return "The port of this URL is not a number."
    if not authority.isascii() or "%" in authority:
        return "The host of this URL holds other letters than a-z, 0-9, hyphen and dot."
    if authority.partition(":")[0].endswith("."):
        return "The host of this URL ends with a dot."
    return "The host of this URL is not a plain name or address."
