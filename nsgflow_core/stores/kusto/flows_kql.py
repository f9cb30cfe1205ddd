"""A question as KQL: the same meaning as the local store's SQL (design section 3), run by the workspace.

The text is a chain of `where`, `extend`, `summarize` and `project` over rows in canonical columns, and runs unchanged
in the Azure portal. Distinct values are counted with `make_set`, which is exact up to 1,048,576 of them, because
`dcount` is an estimate; `make_set` of an array adds the array's elements.
Source: Microsoft Learn, "make_set() (aggregation function)", "dcount() (aggregation function)".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nsgflow_core.ask.columns import COLUMN_NAMES
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES, MeasureKind, dimension
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.vnets import SubnetMap
from nsgflow_core.stores.kusto.addresses_kql import address_steps, label_expression
from nsgflow_core.stores.kusto.filters_kql import (
    KEY_EXPRESSIONS,
    UNSUPPORTED,
    NsgNames,
    conditions,
    labels_needed,
    refuse_unsupported,
    window_conditions,
)
from nsgflow_core.stores.kusto.tables import TABLES, Columns, canonical_rows

SET_LIMIT = 1_048_576
"""The most elements that `make_set` keeps (Microsoft Learn, "make_set()")."""

_NO_TABLES = (
    "The workspace holds no flows: neither NTANetAnalytics nor AzureNetworkAnalytics_CL exists.",
    "Turn on VNet flow logs with Traffic Analytics for this workspace (Network Watcher, Flow logs); the first rows "
    "come one to two hours later. New NSG flow logs can no longer be made.",
)
_ATOM = ("src_ip", "dst_ip", "protocol", "port", "decision")
_VIEWPOINT = ("log_kind", "direction")
_LABELS: dict[str, tuple[str, str]] = {"source": ("src_ip", "src_subnet"), "destination": ("dst_ip", "dst_subnet")}
_VOLUMES: dict[str, str] = {
    "packets": "src_to_dst_packets + dst_to_src_packets",
    "bytes": "src_to_dst_bytes + dst_to_src_bytes",
    "src_to_dst_packets": "src_to_dst_packets",
    "src_to_dst_bytes": "src_to_dst_bytes",
    "dst_to_src_packets": "dst_to_src_packets",
    "dst_to_src_bytes": "dst_to_src_bytes",
}
_DISTINCT: dict[str, str] = {"sources": "src_ip", "destinations": "dst_ip", "ports": "port", "days": "seen_days"}

_ROW_EXTRAS = ("first_seen", "last_seen", "flows")
ROW_COLUMNS: tuple[str, ...] = (*(name for name in COLUMN_NAMES if name not in UNSUPPORTED), *_ROW_EXTRAS)
"""The columns of single rows here: the canonical ones that Traffic Analytics has, and what it adds up."""


@dataclass(frozen=True)
class KqlWriter:
    """Writes queries for one workspace: the columns its tables have, the user's subnet map and NSG names."""

    columns: Columns
    subnets: SubnetMap = field(default_factory=SubnetMap)
    nsg_names: NsgNames = field(default_factory=lambda: NsgNames({}))

    def flow_query(self, query: FlowQuery) -> str:
        """KQL for a question. Raises UnsupportedDimension, and StoreMissing when the workspace has no table."""
        refuse_unsupported(set(query.by))
        keys = tuple(key for key in dict.fromkeys((*_ATOM, *query.by)) if key not in _LABELS)
        labels = [key for key in query.by if key in _LABELS]
        subnets = [] if self.subnets.subnets else [_LABELS[key][1] for key in labels]
        steps = [
            *self._filtered(query.filter),
            *_count_once(query.measures, keys, subnets),
            *(step for key in labels for step in self._label(key)),
            _totals(query),
            "project " + ", ".join(query.columns),
            *_cut(query),
        ]
        return "\n| ".join(steps)

    def rows_query(self, query: RowsQuery) -> str:
        """KQL for single rows as Traffic Analytics holds them (one for each public address of a packed row)."""
        refuse_unsupported({query.order})
        shown = ["['time'] = interval" if name == "time" else name for name in ROW_COLUMNS[:-1]]
        order = f"['{query.order}'] {'desc' if query.descending else 'asc'}"
        ties = [f"['{name}'] asc" for name in ("time", "src_ip", "dst_ip", "dst_port") if name != query.order]
        steps = [*self._filtered(query.filter), "project " + ", ".join([*shown, f"flows = {_FLOWS}"])]
        steps.append("sort by " + ", ".join([order, *ties]))
        if query.limit is not None:
            steps.append(f"take {query.offset + query.limit}")
        return "\n| ".join(steps)

    def values_query(self, name: str, limit: int) -> str:
        """KQL for the values that a dimension takes, sorted."""
        row = dimension(name)
        refuse_unsupported({row.key})
        steps = self._filtered(FlowFilter(), labels=[row.key] if row.key in _LABELS else [])
        expression = row.key if row.key in _LABELS else KEY_EXPRESSIONS[row.key]
        steps += [f"project value = {expression}", "distinct value", "sort by value asc", f"take {limit}"]
        return "\n| ".join(steps)

    def extent_query(self) -> str:
        """KQL for the first and last flow and the number of rows."""
        summary = "summarize first_time = min(first_seen), last_time = max(last_seen), tuples = count()"
        return "\n| ".join([*self._filtered(FlowFilter()), summary])

    def _filtered(self, flow_filter: FlowFilter, labels: Iterable[str] = ()) -> list[str]:
        """The rows of the tables that exist, in canonical columns, that meet the filter."""
        tests = conditions(flow_filter, self.nsg_names)
        needed = sorted({*labels, *labels_needed(flow_filter)})
        steps = [step for key in needed for step in self._label(key)]
        tested = " ".join(tests)
        for column in ("src_ip", "dst_ip"):
            is_made = any(_LABELS[key][0] == column for key in needed)
            if not is_made and (f"{column}_number" in tested or f"{column}_hex" in tested):
                steps += address_steps(column)
        return [self._rows(flow_filter), *steps, *(f"where {test}" for test in tests)]

    def _rows(self, flow_filter: FlowFilter) -> str:
        held = [table for table in TABLES if table.name in self.columns]
        if not held:
            raise StoreMissing(*_NO_TABLES)
        texts = [
            canonical_rows(table, self.columns[table.name], window_conditions(flow_filter, table.interval))
            for table in held
        ]
        if len(texts) == 1:
            return texts[0]
        # The two tables differ in the case of names; where both count, the same NSG or rule must be one name.
        return "union (" + "),\n(".join(texts) + ")\n| extend nsg = tolower(nsg), rule = tolower(rule)"

    def _label(self, key: str) -> list[str]:
        address, own_subnet = _LABELS[key]
        own = "" if self.subnets.subnets else own_subnet
        return [*address_steps(address), f"extend {key} = {label_expression(address, self.subnets, own)}"]


