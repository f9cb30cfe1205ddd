"""What part of the traffic a question is about: a window, and conditions on dimensions.

One `FlowFilter` serves the filter bar, the URL, the command line and both engines. Its text form is the same
everywhere: values separated by commas, `!` in front of a value excludes it, `80-90` is a port range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from nsgflow_core.ask.measures import DIMENSIONS, Dimension, Kind, dimension
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.vocabulary import (
    Decision,
    Direction,
    FlowState,
    LogKind,
    RuleKind,
    protocol_name,
    protocol_number,
)

MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare: its key, the words in the sentence, and whether a hit keeps or drops the flow."""

    key: str
    words: str
    excludes: bool


OPERATORS: dict[str, Operator] = {
    operator.key: operator
    for operator in (
        Operator("is", "is", excludes=False),
        Operator("is_not", "is not", excludes=True),
    )
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`dimension operator values`: a flow meets `is` when any value fits, `is_not` when none does.

    Values are canonical text (see `parse_value`), so equal conditions are equal keys.
    """

    dimension: str
    operator: str
    values: tuple[str, ...]

    def describe(self) -> str:
        """Like "port is 443 or 8000-8100"."""
        row = DIMENSIONS[self.dimension]
        joined = " or ".join(self.values)
        return f"{row.label.lower() if row.label != 'NSG' else 'NSG'} {OPERATORS[self.operator].words} {joined}"


@dataclass(frozen=True)
class FlowFilter:
    """A window [since, until) in UTC and conditions that must all hold.

    With `either_way` the endpoint conditions may also hold with source and destination exchanged.
    """

    since: datetime | None = None
    until: datetime | None = None
    conditions: tuple[Condition, ...] = field(default=())
    either_way: bool = False

    def where(self, name: str, *values: str, operator: str = "is") -> FlowFilter:
        """This filter and one more condition; values are parsed and checked. No values: unchanged."""
        row = dimension(name)
        parsed = tuple(dict.fromkeys(parse_value(row, value) for value in values))
        if not parsed:
            return self
        kept = tuple(c for c in self.conditions if (c.dimension, c.operator) != (row.key, operator))
        added = tuple(sorted((*kept, Condition(row.key, operator, parsed)), key=_condition_order))
        return replace(self, conditions=added)

    def limited_to(self, name: str, value: str) -> FlowFilter:
        """The part of this filter's traffic that has this one value; nothing when the filter asks for others alone."""
        asked, made = self.values_of(name), self.where(name, value)
        is_asked = not asked or made.values_of(name)[0] in asked
        return made if is_asked else made.where(name, value, operator="is_not")

    def without(self, *names: str) -> FlowFilter:
        """This filter with no condition on those dimensions."""
        keys = {dimension(name).key for name in names}
        return replace(self, conditions=tuple(c for c in self.conditions if c.dimension not in keys))

    def within(self, since: datetime | None, until: datetime | None) -> FlowFilter:
        """This filter with another window."""
        if since and until and since >= until:
            raise BadFilter("The window ends before it starts.", "Choose an end later than the start.")
        return replace(self, since=since, until=until)

    def swapped(self) -> FlowFilter:
        """Source and destination exchanged."""
        turned = (replace(c, dimension=_OPPOSITE.get(c.dimension, c.dimension)) for c in self.conditions)
        return replace(self, conditions=tuple(sorted(turned, key=_condition_order)))

    def values_of(self, name: str, operator: str = "is") -> tuple[str, ...]:
        """The values asked for on a dimension, empty when none."""
        key = dimension(name).key
        return next((c.values for c in self.conditions if (c.dimension, c.operator) == (key, operator)), ())

    def describe(self) -> str:
        """One sentence for people: what is shown."""
        parts = [condition.describe() for condition in self.conditions]
        if self.either_way and any(c.dimension in _OPPOSITE for c in self.conditions):
            parts.append("in either direction between them")
        shown = "All flows" if not parts else "Flows where " + ", and ".join(parts)
        return f"{shown}, {_describe_window(self.since, self.until)}."

    def to_params(self) -> dict[str, str]:
        """The filter as URL parameters; `from_params` reads them back to an equal filter."""
        params = {}
        if self.since:
            params["since"] = format_time(self.since)
        if self.until:
            params["until"] = format_time(self.until)
        for key in DIMENSIONS:
            kept = [*self.values_of(key), *("!" + value for value in self.values_of(key, "is_not"))]
            if kept:
                params[key] = ",".join(kept)
        if self.either_way:
            params["either_way"] = "true"
        return params

    @classmethod
    def from_params(cls, params: Mapping[str, str | Iterable[str]]) -> FlowFilter:
        """A filter from URL parameters or command-line options. Raises BadFilter for what has no meaning.

        Names that are no dimension are left alone: other parts of a link have parameters of their own.
        """
        texts = {name: value if isinstance(value, str) else ",".join(value) for name, value in params.items()}
        made = cls(either_way=texts.get("either_way", "").lower() in ("true", "1", "yes"))
        made = made.within(parse_time(texts.get("since")), parse_time(texts.get("until")))
        for name, text in texts.items():
            if name in _RESERVED or not _is_dimension(name):
                continue
            values = [value.strip() for value in text.split(",") if value.strip()]
            made = made.where(name, *(v for v in values if not v.startswith("!")))
            made = made.where(name, *(v[1:] for v in values if v.startswith("!")), operator="is_not")
        return made


_RESERVED = frozenset({"since", "until", "either_way"})
_OPPOSITE = {
    "source": "destination",
    "destination": "source",
    "src_ip": "dst_ip",
    "dst_ip": "src_ip",
}
ENDPOINTS = frozenset(_OPPOSITE)

WORDS: dict[str, tuple[str, ...]] = {
    "direction": tuple(Direction),
    "decision": tuple(Decision),
    "flow_state": tuple(FlowState),
    "rule_kind": tuple(RuleKind),
    "log_kind": tuple(LogKind),
}
"""The values of the dimensions that have a closed list."""


def opposite(condition: Condition) -> Condition:
    """The same condition on the other end of the flow."""
    return replace(condition, dimension=_OPPOSITE[condition.dimension])


def parse_value(row: Dimension, text: str) -> str:
    """One filter value in canonical text. Raises BadFilter, saying what would be right."""
    value = text.strip()
    if not value:
        raise BadFilter(f"A value for {row.label.lower()} is empty.", "Leave the field out to see all.")
    match row.kind:
        case Kind.PORT:
            return _parse_port(value)
        case Kind.ENDPOINT:
            return parse_prefix(value).text if is_prefix(value) else value
        case Kind.TIME:
            return format_time(parse_time(value))
        case Kind.WORD:
            return _parse_word(row, value)
        case Kind.TEXT:
            return value


def port_range(value: str) -> tuple[int, int]:
    """First and last port of a canonical port value ("443" or "8000-8100")."""
    first, _, last = value.partition("-")
    return int(first), int(last or first)


def parse_time(text: str | None) -> datetime | None:
    """A time in ISO 8601, taken as UTC where it names no zone; a bare date is its midnight. None stays None.

    `-7d`, `-24h`, `-30m` and `now` count from this minute.
    """
    if text is None or not text.strip():
        return None
    value = text.strip()
    if value == "now" or value.startswith("-"):
        return _parse_relative(value)
    try:
        if len(value) == len("2026-11-24"):
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadFilter(
            f"'{text}' is not a time.", "Write it like 2026-11-24, 2026-11-24T10:00:00Z, or -7d for seven days ago."
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_time(moment: datetime | None) -> str:
    """ISO 8601 in UTC with Z, as short as it is exact: to the minute's second, or to its fraction."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat() + "Z"


_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def _parse_relative(value: str) -> datetime:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    if value == "now":
        return now
    number, unit = value[1:-1], value[-1]
    if not number.isdigit() or unit not in _UNITS:
        raise BadFilter(f"'{value}' is not a time.", "Write -7d, -24h or -30m for days, hours or minutes ago.")
    try:
        return now - timedelta(**{_UNITS[unit]: int(number)})
    except OverflowError:
        raise BadFilter(f"'{value}' lies before the calendar starts.", "Choose a later time.") from None


def _parse_port(value: str) -> str:
    first, dash, last = (part.strip() for part in value.partition("-"))
    ends = [first, last] if dash else [first]
    if not all(end.isascii() and end.isdigit() and int(end) <= MAX_PORT for end in ends):
        raise BadFilter(f"'{value}' is not a port.", "Write a number from 0 to 65535, or a range like 8000-8100.")
    if dash and int(first) > int(last):
        raise BadFilter(f"The port range {value} ends before it starts.", f"Write {last}-{first}.")
    return f"{int(first)}-{int(last)}" if dash and int(first) != int(last) else str(int(first))


def _parse_word(row: Dimension, value: str) -> str:
    if row.key == "protocol":
        number = protocol_number(value)
        if number is None:
            raise BadFilter(f"'{value}' is not a protocol.", "Write TCP, UDP, ICMP, ESP, ... or a number 0 to 255.")
        return protocol_name(number)
    for word in WORDS[row.key]:
        if word.casefold() == value.casefold():
            return word
    raise BadFilter(f"'{value}' is not a {row.label.lower()}.", f"Choose from: {', '.join(WORDS[row.key])}.")


def _is_dimension(name: str) -> bool:
    try:
        dimension(name)
    except BadFilter:
        return False
    return True


def _condition_order(condition: Condition) -> tuple[int, str]:
    return list(DIMENSIONS).index(condition.dimension), condition.operator


def _describe_window(since: datetime | None, until: datetime | None) -> str:
    def words(moment: datetime) -> str:
        return f"{moment:%Y-%m-%d %H:%M} UTC"

    if since and until:
        return f"from {words(since)} to {words(until)}"
    if since:
        return f"since {words(since)}"
    if until:
        return f"until {words(until)}"
    return "over all time"
