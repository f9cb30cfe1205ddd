"""The host that a Kusto engine answers at, as somebody typed it, and why it cannot be reached."""

from __future__ import annotations

from collections.abc import Collection

from nsgflow_core.credentials import Break, Endpoint, how_it_broke, read_endpoint
from nsgflow_core.errors import InputError


def read_service_host(
    text: str, *, like: str, called: str, apart: str = "", paths: Collection[str] = ("",)
) -> Endpoint:
    """The endpoint that a URL or host names. `like` is how it is written, `apart` what does not belong in it.

    Raises InputError for what is no URL, for one with more than a host (and one of `paths`), and for plain http to any
    other machine, where a token could be read. `called` says which it is.
    """
    found = read_endpoint(text if "://" in text else f"https://{text}", like=like)
    if found.query or found.path.rstrip("/") not in paths:
        raise InputError(f"{called} has more than a host in its URL.", f"Write it like {like}{apart}")
    if found.scheme == "http" and not found.is_loopback:
        raise InputError("Plain http is only allowed to a test server or emulator on this machine.", "Use https.")
    return found


_BY_BREAK: dict[Break, tuple[str, str]] = {
    Break.DNS: (
        "The name of the {who} at {host} is not known to DNS here.",
        "{check}; with a private endpoint, use the network and the DNS zones that belong to it.",
    ),
    Break.CERTIFICATE: (
        "The certificate shown for the {who} at {host} is not trusted.",
        "A proxy may open TLS here: set REQUESTS_CA_BUNDLE to its certificate.",
    ),
    Break.PROXY: ("The proxy does not let the {who} at {host} through.", "Check HTTPS_PROXY and NO_PROXY."),
    Break.REFUSED: ("Nothing answers for the {who} at {host}.", "{check}, and that your network lets you there."),
    Break.TIMEOUT: (
        "The {who} at {host} does not answer in time.",
        "A firewall may drop the packets: check the network, the VPN and the private endpoint.",
    ),
    Break.OTHER: (
        "The connection to the {who} at {host} broke.",
        "{check}, then the network, the private endpoint and the proxy settings (HTTPS_PROXY), and try again.",
    ),
}


def broken(failure: BaseException, *, who: str, host: str, check: str) -> tuple[str, str]:
    """What was in the way of a connection, and what to do; `check` says where the host's name comes from."""
    message, hint = _BY_BREAK[how_it_broke(failure)]
    return message.format(who=who, host=host), hint.format(check=check)
