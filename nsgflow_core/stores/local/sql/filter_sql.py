"""A FlowFilter as SQL conditions: some on the flow rows, some on the few contexts that they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.fragments import Argument, NsgValues, fill
from nsgflow_core.ask.parts import Held
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.local import tally
from nsgflow_core.words.prefixes import INTERNET, Prefix, parse_prefix

_Scalar = str | int | datetime | bytes | None
Value = _Scalar | list[str] | list[bytes] | list[str | None] | list[int] | list[datetime | None]
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


def conditions_sql(flow_filter: FlowFilter, parameters: Parameters, apart: dict[str, str] | None = None) -> Where:
    """The filter over `flows f` and over `words w`.

    Where a statement has the conditions in several places, it gives an `apart`: SELECTs of addresses become stages
    there, by their names, so that addresses are looked through once.
    """
    addresses = partial(_selected, apart)
    rows: list[str] = []
    if flow_filter.since:
        rows.append(f"f.time >= {parameters.add(naive(flow_filter.since))}")
    if flow_filter.until:
        rows.append(f"f.time < {parameters.add(naive(flow_filter.until))}")
    asked = [each for each in flow_filter.conditions if each.column.sql.table is not Held.CONTEXTS]
    if flow_filter.either_way and any(each.is_exchanged for each in asked):
        ends = [each for each in asked if each.is_exchanged]
        asked = [each for each in asked if not each.is_exchanged]
        ways = (ends, [each.opposite() for each in ends])
        here, there = (" AND ".join(_all_of(way, parameters, addresses)) for way in ways)
        rows.append(f"(({here}) OR ({there}))")
    rows += _all_of(asked, parameters, addresses)
    of_contexts = (each for each in flow_filter.conditions if each.column.sql.table is Held.CONTEXTS)
    contexts = [_one(each, parameters, addresses) for each in of_contexts]
    if _contradicts_itself(flow_filter):  # the engine does not see it, and would look through all rows
        rows, contexts = [*rows, _NOTHING], [*contexts, _NOTHING]
    return Where(_where(rows), _where(contexts))


_NOTHING = "false"


def _contradicts_itself(flow_filter: FlowFilter) -> bool:
    """True where all words that it asks for are left out as well, like what was allowed of denied traffic."""
    asked = (
        each for each in flow_filter.conditions if each.operator == "is" and each.column.sql.table is Held.CONTEXTS
    )
    return any(set(each.values) <= set(flow_filter.values_of(each.dimension, "is_not")) for each in asked)


def naive(moment: datetime) -> datetime:
    """UTC without a zone, as the store's columns are."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _where(conditions: Iterable[str]) -> str:
    joined = " AND ".join(conditions)
    return f" WHERE {joined}" if joined else ""


PUBLIC = f"'{INTERNET}'"
"""The label of addresses that are outside, as text in a statement."""
_ROWS: dict[Held, str] = {Held.FLOWS: "f", Held.PLACES: "p", Held.OUTSIDE: "p", Held.CONTEXTS: "w"}


def _selected(apart: dict[str, str] | None, condition: str) -> str:
    """The SELECT of the ids of places p that meet a condition."""
    select = f"SELECT id FROM places p WHERE {condition}"
    if apart is None:
        return select
    name = next((name for name, known in apart.items() if known == select), f"addresses_{len(apart) + 1}")
    apart[name] = select
    return f"SELECT id FROM {name}"


def _all_of(conditions: Sequence[Condition], parameters: Parameters, addresses: Callable[[str], str]) -> list[str]:
    """Conditions on rows; those on the places of one end are one look-up.

    The engine takes each for a fifth of the rows: by two that nearly all rows meet it would plan for a few of them.
    """
    by_side: dict[str, list[Condition]] = {}
    others = []
    for condition in conditions:
        end = condition.column.end if condition.column.sql.table is Held.PLACES else None
        if end:
            by_side.setdefault(end.side, []).append(condition)
        else:
            others.append(_one(condition, parameters, addresses))
    return [_placed(side, held, parameters, addresses) for side, held in by_side.items()] + others


def _placed(side: str, conditions: Sequence[Condition], parameters: Parameters, addresses: Callable[[str], str]) -> str:
    """The condition that the place at an end meets all of these; where most places do, that it is none of the rest."""
    fits = {condition: _fits(condition, parameters) for condition in conditions}
    if all(map(_leaves_most, conditions)):
        rest = (f"({text})" if each.excludes else f"({text}) IS NOT TRUE" for each, text in fits.items())
        return f"NOT (f.{side} IN ({addresses(' OR '.join(rest))}))"
    met = (f"({text}) IS NOT TRUE" if each.excludes else f"({text})" for each, text in fits.items())
    return f"(f.{side} IN ({addresses(' AND '.join(met))}))"


