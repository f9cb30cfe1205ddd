"""The measures, ONE row each: what is computed for a group of flows, in both engines and on screen.

A new measure is a row here, and nothing elsewhere. How double logging is resolved is the engines' part (design
section 3): a row says what is added up, never how often a flow is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nsgflow_core.ask.parts import Answered, CellFormat, Screen
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.several import Directions, NsgRules, Several
from nsgflow_core.words.visible import in_short


class MeasureKind(StrEnum):
    """How a measure combines, which decides how double logging is resolved."""

    VOLUME = "volume"  # summed within a viewpoint, the largest viewpoint taken, then added
    DISTINCT = "distinct"  # how many different values
    FIRST = "first"
    LAST = "last"
    WORDS = "words"  # the different values
    COUNT = "count"  # plain number of rows in the source


_ANSWERED: dict[MeasureKind, Answered] = {
    MeasureKind.VOLUME: "number",
    MeasureKind.DISTINCT: "number",
    MeasureKind.FIRST: "time",
    MeasureKind.LAST: "time",
    MeasureKind.WORDS: "values",
    MeasureKind.COUNT: "number",
}


@dataclass(frozen=True, slots=True)
class MeasureSql:
    """A measure in the local store; `f` is a flow row, then a row of the stage `seen`, and `c` a viewpoint's words."""

    keys: Mapping[str, str]
    """Columns that `seen` must tell its rows apart by: name -> from a flow row f."""
    sums: Mapping[str, str]
    """What `seen` adds up: name -> aggregate over flow rows f."""
    made: str
    """VOLUME: the amount of one row f of `seen` at the viewpoint c. WORDS: an aggregate over the viewpoints c of a
    group, a list. Others: an aggregate over the rows f of `seen`."""


@dataclass(frozen=True, slots=True)
class MeasureKql:
    """A measure in Kusto, summarized thrice: at each viewpoint, over viewpoints, into the groups of the question."""

    rows: Mapping[str, str]
    """First: name -> aggregate over rows in canonical columns."""
    made: str
    """VOLUME: the amount from these, at one viewpoint; "" where the measure is one of them."""
    again: Mapping[str, str]
    """Then, of what is no VOLUME: name -> aggregate of aggregates. (A VOLUME is summed, and the largest taken.)"""
    total: str
    """Last: its aggregate in the groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number, time or list computed for a group of flows."""

    key: str
    label: str
    help: str
    kind: MeasureKind
    unit: str
    """After the number; "" for what is no number."""
    values: type[Several[Any]] | None
    """WORDS: what holds them; None for a single number or time."""
    sql: MeasureSql
    kql: MeasureKql
    screen: Screen

    @property
    def answered(self) -> Answered:
        """What the cells of an answer hold."""
        return _ANSWERED[self.kind]


def _added(key: str, label: str, help: str, unit: str, counters: tuple[str, ...]) -> Measure:
    """The sum of one or both directions' counters."""
    added = " + ".join(f"coalesce({name}, long(0))" for name in counters) if len(counters) > 1 else counters[0]
    return Measure(
        key=key,
        label=label,
        help=help,
        kind=MeasureKind.VOLUME,
        unit=unit,
        values=None,
        sql=MeasureSql(
            {},
            {key: " + ".join(f"coalesce(sum(f.{name}), 0)::BIGINT" for name in counters)},
            f"f.{key}",
        ),
        kql=MeasureKql({key: f"sum({added})"}, "", {}, f"sum({key})"),
        screen=Screen(CellFormat.BYTES, 98) if unit == "bytes" else Screen(CellFormat.COUNT, 84),
    )


def _distinct(key: str, label: str, help: str, unit: str, sql: MeasureSql, kql: MeasureKql) -> Measure:
    return Measure(
        key=key,
        label=label,
        help=help,
        kind=MeasureKind.DISTINCT,
        unit=unit,
        values=None,
        sql=sql,
        kql=kql,
        screen=Screen(CellFormat.COUNT, 84),
    )


def _set(of: str) -> str:
    """How many different values there are, in KQL: `make_set` is exact, `dcount` an estimate."""
    return f"array_length(make_set({of}))"


_FLOWS_SQL = (
    "CASE WHEN c.decision = 'Denied' THEN f.tuples ELSE f.state_0 + "
    "CASE WHEN f.tuples > f.state_0 THEN greatest(f.state_1, f.state_3, 1) ELSE 0 END END"
)
_STATES = {f"state_{code}": f"count(*) FILTER (f.state = {code})" for code in (0, 1, 3)}
FLOWS_KQL = 'iff(decision == "Denied", started, max_of(started, ended, long(1)))'
_DAY = {"day_seen": "date_trunc('day', f.time)"}
_DAY_KQL = MeasureKql(
    {"seen_days": 'make_set(format_datetime(interval, "yyyy-MM-dd"))'},
    "",
    {"seen_days": "make_set(seen_days)"},
    _set("seen_days"),
)
_NSG_RULE = "{'nsg': c.nsg, 'rule': c.rule}"

