"""The fields of a flow tuple: what each may hold, said once for one text and once for a whole column.

A tuple is clean when every field `holds`. `grammar` is a narrower regular expression that only clean text matches:
it clears many lines quickly, and what it does not clear is asked `holds` one by one, so it decides nothing.
Facts: Microsoft Learn, "NSG flow logs overview" and "VNet flow logs overview" (field lists, codes, units).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pyarrow as pa

from nsgflow_core.ask.parts import WORD
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.vocabulary import LogKind

NOT_TEXT = "not text"
WRONG_WIDTH = "wrong number of fields"

SECONDS_BELOW = 100_000_000_000
"""Smaller times are seconds, larger ones milliseconds: the documents show both for version 4, in different places."""
FIRST_SECOND = 946_684_800
"""2000-01-01: no flow log is older."""
END_SECOND = 9_214_646_400
"""2262-01-01: nanosecond clocks, which others may read our output with, end that year."""
LARGEST_COUNTER = 10**15 - 1
"""A petabyte between two entries of one flow; what is more was damaged, and would spoil every sum that it is in."""

_PORT = "(?:[0-9]{1,4}|[1-5][0-9]{4}|6(?:[0-4][0-9]{3}|5(?:[0-4][0-9]{2}|5(?:[0-2][0-9]|3[0-5]))))"
_ENCRYPTION = re.compile("[A-Za-z0-9_]{0,64}")
_LONGEST_ADDRESS = 64
"""No address is as long; longer texts would lie in the cache of addresses."""


@dataclass(frozen=True)
class Field:
    """What one position of a tuple may hold, and the reason to give when it does not."""

    reason: str
    holds: Callable[[str], bool]
    grammar: str
    column: pa.DataType


@dataclass(frozen=True, eq=False)
class Layout:
    """The fields of one version's tuples, in their order."""

    log_kind: LogKind
    fields: tuple[tuple[str, Field], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Field names in order."""
        return tuple(name for name, _ in self.fields)

    @cached_property
    def column_types(self) -> dict[str, pa.DataType]:
        """Arrow type of each field, by name, in order."""
        return {name: field.column for name, field in self.fields}

    @cached_property
    def clean(self) -> re.Pattern[str]:
        """Matches (with fullmatch) only tuples whose numbers and shape can be read as a column."""
        return re.compile(",".join(field.grammar for _, field in self.fields))

    def fault(self, line: object) -> str | None:
        """Why this tuple is rejected, by its first bad field; None when it is clean."""
        if not isinstance(line, str):
            return NOT_TEXT
        if line.count(",") + 1 != len(self.fields):  # before a line of a million commas becomes a million texts
            return WRONG_WIDTH
        texts = line.split(",")
        return next(
            (field.reason for (_, field), text in zip(self.fields, texts, strict=True) if not field.holds(text)), None
        )


def number_of(text: str) -> int | None:
    """The number that plain ASCII digits write (leading zeros allowed), up to 19 of them; None for anything else."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= 19 else None


def canonical_address(text: str) -> str | None:
    """The one spelling of an address (an IPv4-mapped IPv6 address is its IPv4 one); None when it is no address."""
    return _canonical(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=1 << 17)
def _canonical(text: str) -> str | None:
    packed = pack(text)
    return None if packed is None else unpack(packed)


def encryption_code(text: str) -> str | None:
    """X, NX, NX_* and any other plain word, in Azure's upper case: it adds codes, but none of them is free text."""
    return text.upper() if _ENCRYPTION.fullmatch(text) else None


def _is_time(text: str) -> bool:
    number = number_of(text)
    if number is None:
        return False
    scale = 1 if number < SECONDS_BELOW else 1000
    return FIRST_SECOND * scale <= number < END_SECOND * scale


def _is_port(text: str) -> bool:
    number = number_of(text)
    return number is not None and number <= 65535


def _is_counter(text: str) -> bool:
    number = number_of(text)
    return not text or (number is not None and number <= LARGEST_COUNTER)


def code_field(reason: str, codes: Iterable[str]) -> Field:
    """A field that holds one of these codes, exactly as documented."""
    known = frozenset(codes)
    return Field(reason, known.__contains__, f"(?:{'|'.join(map(re.escape, sorted(known)))})", WORD)


TIME = Field("bad time", _is_time, "[0-9]{1,13}", pa.int64())
ADDRESS = Field("bad address", lambda text: canonical_address(text) is not None, "[0-9A-Fa-f.:]+", WORD)
PORT = Field("bad port", _is_port, _PORT, pa.uint16())
ENCRYPTION = Field("bad encryption", lambda text: encryption_code(text) is not None, _ENCRYPTION.pattern, WORD)
COUNTER = Field("bad counter", _is_counter, "[0-9]{0,15}", pa.int64())

ENDPOINT_FIELDS: tuple[tuple[str, Field], ...] = (
    ("time", TIME),
    ("src_ip", ADDRESS),
    ("dst_ip", ADDRESS),
    ("src_port", PORT),
    ("dst_port", PORT),
)
"""The first five fields, alike in every version."""
COUNTER_FIELDS: tuple[tuple[str, Field], ...] = (
    ("src_to_dst_packets", COUNTER),
    ("src_to_dst_bytes", COUNTER),
    ("dst_to_src_packets", COUNTER),
    ("dst_to_src_bytes", COUNTER),
)
"""The last four fields of stateful versions: deltas, empty where Azure counts nothing."""