def _fits(condition: Condition, parameters: Parameters) -> str:
    """The condition that any of its tests holds of a row of its column's table, whether it excludes that or not."""
    column, row = condition.column, _ROWS[condition.column.sql.table]
    made = fill(column.sql.made, {"row": row})
    words = {"row": row, "made": made, "shown": fill(column.sql.shown, {"made": made})}

    def write(value: Argument) -> str:
        return _written(value, row, parameters)

    return " OR ".join(fill(test.fragment.sql, words, test.values, write) for test in condition.tests())


def _one(condition: Condition, parameters: Parameters, addresses: Callable[[str], str]) -> str:
    """A condition on a row itself, on its words or on its public end."""
    fits = _fits(condition, parameters)
    if condition.column.sql.table is Held.OUTSIDE:
        public = f"p.label = {PUBLIC}"
        met = addresses(f"{public} AND ({fits})")
        fits = f"f.dst IN ({met}) OR f.dst NOT IN ({addresses(public)}) AND f.src IN ({met})"
    return f"NOT ({fits})" if condition.excludes else f"({fits})"


def _leaves_most(condition: Condition) -> bool:
    """True when most addresses meet it and most rows are theirs: what excludes some, and the Internet as source, which
    scanners send from. Looking among the few others costs a quarter. Destinations outside are as many addresses, of
    few rows."""
    is_internet = condition.column.key == "source" and any(
        value.lower() == INTERNET.lower() for value in condition.values
    )
    return condition.excludes != is_internet


def of_few_rows(flow_filter: FlowFilter) -> FlowFilter:
    """The conditions alone that are likely to leave few rows: ports, and ends in subnets, addresses and small blocks.
    A large block holds many addresses, and a look for each costs more."""
    few = (
        each
        for each in flow_filter.conditions
        if each.operator == "is"
        and (each.column.key == _PORT or (each.column.key in _OF_ENDS and all(map(_is_small, each.values))))
    )
    return FlowFilter(conditions=tuple(few), either_way=flow_filter.either_way)


def fewest_sql(few: FlowFilter, parameters: Parameters) -> str:
    """SQL: how many of all rows meet that of these conditions which fewest meet, by the tally."""
    counts = []
    for condition in few.conditions:
        ways = {condition: None, (condition.opposite() if few.either_way else condition): None}
        counts.append(" + ".join(_tallied(each, parameters) for each in ways))
    return f"least({', '.join(counts)})"


def _tallied(condition: Condition, parameters: Parameters) -> str:
    (fits,) = _all_of([condition], parameters, partial(_selected, None))
    part = condition.column.end.side if condition.column.end else condition.column.sql.plain_column
    return tally.entries_of(part, fits)


_PORT = "port"
_OF_ENDS = frozenset({"source", "destination", "src_ip", "dst_ip"})
_MOST_ADDRESSES = {4: 1 << 8, 6: 1 << 64}


def _is_small(value: str) -> bool:
    if value.lower() == INTERNET.lower():
        return False
    try:
        block = parse_prefix(value)
    except BadFilter:  # a label
        return True
    return block.size <= _MOST_ADDRESSES[4 if block.is_v4 else 6]


def _written(value: Argument, row: str, parameters: Parameters) -> str:
    match value:
        case str() | int():
            return parameters.add(value)
        case datetime():
            return parameters.add(naive(value))
        case NsgValues():
            return _written(value.values, row, parameters)
        case _:
            prefixes = [item for item in value if isinstance(item, Prefix)]
            listed = [parameters.add(item) for item in value if not isinstance(item, Prefix)]
            return _inside_any(prefixes, row, parameters) if prefixes else f"({', '.join(listed)})"


def _inside_any(prefixes: Sequence[Prefix], row: str, parameters: Parameters) -> str:
    """Prefixes as comparisons of packed bytes, and single addresses as one list: each address looks once into it."""
    single = [parameters.add(prefix.first) for prefix in prefixes if prefix.first == prefix.last]
    tests = [f"{row}.packed IN ({', '.join(single)})"] if single else []
    tests += [_inside(prefix, row, parameters) for prefix in prefixes if prefix.first != prefix.last]
    return " OR ".join(tests)


def _inside(prefix: Prefix, row: str, parameters: Parameters) -> str:
    """A prefix as a comparison of packed bytes, within its family."""
    packed = f"{row}.packed"
    inside = f"{packed} BETWEEN {parameters.add(prefix.first)} AND {parameters.add(prefix.last)}"
    if prefix.is_v4 or prefix.last < _V4_SPACE.first or prefix.first > _V4_SPACE.last:
        return inside
    mapped = f"{packed} BETWEEN {parameters.add(_V4_SPACE.first)} AND {parameters.add(_V4_SPACE.last)}"
    return f"({inside} AND NOT {mapped})"
