"""How people write values: text -> the canonical spelling, so that equal values are equal text.

A parser takes the column's name as a sentence says it, and the text. It raises BadFilter, saying what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import MAX_PORT, protocol_name, protocol_number

_MAC = re.compile(r"(?:[0-9A-F]{2}[-:.]?){5}[0-9A-F]{2}", re.IGNORECASE)
_LONGEST_ASN = 10
"""Digits of a number of 32 bits (RFC 6793)."""
_MAC_MARKS = re.compile(r"[-:.]")


def no_part(hint: str) -> Callable[[str, str], str]:
    """The `parse_part` of a kind that has no text to look into."""

    def refuse(name: str, _: str) -> str:
        raise BadFilter(f"There is no text to look for in a {name}.", hint)

    return refuse


def port_range(value: str) -> tuple[int, int]:
    """First and last port of a canonical port value ("443" or "8000-8100")."""
    first, _, last = value.partition("-")
    return int(first), int(last or first)


def moment_of(value: str) -> datetime:
    """The moment of a canonical time. Raises BadFilter."""
    moment = parse_time(value)
    if moment is None:
        raise BadFilter(f"'{in_short(value)}' is not a time.", "Write it like 2026-11-24T10:00:00Z.")
    return moment


def text(_: str, value: str) -> str:
    """As it is: texts are compared without their case, and kept with it."""
    return value


def endpoint(_: str, value: str) -> str:
    """A prefix without host bits; a label as it is."""
    return parse_prefix(value).text if is_prefix(value) else value


def port_ends(text: str) -> tuple[int, int] | None:
    """First and last port of a number or range in any text; None when it is neither. They may be in the wrong order."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    low = whole_number(first, MAX_PORT)
    high = whole_number(last, MAX_PORT) if dash else low
    return None if low is None or high is None else (low, high)


def port(_: str, value: str) -> str:
    """A port, or a range in its order. Raises BadFilter."""
    ends = port_ends(value)
    if ends is None:
        quoted = f"'{in_short(value)}'"
        raise BadFilter(f"{quoted} is not a port.", "Write a number from 0 to 65535, or a range like 8000-8100.")
    first, last = ends
    if first > last:
        raise BadFilter(f"The port range {first}-{last} ends before it starts.", f"Write {last}-{first}.")
    return f"{first}-{last}" if first != last else str(first)


def protocol(_: str, value: str) -> str:
    """The name of a protocol, also given by its number. Raises BadFilter."""
    number = protocol_number(value)
    if number is None:
        raise BadFilter(
            f"'{in_short(value)}' is not a protocol.", "Write TCP, UDP, ICMP, ESP, ... or a number 0 to 255."
        )
    return protocol_name(number)


def mac(_: str, value: str) -> str:
    """As the logs write it: twelve digits, without the marks that other tools put between them."""
    return mac_part(_, value) if _MAC.fullmatch(value) else value


def mac_part(_: str, value: str) -> str:
    """Digits without marks; a text that holds none as it is."""
    return _MAC_MARKS.sub("", value).strip().upper() or value


def asn(_: str, value: str) -> str:
    """A network's number may be written without AS in front."""
    return f"AS{int(value)}" if value.isascii() and value.isdecimal() and len(value) <= _LONGEST_ASN else value