# fmt: off
_ROWS = (
    Measure(key="flows", label="Flows", help="Connections, each counted once however often it is logged.",
            kind=MeasureKind.VOLUME, unit="flows", values=None,
            sql=MeasureSql({}, {"tuples": "count(*)", **_STATES}, _FLOWS_SQL),
            kql=MeasureKql({"started": "sum(started)", "ended": "sum(ended)"}, FLOWS_KQL, {}, "sum(flows)"),
            screen=Screen(CellFormat.COUNT, 84)),
    _added("packets", "Packets", "Both ways.", "packets", ("src_to_dst_packets", "dst_to_src_packets")),
    _added("bytes", "Bytes", "Both ways.", "bytes", ("src_to_dst_bytes", "dst_to_src_bytes")),
    _added("src_to_dst_packets", "Packets sent", "Source to destination.", "packets", ("src_to_dst_packets",)),
    _added("src_to_dst_bytes", "Bytes sent", "Source to destination.", "bytes", ("src_to_dst_bytes",)),
    _added("dst_to_src_packets", "Packets returned", "Destination to source.", "packets", ("dst_to_src_packets",)),
    _added("dst_to_src_bytes", "Bytes returned", "Destination to source.", "bytes", ("dst_to_src_bytes",)),
    Measure(key="tuples", label="Log entries", help="Rows of the source, as logged.",
            kind=MeasureKind.COUNT, unit="entries", values=None,
            sql=MeasureSql({}, {"tuples": "count(*)"}, "coalesce(sum(f.tuples), 0)::BIGINT"),
            kql=MeasureKql({"tuples": "sum(entries)"}, "", {"tuples": "sum(tuples)"}, "sum(tuples)"),
            screen=Screen(CellFormat.COUNT, 84)),
    _distinct("sources", "Sources", "How many different source addresses.", "addresses",
              MeasureSql({"src": "f.src"}, {}, "count(DISTINCT f.src)"), MeasureKql({}, "", {}, _set("src_ip"))),
    _distinct("destinations", "Destinations", "How many different destination addresses.", "addresses",
              MeasureSql({"dst": "f.dst"}, {}, "count(DISTINCT f.dst)"), MeasureKql({}, "", {}, _set("dst_ip"))),
    _distinct("ports", "Ports", "How many different destination ports.", "ports",
              MeasureSql({"dst_port": "f.dst_port"}, {}, "count(DISTINCT f.dst_port)"),
              MeasureKql({}, "", {}, _set("port"))),
    _distinct("days", "Days seen", "On how many different days, UTC.", "days",
              MeasureSql(_DAY, {}, "count(DISTINCT f.day_seen)"), _DAY_KQL),
    Measure(key="first_seen", label="First seen", help="The first flow.", kind=MeasureKind.FIRST, unit="", values=None,
            sql=MeasureSql({}, {"first_seen": "min(f.time)"}, "min(f.first_seen)"),
            kql=MeasureKql({"first_seen": "min(first_seen)"}, "", {"first_seen": "min(first_seen)"}, "min(first_seen)"),
            screen=Screen(CellFormat.SECOND, 152)),
    Measure(key="last_seen", label="Last seen", help="The last flow.", kind=MeasureKind.LAST, unit="", values=None,
            sql=MeasureSql({}, {"last_seen": "max(f.time)"}, "max(f.last_seen)"),
            kql=MeasureKql({"last_seen": "max(last_seen)"}, "", {"last_seen": "max(last_seen)"}, "max(last_seen)"),
            screen=Screen(CellFormat.SECOND, 152)),
    Measure(key="directions", label="Directions", help="The directions that it was logged in.",
            kind=MeasureKind.WORDS, unit="", values=Directions,
            sql=MeasureSql({}, {}, "list(DISTINCT c.direction ORDER BY c.direction)"),
            kql=MeasureKql({"directions": "make_set(direction)"}, "", {"directions": "make_set(directions)"},
                           "make_set(directions)"),
            screen=Screen(CellFormat.TEXT, None)),
    Measure(key="rules", label="Rules", help="The NSGs and rules that decided, as nsg/rule.",
            kind=MeasureKind.WORDS, unit="", values=NsgRules,
            sql=MeasureSql({}, {}, f"list(DISTINCT {_NSG_RULE} ORDER BY {_NSG_RULE})"),
            kql=MeasureKql({"rules": 'make_set(strcat(nsg, "/", rule))'}, "", {"rules": "make_set(rules)"},
                           "make_set(rules)"),
            screen=Screen(CellFormat.TEXT, "medium")),
)
# fmt: on

MEASURES: dict[str, Measure] = {measure.key: measure for measure in _ROWS}
"""Every measure by its key. Looked up at use, never copied."""


def measure(name: str) -> Measure:
    """The measure of that key. Raises BadFilter, naming the ones there are."""
    found = MEASURES.get(name.strip().lower().replace("-", "_"))
    if found is None:
        raise BadFilter(f"There is no measure '{in_short(name)}'.", f"Choose from: {', '.join(MEASURES)}.")
    return found
