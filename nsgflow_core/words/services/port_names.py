"""The registered service name of a port: what a number in a flow log most likely is.

A name says what the port is registered for, never what listens on it. Ports from 49152 up are dynamic and have none.
"""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.words.services.registry import REGISTERED
from nsgflow_core.words.vocabulary import WITH_PORTS, protocol_name

DYNAMIC_FIRST = 49_152
"""RFC 6335, section 6: from here on nothing is registered."""


def _by_service() -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for line in REGISTERED.splitlines():
        for entry in line.split():
            number, _, rest = entry.partition(":")
            name, _, only = rest.partition("/")
            for protocol in (only.upper(),) if only else WITH_PORTS:
                assert (protocol, int(number)) not in found, entry
                found[protocol, int(number)] = name
    return found


NAMES: Mapping[tuple[str, int], str] = _by_service()
"""(TCP or UDP, port) -> its name in the registry."""


def port_name(protocol: str | int, port: int) -> str:
    """The registered name, like `https`; "" where none is known. The protocol by its name or IANA number."""
    word = protocol_name(protocol) if isinstance(protocol, int) else protocol.upper()
    return NAMES.get((word, port), "")


def service_words(protocol: str, port: int) -> str:
    """Like "TCP 443 https"; "TCP 50123" where the port has no name."""
    return " ".join(filter(None, (protocol, str(port), port_name(protocol, port))))
