"""What part of the traffic a question is about: a window, and conditions on dimensions.

One `FlowFilter` serves the filter bar, the URL, the command line and both engines. Its text form is the same
everywhere: values separated by commas, each with its operator's mark in front (`operators.py`): `!` excludes it,
`~` looks for a part; `80-90` is a port range; what holds a comma stands in quotation marks (`quoting.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS, DIMENSIONS, dimension
from nsgflow_core.ask.fragments import Test
from nsgflow_core.ask.kinds import ENDPOINT
from nsgflow_core.ask.operators import (
    OPERATORS,
    operator_row,
    parse_value,
    read_value,
    split_values,
    tests_of,
    write_value,
)
from nsgflow_core.ask.text.times import format_time, moment_words, parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.prefixes import PROBE_SOURCES, is_prefix

_MOST_TOLD = 6
"""Values of a condition that a sentence names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`dimension operator values`: a flow meets it when any value fits, or none does where the operator excludes.

    Values are canonical text (see `parse_value`), so equal conditions are equal keys.
    """

    dimension: str
    operator: str
    values: tuple[str, ...]
    is_fixed: bool = False
    """Of the flow's own end: not exchanged where a filter holds either way. Questions add such conditions; no text form
    has them."""

    @property
    def is_exchanged(self) -> bool:
        """True when it asks for an end, and may also hold at the other one where a filter holds either way."""
        return self.column.end is not None and not self.is_fixed

    @property
    def column(self) -> Column:
        """The row of its dimension."""
        return DIMENSIONS[self.dimension]

    @property
    def excludes(self) -> bool:
        """True when a flow that fits is dropped."""
        return OPERATORS[self.operator].excludes

    def tests(self) -> tuple[Test, ...]:
        """The tests of which one must hold, or none where the operator excludes."""
        return tests_of(self.column, self.operator, self.values)

    def describe(self) -> str:
        """Like "port is 443 or 8000-8100"; of many values the first few, and how many more there are."""
        if self == NO_PROBE:
            return "load balancer probes left out"
        return f"{self.column.spoken} {self._asked()}"

    def describe_either_way(self) -> str:
        """Like "source or destination is web": the same at either end of the flow."""
        return f"{self.column.spoken} or {self.opposite().column.spoken} {self._asked()}"

    def _asked(self) -> str:
        told = [self.column.kind.describe(value) for value in self.values[:_MOST_TOLD]]
        more = len(self.values) - len(told)
        joined = " or ".join([*told, *([f"one of {more:,} more"] if more else [])])
        return f"{OPERATORS[self.operator].words} {joined}"

    def opposite(self) -> Condition:
        """The same condition on the other end of the flow; itself where it is on neither, or fixed."""
        end = self.column.end
        return replace(self, dimension=end.opposite) if end and self.is_exchanged else self


NO_PROBE = Condition("src_ip", "is_not", PROBE_SOURCES, is_fixed=True)
"""The flow is no health probe of a load balancer, told by its own source."""


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
        row, key = dimension(name), operator_row(operator).key
        parsed = tuple(dict.fromkeys(parse_value(row, value, key) for value in values))
        if not parsed:
            return self
        return self.meeting(Condition(row.key, key, parsed))

    def meeting(self, condition: Condition) -> FlowFilter:
        """This filter and that condition, in place of one with the same dimension and operator."""
        kept = tuple(c for c in self.conditions if _condition_order(c) != _condition_order(condition))
        return replace(self, conditions=tuple(sorted((*kept, condition), key=_condition_order)))

    def limited_to(self, name: str, value: str) -> FlowFilter:
        """The part of this filter's traffic that has this one value; nothing when the filter asks for others alone."""
        asked, made = self.values_of(name), self.where(name, value)
        is_asked = not asked or made.values_of(name)[0] in asked
        return made if is_asked else made.where(name, value, operator="is_not")

    def of_row(self, values: Mapping[str, str], *, replaces: bool = True) -> FlowFilter:
        """The part of this filter's traffic in one row of an answer to it: the values of its columns.

        An address met what is asked of its end, so it takes the place of that; a label adds to it. Empty values are
        no condition. With `either_way` a row may have met this filter turned round: then it is of `swapped`, and
        nothing is found without `replaces`, where an address adds as well.
        """
        made, keys = self, [dimension(name).key for name in values]
        for key, value in zip(keys, values.values(), strict=True):
            end = _END_OF.get(key)
            if value and not (end and key == end.label and end.address in keys):
                made = made._at_end(end, key, value, replaces) if end else made.where(key, value)
        return made

    def _at_end(self, end: _End, key: str, value: str, replaces: bool) -> FlowFilter:
        if replaces and key == end.address:
            return self.without(end.label, end.address).where(end.label, value)
        free = (each for each in (end.label, end.address) if self.values_of(each) in ((), (value,)))
        return self.where(next(free, end.label), value)

    def without(self, *names: str) -> FlowFilter:
        """This filter with no condition on those dimensions."""
        keys = {dimension(name).key for name in names}
        return replace(self, conditions=tuple(c for c in self.conditions if c.dimension not in keys))

    def within(self, since: datetime | None, until: datetime | None) -> FlowFilter:
        """This filter with another window."""
        if since and until and since >= until:
            raise BadFilter("The window ends before it starts.", "Choose an end later than the start.")
        return replace(self, since=since, until=until)

    @property
    def ends_named(self) -> tuple[str, ...]:
        """What names an end otherwise than by address or prefix: a label, or what a person writes in its place."""
        return tuple(
            value for each in self.conditions if _names_ends(each) for value in each.values if not is_prefix(value)
        )

    def with_ends(self, label_of: Callable[[str], str]) -> FlowFilter:
        """The same with the label that this tells of each of `ends_named`."""
        made = self
        for each in filter(_names_ends, self.conditions):
            values = (value if is_prefix(value) else label_of(value) for value in each.values)
            made = made.meeting(replace(each, values=tuple(dict.fromkeys(values))))
        return made

    def swapped(self) -> FlowFilter:
        """Source and destination exchanged."""
        return replace(self, conditions=tuple(sorted((c.opposite() for c in self.conditions), key=_condition_order)))

    def values_of(self, name: str, operator: str = "is") -> tuple[str, ...]:
        """The values asked for on a dimension, empty when none."""
        asked = (dimension(name).key, operator, False)
        return next((c.values for c in self.conditions if (c.dimension, c.operator, c.is_fixed) == asked), ())

    def describe(self, zone: tzinfo = UTC) -> str:
        """One sentence for people: what is shown, its window in that zone."""
        asked = [condition for condition in self.conditions if not condition.is_fixed]
        ends = [condition for condition in asked if condition.is_exchanged]
        parts = [condition.describe() for condition in asked]
        if self.either_way and len(ends) == 1:
            parts[asked.index(ends[0])] = ends[0].describe_either_way()
        elif self.either_way and ends:
            parts.append("either way round")
        shown = "All flows" if not parts else "Flows where " + ", and ".join(parts)
        added = "".join(f", {condition.describe()}" for condition in self.conditions if condition.is_fixed)
        return f"{shown}{added}, {_describe_window(self.since, self.until, zone)}."

    def to_params(self) -> dict[str, str]:
        """The filter as URL parameters; `from_params` reads them back to an equal filter, but for what is fixed."""
        params = {}
        if self.since:
            params["since"] = format_time(self.since)
        if self.until:
            params["until"] = format_time(self.until)
        for key in DIMENSIONS:
            kept = [write_value(row, value) for row in OPERATORS for value in self.values_of(key, row)]
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
            for key, values in _by_operator(text).items():
                made = made.where(name, *values, operator=key)
        return made