_FLOWS = 'iff(decision == "Denied", started, max_of(started, ended, long(1)))'


def _count_once(measures: Sequence[str], keys: Sequence[str], subnets: Sequence[str]) -> list[str]:
    """Steps that leave one row for each pair, protocol, port, decision and key, with no flow counted twice.

    Flows are counted at each viewpoint (kind of log, direction, NSG, rule), added up over NSGs and rules, and the
    largest kind of log and direction is taken: a connection inside the estate is logged at both of its ends.
    """
    viewpoint = tuple(dict.fromkeys((*keys, *_VIEWPOINT)))
    volumes = [key for key in measures if MEASURES[key].kind is MeasureKind.VOLUME]
    carried = _carried(measures, subnets)
    first = [f"{key} = sum({_VOLUMES[key]})" for key in volumes if key != "flows"]
    counts = ["started = sum(started)", "ended = sum(ended)"] if "flows" in volumes else []
    at_viewpoint = tuple(dict.fromkeys((*viewpoint, "nsg", "rule")))
    steps = [_summarize(counts + first + [f"{name} = {start}" for name, start, _ in carried], at_viewpoint, named=True)]
    if "flows" in volumes:
        steps.append(f"extend flows = {_FLOWS}")
    again = [f"{name} = {again}" for name, _, again in carried]
    steps.append(_summarize([f"{key} = sum({key})" for key in volumes] + again, viewpoint))
    if viewpoint != tuple(keys):
        steps.append(_summarize([f"{key} = max({key})" for key in volumes] + again, keys))
    return steps


