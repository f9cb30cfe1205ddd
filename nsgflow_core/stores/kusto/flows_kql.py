"""A question as KQL: the same meaning as the local store's SQL (design section 3), run by the workspace.

The text is a chain of `where`, `extend`, `summarize` and `project` over rows in canonical columns, and runs unchanged
in the Azure portal. Distinct values are counted with `make_set`, which is exact up to 1,048,576 of them, because
`dcount` is an estimate; `make_set` of an array adds the array's elements.
Source: Microsoft Learn, "make_set() (aggregation function)", "dcount() (aggregation function)".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS, DIMENSIONS, dimension, single_columns
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import FLOWS_KQL, MEASURES, MeasureKind
from nsgflow_core.ask.parts import Held, KqlOf, KustoRows
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.ask.text.times import floor
from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.kusto.addresses_kql import address_steps, label_expression
from nsgflow_core.stores.kusto.filters_kql import (
    conditions,
    labels_needed,
    made_of,
    refuse_untold,
    window_conditions,
)
from nsgflow_core.stores.kusto.literal import kql_literal
from nsgflow_core.stores.kusto.nsgs_kql import SPELLED, WorkspaceNsgs
from nsgflow_core.stores.kusto.tables import FLOWS, FLOWS_HOURLY, TABLES, KustoTable, TableColumns, canonical_rows

SET_LIMIT = 1_048_576
"""The most elements that `make_set` keeps (Microsoft Learn, "make_set()")."""

NO_TABLES = (
    "The workspace holds no flows: neither NTANetAnalytics nor AzureNetworkAnalytics_CL exists.",
    "Turn on VNet flow logs with Traffic Analytics for this workspace (Network Watcher, Flow logs); the first rows "
    "come one to two hours later. New NSG flow logs can no longer be made.",
)
_ATOM = ("src_ip", "dst_ip", "protocol", "port", "decision")
_VIEWPOINT = ("log_kind", "direction")
_LABELS: dict[str, tuple[str, str]] = {"source": ("src_ip", "src_subnet"), "destination": ("dst_ip", "dst_subnet")}
_HOUR = timedelta(hours=1)

ROW_EXTRAS = ("first_seen", "last_seen", "flows")
"""What Traffic Analytics adds up in a row: after the canonical columns that it has."""


def row_columns(rows: KustoRows) -> dict[str, Column]:
    """The canonical columns of single rows that these rows have."""
    return {name: column for name, column in single_columns().items() if column.is_known_to(rows)}


@dataclass(frozen=True)
class KqlWriter:
    """Writes queries for one workspace: the columns its tables have, the subnet map, how its NSGs are shown."""

    columns: TableColumns
    subnets: SubnetMap = field(default_factory=SubnetMap)
    nsgs: WorkspaceNsgs = field(default_factory=WorkspaceNsgs)
    no_tables: tuple[str, str] = NO_TABLES
    """What is wrong where there is none, and what to do."""

    @property
    def tables(self) -> tuple[KustoTable, ...]:
        """Those that are asked. Single tuples tell all that Traffic Analytics adds up, so never both."""
        return (FLOWS,) if FLOWS.name in self.columns else tuple(each for each in TABLES if each.name in self.columns)

    @property
    def told(self) -> KustoRows:
        """What their rows are."""
        return KustoRows.TUPLES if FLOWS in self.tables else KustoRows.ADDED_UP

    def flow_query(self, query: FlowQuery) -> str:
        """KQL for a question. Raises UnsupportedDimension, and StoreMissing when the workspace has no table."""
        refuse_untold(query.by, self.told)
        told = {key: made_of(COLUMNS[key], self.told) for key in query.by if _is_of_addresses(key)}
        keys = tuple(key for key in dict.fromkeys((*_ATOM, *query.by)) if key not in _LABELS and key not in told)
        labels = [key for key in query.by if key in _LABELS]
        subnets = [_LABELS[key][1] for key in labels]
        steps = [
            *self._filtered(query.filter, by=query.by),
            *_count_once(query.measures, keys, self.told, {name: name for name in subnets} | told),
            *(step for key in labels for step in self._label(key)),
            _totals(query),
            "project " + ", ".join(query.columns),
            *_cut(query),
        ]
        return "\n| ".join(steps)

    def rows_query(self, query: RowsQuery) -> str:
        """KQL for single rows as Traffic Analytics holds them (one for each public address of a packed row)."""
        columns = row_columns(self.told) | {key: DIMENSIONS[key] for key in query.also}
        made = {name: made_of(column, self.told) for name, column in columns.items()}
        made_of(single_columns()[query.order], self.told)
        shown = [name if text == name else f"['{name}'] = {text}" for name, text in made.items()]
        if self.told is KustoRows.ADDED_UP:
            shown += [*ROW_EXTRAS[:-1], f"flows = {FLOWS_KQL}"]
        order = f"['{query.order}'] {'desc' if query.descending else 'asc'}"
        ties = [f"['{name}'] asc" for name in ("time", "src_ip", "dst_ip", "dst_port") if name != query.order]
        steps = [*self._filtered(query.filter), "project " + ", ".join(shown)]
        steps.append("sort by " + ", ".join([order, *ties]))
        if query.limit is not None:
            steps.append(f"take {query.offset + query.limit}")
        return "\n| ".join(steps)

    def values_query(self, name: str, limit: int) -> str:
        """KQL for the values that a dimension takes: those of most rows first, or in the order that they have."""
        column = dimension(name)
        steps = self._filtered(FlowFilter(), labels=[column.key] if column.key in _LABELS else [], by=[column.key])
        busiest = [] if column.kind.is_ordered else ["held desc"]
        order = ", ".join([*busiest, f"{sortable(column.key, 'value')} asc"])
        steps += [
            f"project value = {made_of(column, self.told)}, entries",
            "summarize held = sum(entries) by value",
            f"sort by {order}",
        ]
        steps += [f"take {limit}", "project value"]
        return "\n| ".join(steps)

    def nsgs_query(self) -> str:
        """KQL for the spellings of NSGs, and of what else `spelled` has."""
        return "\n| ".join([self._rows(FlowFilter(), ()), f"distinct {', '.join(('nsg_id', *self.spelled))}"])

    @property
    def spelled(self) -> tuple[str, ...]:
        """What single tuples can say in several spellings: Traffic Analytics writes rules and resources in one."""
        return SPELLED if self.told is KustoRows.TUPLES else ()

    def extent_query(self) -> str:
        """KQL for the first and last flow and the number of rows."""
        summary = "summarize first_time = min(first_seen), last_time = max(last_seen), tuples = sum(entries)"
        return "\n| ".join([*self._filtered(FlowFilter(), by=()), summary])

    def _filtered(
        self, flow_filter: FlowFilter, labels: Iterable[str] = (), by: Sequence[str] | None = None
    ) -> list[str]:
        """The rows of the tables that exist, in canonical columns, that meet the filter.

        `by`: what a question groups by; None where single rows are asked for.
        """
        tests = conditions(flow_filter, self.nsgs, self.told)
        needed = sorted({*labels, *labels_needed(flow_filter)})
        steps = [step for key in needed for step in self._label(key)]
        tested = " ".join(tests)
        for column in ("src_ip", "dst_ip"):
            is_made = any(_LABELS[key][0] == column for key in needed)
            if not is_made and (f"{column}_number" in tested or f"{column}_hex" in tested):
                steps += address_steps(column)
        return [self._rows(flow_filter, by), *self.nsgs.steps(), *steps, *(f"where {test}" for test in tests)]

    def _rows(self, flow_filter: FlowFilter, by: Sequence[str] | None = None) -> str:
        told = self._is_told_by_hours(flow_filter, by)
        parts = _hours_and_edges(flow_filter) if told else [(table, flow_filter) for table in self.tables]
        if not parts:
            raise StoreMissing(*self.no_tables)
        texts = [
            canonical_rows(table, self.columns[table.name], window_conditions(part, table.interval, table.ingested))
            for table, part in parts
        ]
        if len(texts) == 1:
            return texts[0]
        # Tables of Traffic Analytics differ in the case of names; where both count, the same rule must be one name.
        return "union (" + "),\n(".join(texts) + ")" + ("" if told else "\n| extend rule = tolower(rule)")

    def _is_told_by_hours(self, flow_filter: FlowFilter, by: Sequence[str] | None) -> bool:
        """True where flows added up by the hour are there and tell all that is asked."""
        if by is None or FLOWS not in self.tables or FLOWS_HOURLY.name not in self.columns:
            return False
        return not any(map(_needs_tuples, {*by, *(condition.dimension for condition in flow_filter.conditions)}))

    def _label(self, key: str) -> list[str]:
        address, own_subnet = _LABELS[key]
        return [*address_steps(address), f"extend {key} = {label_expression(address, self.subnets, own_subnet)}"]


def _hours_and_edges(flow_filter: FlowFilter) -> list[tuple[KustoTable, FlowFilter]]:
    """What of a window is asked where: whole hours of what is added up, what lies around them of tuples."""
    since, until = flow_filter.since, flow_filter.until
    first = floor(since + _HOUR - timedelta(microseconds=1), _HOUR) if since else None
    last = floor(until, _HOUR) if until else None
    if first and last and first >= last:
        return [(FLOWS, flow_filter)]
    parts = [(FLOWS_HOURLY, flow_filter.within(first, last))]
    parts += [(FLOWS, flow_filter.within(since, first))] if since != first else []
    parts += [(FLOWS, flow_filter.within(last, until))] if last != until else []
    return parts


def _needs_tuples(key: str) -> bool:
    """True for what adding up by the hour loses."""
    made = COLUMNS[key].kql
    return isinstance(made, KqlOf) and made.rows is KustoRows.TUPLES


def _is_of_addresses(key: str) -> bool:
    """True for what one end's row may tell and the other's not, though it is of an address: a name, a country."""
    return COLUMNS[key].sql.table in (Held.PLACES, Held.OUTSIDE) and key not in (*_LABELS, *_ATOM)


def _count_once(measures: Sequence[str], keys: Sequence[str], rows: KustoRows, told: Mapping[str, str]) -> list[str]:
    """Steps that leave one row for each pair, protocol, port, decision and key, with no flow counted twice.

    Flows are counted at each viewpoint (kind of log, direction, NSG, rule), added up over NSGs and rules, and the
    largest kind of log and direction is taken: a connection inside the estate is logged at both of its ends.
    `told`, columns of addresses and how they are made, is of whichever row tells it.
    """
    viewpoint = tuple(dict.fromkeys((*keys, *_VIEWPOINT)))
    volumes = [key for key in measures if MEASURES[key].kind is MeasureKind.VOLUME]
    others = [key for key in measures if key not in volumes]
    first = {name: made for key in (*volumes, *others) for name, made in MEASURES[key].kql.rows.items()}
    again = {name: made for key in others for name, made in MEASURES[key].kql.again.items()}
    again |= {name: f"max({name})" for name in told}
    at_viewpoint = tuple(dict.fromkeys((*viewpoint, "nsg", "rule")))
    steps = [_summarize(first | {name: f"max({made})" for name, made in told.items()}, at_viewpoint, rows)]
    steps += [f"extend {key} = {MEASURES[key].kql.made}" for key in volumes if MEASURES[key].kql.made]
    steps.append(_summarize({key: f"sum({key})" for key in volumes} | again, viewpoint))
    if viewpoint != tuple(keys):
        steps.append(_summarize({key: f"max({key})" for key in volumes} | again, keys))
    return steps


def _totals(query: FlowQuery) -> str:
    """The last summarize: from single pairs to the groups of the question."""
    return _summarize({key: MEASURES[key].kql.total for key in query.measures}, query.by)


def _summarize(aggregates: Mapping[str, str], by: Sequence[str], rows: KustoRows | None = None) -> str:
    """`summarize ... by ...`; with `rows` the keys are computed from the canonical columns."""
    if not aggregates:
        return f"project {_keys(by, rows)}\n| distinct {', '.join(by)}" if rows else "distinct " + ", ".join(by)
    shown = _keys(by, rows) if rows else ", ".join(by)
    listed = ", ".join(f"{name} = {made}" for name, made in aggregates.items())
    return f"summarize {listed}" + (f"\n    by {shown}" if by else "")


def _keys(by: Sequence[str], rows: KustoRows) -> str:
    made = {key: made_of(COLUMNS[key], rows) for key in by}
    return ", ".join(key if text == key else f"{key} = {text}" for key, text in made.items())


def _cut(query: FlowQuery) -> list[str]:
    """Sort and cut in the workspace, where the question has a limit; ties go by the dimensions."""
    if query.limit is None:
        return []
    ties = [key for key in query.by if key != query.order]
    order = (
        [f"{sortable(query.order, query.order)} {'asc' if query.order in query.by else 'desc'}"] if query.order else []
    )
    sorting = [*order, *(f"{sortable(key, key)} asc" for key in ties)]
    return [*(["sort by " + ", ".join(sorting)] if sorting else []), f"take {query.limit}"]


def sortable(key: str, text: str) -> str:
    """What to sort `text` by, a column of this dimension or measure: a ranked word by its rank, a list of words by its
    text, since Kusto does not sort by `dynamic`."""
    if key in MEASURES and MEASURES[key].kind is MeasureKind.WORDS:
        return f"tostring(array_sort_asc({text}))"
    if key in DIMENSIONS and DIMENSIONS[key].kind.is_ranked:
        words = ", ".join(map(kql_literal, DIMENSIONS[key].kind.words))
        return f"array_index_of(dynamic([{words}]), {text})"
    return text
