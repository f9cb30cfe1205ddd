"""Why a connection broke, by words in what was said of it. These are never shown: they may quote a SAS."""

from __future__ import annotations

from enum import Enum, auto


class Break(Enum):
    """What was in the way."""

    DNS = auto()
    CERTIFICATE = auto()
    PROXY = auto()
    REFUSED = auto()
    TIMEOUT = auto()
    OTHER = auto()


_WORDS = {
    Break.DNS: ("resolve", "getaddrinfo", "name or service not known", "no address associated"),
    Break.CERTIFICATE: ("certificate", "ssl", "tls"),
    Break.PROXY: ("proxy",),
    Break.REFUSED: ("refused",),
    Break.TIMEOUT: ("timed out", "timeout"),
}


def how_it_broke(failure: BaseException) -> Break:
    """What was in the way, as far as the words of a failed connection tell."""
    text = str(failure).lower()
    return next((kind for kind, words in _WORDS.items() if any(word in text for word in words)), Break.OTHER)