@dataclass(frozen=True, slots=True)
class _End:
    """The two dimensions that ask for one end of a flow: by what it is called, and by its address."""

    label: str
    address: str


_ENDS = (_End("source", "src_ip"), _End("destination", "dst_ip"))
_END_OF = {name: end for end in _ENDS for name in (end.label, end.address)}
_RESERVED = frozenset({"since", "until", "either_way"})


def _names_ends(condition: Condition) -> bool:
    return condition.column.kind is ENDPOINT and not OPERATORS[condition.operator].reads_text


def _by_operator(text: str) -> dict[str, list[str]]:
    """Operator -> its values in a text like `web,!db,~ssh`."""
    found: dict[str, list[str]] = {}
    for value in split_values(text):
        row, bare = read_value(value)
        found.setdefault(row.key, []).append(bare)
    return found


def _is_dimension(name: str) -> bool:
    try:
        dimension(name)
    except BadFilter:
        return False
    return True


def _condition_order(condition: Condition) -> tuple[int, str, bool]:
    return list(COLUMNS).index(condition.dimension), condition.operator, condition.is_fixed


def _describe_window(since: datetime | None, until: datetime | None, zone: tzinfo) -> str:
    def words(moment: datetime) -> str:
        return moment_words(moment, zone)

    if since and until:
        return f"from {words(since)} to {words(until)}"
    if since:
        return f"since {words(since)}"
    if until:
        return f"until {words(until)}"
    return "over all time"
