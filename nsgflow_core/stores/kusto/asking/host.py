"""The host that a Kusto engine answers at, as somebody typed it."""

from __future__ import annotations

from collections.abc import Collection

from nsgflow_core.credentials import Endpoint, read_endpoint
from nsgflow_core.errors import InputError


def read_host(text: str, *, like: str, called: str, apart: str = "", paths: Collection[str] = ("",)) -> Endpoint:
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
