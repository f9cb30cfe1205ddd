"""A FlowFilter as SQL conditions: some on the flow rows, some on the few contexts that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nsgflow_core.ask.filters import ENDPOINTS, OPERATORS, Condition, FlowFilter, opposite, parse_time, port_range
from nsgflow_core.ask.measures import DIMENSIONS
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.local.tables import CONTEXT_WORDS, STATES
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.vocabulary import protocol_number

_Scalar = str | int | datetime | bytes | None
Value = _Scalar | list[str] | list[bytes] | list[str | None]
"""What a parameter can hold."""

_V4_SPACE = parse_prefix("0.0.0.0/0")


@dataclass
class Parameters:
    """The values of a statement under construction; each `add` gives the name to write in the text."""

    values: dict[str, Value] = field(default_factory=dict)

    def add(self, value: Value) -> str:
        """Remember a value; the same value twice is one parameter."""
        for name, known in self.values.items():
            if type(known) is type(value) and known == value:
                return f"${name}"
        name = f"p{len(self.values) + 1}"
        self.values[name] = value
        return f"${name}"


@dataclass(frozen=True, slots=True)
class Where:
    """Two WHERE clauses, each with a leading blank, or "" when there is nothing to ask."""

    rows: str
    contexts: str


def conditions_sql(flow_filter: FlowFilter, parameters: Parameters) -> Where:
    """The filter over `flows f` and over `words`."""
    rows: list[str] = []
    if flow_filter.since:
        rows.append(f"f.time >= {parameters.add(naive(flow_filter.since))}")
    if flow_filter.until:
        rows.append(f"f.time < {parameters.add(naive(flow_filter.until))}")
    ends = [condition for condition in flow_filter.conditions if condition.dimension in ENDPOINTS]
    here = [_one(condition, parameters) for condition in ends]
    if ends and flow_filter.either_way:
        there = [_one(opposite(condition), parameters) for condition in ends]
        rows.append(f"(({' AND '.join(here)}) OR ({' AND '.join(there)}))")
    else:
        rows += here
    contexts = []
    for condition in flow_filter.conditions:
        if condition.dimension in CONTEXT_WORDS:
            contexts.append(_one(condition, parameters))
        elif condition.dimension not in ENDPOINTS:
            rows.append(_one(condition, parameters))
    return Where(_where(rows), _where(contexts))


def naive(moment: datetime) -> datetime:
    """UTC without a zone, as the store's columns are."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _where(conditions: Iterable[str]) -> str:
    joined = " AND ".join(conditions)
    return f" WHERE {joined}" if joined else ""


def _one(condition: Condition, parameters: Parameters) -> str:
    """One condition: any of its values fits, or none does."""
    fits = MATCHES[condition.dimension](condition, parameters)
    return f"NOT ({fits})" if OPERATORS[condition.operator].excludes else f"({fits})"


def _endpoint(condition: Condition, parameters: Parameters) -> str:
    end = "src" if condition.dimension in ("source", "src_ip") else "dst"
    tests = " OR ".join(_place(value, parameters) for value in condition.values)
    return f"f.{end} IN (SELECT id FROM places WHERE {tests})"


def _place(value: str, parameters: Parameters) -> str:
    """An address or prefix as a comparison of packed bytes, within its family; otherwise a label, ignoring case."""
    if not is_prefix(value):
        return f"lower(label) = {parameters.add(value.lower())}"
    prefix = parse_prefix(value)
    if prefix.first == prefix.last:
        return f"packed = {parameters.add(prefix.first)}"
    inside = f"packed BETWEEN {parameters.add(prefix.first)} AND {parameters.add(prefix.last)}"
    if prefix.is_v4 or prefix.last < _V4_SPACE.first or prefix.first > _V4_SPACE.last:
        return inside
    mapped = f"packed BETWEEN {parameters.add(_V4_SPACE.first)} AND {parameters.add(_V4_SPACE.last)}"
    return f"({inside} AND NOT {mapped})"


def _port(condition: Condition, parameters: Parameters) -> str:
    column = "f.src_port" if condition.dimension == "src_port" else "f.dst_port"
    tests = []
    for first, last in map(port_range, condition.values):
        low = parameters.add(first)
        tests.append(f"{column} = {low}" if first == last else f"{column} BETWEEN {low} AND {parameters.add(last)}")
    return " OR ".join(tests)


def _protocol(condition: Condition, parameters: Parameters) -> str:
    numbers = [number for number in map(protocol_number, condition.values) if number is not None]
    return f"f.protocol IN ({', '.join(map(parameters.add, numbers))})"


def _state(condition: Condition, parameters: Parameters) -> str:
    return f"f.state IN ({', '.join(parameters.add(STATES.index(value)) for value in condition.values)})"


def _interval(condition: Condition, parameters: Parameters) -> str:
    """A moment stands for the hour or day that it lies in."""
    step = timedelta(hours=1) if condition.dimension == "hour" else timedelta(days=1)
    tests = []
    for value in condition.values:
        moment = parse_time(value)
        if moment is None:
            raise BadFilter(f"'{value}' is not a time.", "Write it like 2026-11-24T10:00:00Z.")
        start = naive(moment).replace(minute=0, second=0, microsecond=0)
        start = start if condition.dimension == "hour" else start.replace(hour=0)
        tests.append(f"(f.time >= {parameters.add(start)} AND f.time < {parameters.add(start + step)})")
    return " OR ".join(tests)


def _word(condition: Condition, parameters: Parameters) -> str:
    names = [parameters.add(value.lower()) for value in condition.values]
    columns = ("nsg", "nsg_id") if condition.dimension == "nsg" else (condition.dimension,)
    return " OR ".join(f"lower({column}) IN ({', '.join(names)})" for column in columns)


Match = Callable[[Condition, Parameters], str]
MATCHES: dict[str, Match] = {
    key: {
        "source": _endpoint,
        "destination": _endpoint,
        "src_ip": _endpoint,
        "dst_ip": _endpoint,
        "src_port": _port,
        "port": _port,
        "protocol": _protocol,
        "flow_state": _state,
        "hour": _interval,
        "day": _interval,
    }.get(key, _word)
    for key in DIMENSIONS
}
"""How each dimension is compared; what is not listed is a word of the context."""