def _carried(measures: Sequence[str], subnets: Sequence[str]) -> list[tuple[str, str, str]]:
    """What is kept over all rows of a group: (name, aggregate of rows, aggregate of aggregates)."""
    carried = [(name, f"max({name})", f"max({name})") for name in subnets]
    for key in measures:
        match key:
            case "tuples":
                carried.append((key, "count()", f"sum({key})"))
            case "first_seen":
                carried.append((key, f"min({key})", f"min({key})"))
            case "last_seen":
                carried.append((key, f"max({key})", f"max({key})"))
            case "directions":
                carried.append((key, "make_set(direction)", "make_set(directions)"))
            case "rules":
                carried.append((key, 'make_set(strcat(nsg, "/", rule))', "make_set(rules)"))
            case "days":
                carried.append(
                    ("seen_days", 'make_set(format_datetime(interval, "yyyy-MM-dd"))', "make_set(seen_days)")
                )
    return carried


def _totals(query: FlowQuery) -> str:
    """The last summarize: from single pairs to the groups of the question."""
    totals = []
    for key in query.measures:
        match MEASURES[key].kind:
            case MeasureKind.VOLUME | MeasureKind.COUNT:
                totals.append(f"{key} = sum({key})")
            case MeasureKind.DISTINCT:
                totals.append(f"{key} = array_length(make_set({_DISTINCT[key]}))")
            case MeasureKind.FIRST:
                totals.append(f"{key} = min({key})")
            case MeasureKind.LAST:
                totals.append(f"{key} = max({key})")
            case MeasureKind.WORDS:
                totals.append(f"{key} = make_set({key})")
    return _summarize(totals, query.by)


def _summarize(aggregates: Sequence[str], by: Sequence[str], *, named: bool = False) -> str:
    """`summarize ... by ...`; with `named` the keys are computed from the canonical columns."""
    if not aggregates:
        return "distinct " + ", ".join(by) if not named else f"project {_keys(by)}\n| distinct {', '.join(by)}"
    shown = _keys(by) if named else ", ".join(by)
    return f"summarize {', '.join(aggregates)}" + (f"\n    by {shown}" if by else "")


def _keys(by: Sequence[str]) -> str:
    return ", ".join(key if KEY_EXPRESSIONS[key] == key else f"{key} = {KEY_EXPRESSIONS[key]}" for key in by)


def _cut(query: FlowQuery) -> list[str]:
    """Sort and cut in the workspace, where the question has a limit; ties go by the dimensions."""
    if query.limit is None:
        return []
    ties = [key for key in query.by if key != query.order]
    order = [f"{_sortable(query.order)} {'asc' if query.order in query.by else 'desc'}"] if query.order else []
    sorting = [*order, *(f"{key} asc" for key in ties)]
    return [*(["sort by " + ", ".join(sorting)] if sorting else []), f"take {query.limit}"]


def _sortable(key: str) -> str:
    """A list of words is sorted by its text, since Kusto does not sort by `dynamic`."""
    is_words = key in MEASURES and MEASURES[key].kind is MeasureKind.WORDS
    return f"tostring(array_sort_asc({key}))" if is_words else key
