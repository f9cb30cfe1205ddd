"""Why a connection broke, by words in what was said of it. These are never shown: they may quote a SAS."""

from __future__ import annotations

from enum import Enum


class Break(Enum):
    """What was in the way, and the words that tell it."""

    DNS = ("resolve", "getaddrinfo", "name or service not known", "no address associated")
    CERTIFICATE = ("certificate", "ssl", "tls")
    PROXY = ("proxy",)
    REFUSED = ("refused",)
    TIMEOUT = ("timed out", "timeout")
    OTHER = ()


def how_it_broke(failure: BaseException) -> Break:
    """What was in the way, as far as the words of a failed connection tell."""
    text = str(failure).lower()
    return next((kind for kind in Break if any(word in text for word in kind.value)), Break.OTHER)
