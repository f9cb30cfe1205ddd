"""Kinds of values: how each is read, compared, described and sorted. One row per kind, a function per family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from nsgflow_core.ask.fragments import Fragment, NsgValues, Test
from nsgflow_core.ask.parts import Answered
from nsgflow_core.ask.text import spelling
from nsgflow_core.ask.text.times import floor, format_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import protocol_number


@dataclass(frozen=True, slots=True)
class ValueKind:
    """What values a column has."""

    key: str
    parse: Callable[[str, str], str]
    """(the column's name in a sentence, text) -> canonical text of one value, so that equal values are equal text.
    Raises BadFilter, saying what would be right."""
    parse_part: Callable[[str, str], str]
    """The same for a part of a value, for operators that look into the text. Raises BadFilter where there is none."""
    same: Callable[[tuple[str, ...]], tuple[Test, ...]]
    """Tests of which one holds when the column has one of these canonical values."""
    texts: tuple[Fragment, ...]
    """The texts that operators look into; none where that makes no sense."""
    describe: Callable[[str], str]
    """Canonical text -> its words in the sentence."""
    write: Callable[[object], str]
    """A value as an engine answers it -> canonical text."""
    answered: Answered
    """What an answer holds: text, a whole number, or a moment in UTC."""
    order: Callable[[str], int | str]
    """Canonical text -> what it is sorted by among others."""
    words: tuple[str, ...]
    """The closed list of values; empty where anything can come."""
    is_ranked: bool
    """True when the closed list has an order of its own, which its codes have too; others sort as they read."""
    length: timedelta | None
    """Of an interval; None for what is none."""

    @property
    def is_ordered(self) -> bool:
        """True when a list of its values keeps their own order: moments and closed lists. Others: busiest first."""
        return bool(self.words) or self.answered == "time"


def itself(value: str) -> str:
    """The canonical text is the description, and sorts as it reads."""
    return value


def _lowered(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.lower() for value in values)


_SAME_ADDRESS = Fragment(sql="{prefixes}", kql="{prefixes}")
_SAME_LABEL = Fragment(sql="lower({row}.label) IN {lowered}", kql="{label} in~ {values}")


def _same_endpoint(values: tuple[str, ...]) -> tuple[Test, ...]:
    prefixes = tuple(parse_prefix(value) for value in values if is_prefix(value))
    labels = tuple(value for value in values if not is_prefix(value))
    tests = [Test(_SAME_ADDRESS, {"prefixes": prefixes})] if prefixes else []
    return (*tests, *([Test(_SAME_LABEL, {"values": labels, "lowered": _lowered(labels)})] if labels else ()))


_SAME_PORT = Fragment(sql="{made} IN {ports}", kql="{made} in {ports}")
_IN_RANGE = Fragment(sql="{made} BETWEEN {first} AND {last}", kql="{made} between ({first} .. {last})")


def _same_port(values: tuple[str, ...]) -> tuple[Test, ...]:
    ranges = [spelling.port_range(value) for value in values]
    singles = tuple(first for first, last in ranges if first == last)
    tests = [Test(_SAME_PORT, {"ports": singles})] if singles else []
    wide = [Test(_IN_RANGE, {"first": first, "last": last}) for first, last in ranges if first != last]
    return (*tests, *wide)


_SAME_PROTOCOL = Fragment(sql="{made} IN {numbers}", kql="{made} in {values}")


def _same_protocol(values: tuple[str, ...]) -> tuple[Test, ...]:
    numbers = tuple(number for number in map(protocol_number, values) if number is not None)
    return (Test(_SAME_PROTOCOL, {"numbers": numbers, "values": values}),)


_SAME_TEXT = Fragment(sql="lower({made}) IN {lowered}", kql="{made} in~ {values}")
_OF_ID = "g.key IN {keys}"
_OF_NAME = "lower(g.label) IN {lowered} OR g.name IN {lowered} OR g.path IN {lowered}"
_SAME_NSG_ID = Fragment(sql="{row}.nsg IN (SELECT g.label FROM named g WHERE " + _OF_ID + ")", kql="{nsgs}")
_SAME_NSG = Fragment(
    sql="{row}.nsg IN (SELECT g.label FROM named g WHERE " + _OF_ID + " OR " + _OF_NAME + ")", kql="{nsgs}"
)


def _same_text(values: tuple[str, ...]) -> tuple[Test, ...]:
    return (Test(_SAME_TEXT, {"values": values, "lowered": _lowered(values)}),)


_SAME_ASN = Fragment(
    sql="lower({made}) IN {lowered} OR split_part(lower({made}), ' ', 1) IN {lowered}",
    kql="({made} in~ {values} or tostring(split({made}, ' ')[0]) in~ {values})",
)


def _same_asn(values: tuple[str, ...]) -> tuple[Test, ...]:
    return (Test(_SAME_ASN, {"values": values, "lowered": _lowered(values)}),)


def _same_nsg(values: tuple[str, ...]) -> tuple[Test, ...]:
    keys = tuple(map(arm_id.nsg_key, values))
    return (Test(_SAME_NSG, {"nsgs": NsgValues(values, by_id=False), "lowered": _lowered(values), "keys": keys}),)


def _same_nsg_id(values: tuple[str, ...]) -> tuple[Test, ...]:
    keys = tuple(map(arm_id.nsg_key, values))
    return (Test(_SAME_NSG_ID, {"nsgs": NsgValues(values, by_id=True), "keys": keys}),)


TEXT = ValueKind(
    key="text",
    parse=spelling.text,
    parse_part=spelling.text,
    same=_same_text,
    texts=(Fragment(sql="{made}", kql="{made}"),),
    describe=itself,
    write=str,
    answered="text",
    order=itself,
    words=(),
    is_ranked=False,
    length=None,
)
"""A name; compared without case, as Azure does."""
NSG = replace(TEXT, key="nsg", same=_same_nsg)
"""An NSG: its name, its id or the aclID that a VNet log knows it by."""
NSG_ID = replace(TEXT, key="nsg_id", same=_same_nsg_id)
"""The id of an NSG: a resource id in any case, or the guid that a VNet log knows it by."""
MAC = replace(TEXT, key="mac", parse=spelling.mac, parse_part=spelling.mac_part)
ENDPOINT = replace(
    TEXT,
    key="endpoint",
    parse=spelling.endpoint,
    same=_same_endpoint,
    texts=(Fragment(sql="{row}.label", kql="{label}"), Fragment(sql="{row}.text", kql="{address}")),
)
"""An address, a CIDR prefix or an endpoint label; a part is looked for in the label and in the address."""
PORT = replace(
    TEXT,
    key="port",
    parse=spelling.port,
    parse_part=spelling.no_part("Write a port, or a range like 8000-8100."),
    same=_same_port,
    texts=(),
    answered="number",
    order=int,
)
"""0 to 65535, or a range."""
PROTOCOL = replace(
    TEXT,
    key="protocol",
    parse=spelling.protocol,
    parse_part=spelling.no_part("Write TCP, UDP, ICMP, ... or a number."),
    same=_same_protocol,
    texts=(),
)
ASN = replace(TEXT, key="asn", parse=spelling.asn, same=_same_asn)
"""A network: `AS64500 Example Shops`, by all of it or by its number alone."""
NUMBER = replace(TEXT, key="number", parse_part=spelling.no_part("Ask for the measure."), texts=(), answered="number")
"""A counter of single rows, which no filter takes."""


def one_of(words: tuple[str, ...], codes: Mapping[int, str] | None = None, *, is_ranked: bool = False) -> ValueKind:
    """One of a closed list of words; `codes` where the local store keeps a number in place of the word."""
    spelled = {word.casefold(): word for word in words}
    numbers = {word: code for code, word in (codes or {}).items()}

    def parse(name: str, value: str) -> str:
        if value.casefold() not in spelled:
            raise BadFilter(f"'{in_short(value)}' is not a {name}.", f"Choose from: {', '.join(words)}.")
        return spelled[value.casefold()]

    def same(values: tuple[str, ...]) -> tuple[Test, ...]:
        held = tuple(numbers[value] for value in values) if codes else values
        return (Test(Fragment(sql="{made} IN {held}", kql="{made} in {values}"), {"held": held, "values": values}),)

    return replace(
        TEXT,
        key="word",
        parse=parse,
        parse_part=spelling.no_part(f"Choose from: {', '.join(words)}."),
        same=same,
        texts=(),
        order=words.index if is_ranked else itself,
        words=words,
        is_ranked=is_ranked,
    )


_WITHIN = Fragment(sql="{row}.time >= {first} AND {row}.time < {last}", kql="interval >= {first} and interval < {last}")


def interval(length: timedelta) -> ValueKind:
    """The start of an interval, UTC; any moment stands for the interval that it lies in."""

    def parse(_: str, value: str) -> str:
        return format_time(floor(spelling.moment_of(value), length))

    def same(values: tuple[str, ...]) -> tuple[Test, ...]:
        starts = [spelling.moment_of(value) for value in values]
        return tuple(Test(_WITHIN, {"first": start, "last": start + length}) for start in starts)

    def describe(value: str) -> str:
        return value.removesuffix("T00:00:00Z") if length >= timedelta(days=1) else value

    def write(value: object) -> str:
        moment = value if isinstance(value, datetime) else spelling.moment_of(str(value))
        return format_time(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)

    return replace(
        TEXT,
        key="interval",
        parse=parse,
        parse_part=spelling.no_part("Write a moment in it, like 2026-11-24T10:00:00Z."),
        same=same,
        texts=(),
        describe=describe,
        write=write,
        answered="time",
        length=length,
    )


TIME = replace(interval(timedelta(microseconds=1)), key="time", length=None)
"""A moment of a single row; questions ask for intervals, filters for a window."""
