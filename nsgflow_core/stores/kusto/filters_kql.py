"""A FlowFilter as KQL tests on the canonical columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS, DIMENSIONS
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.fragments import Argument, NsgValues, fill, placeholders
from nsgflow_core.ask.parts import Kql, KqlOf, KustoRows, Unknown
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.kusto.addresses_kql import address_condition, either
from nsgflow_core.stores.kusto.literal import kql_literal, kql_literals
from nsgflow_core.stores.kusto.nsgs_kql import WorkspaceNsgs
from nsgflow_core.words.prefixes import Prefix

INGESTION_LEAD = timedelta(hours=1)
INGESTION_DELAY = timedelta(hours=24)
"""`TimeGenerated` is the time of ingestion, up to two hours after the interval by the documents; a day is safe and
costs little, because the interval itself is tested too. The hour in front allows for clocks that differ."""


def made_of(column: Column, rows: KustoRows) -> str:
    """KQL that makes the column from the canonical ones. Raises UnsupportedDimension where these rows do not tell."""
    match column.kql:
        case Kql(made):
            return made
        case KqlOf(of, made, _) if of is rows:
            return made
        case KqlOf(_, _, reason) | Unknown(reason):
            place = "workspace" if rows is KustoRows.ADDED_UP else "database"
            raise UnsupportedDimension(
                f"The {place} does not know the {column.spoken} of a flow: {reason}.",
                "Leave it out, or import the flow-log blobs and ask the local store.",
            )


def unknown_dimensions(rows: KustoRows) -> frozenset[str]:
    """The dimensions that these rows cannot tell."""
    return frozenset(key for key, column in DIMENSIONS.items() if not column.is_known_to(rows))


def refuse_untold(names: Iterable[str], rows: KustoRows) -> None:
    """Raise UnsupportedDimension for a column that these rows cannot tell."""
    for name in sorted(names):
        made_of(COLUMNS[name], rows)


def window_conditions(flow_filter: FlowFilter, interval: str, ingested: str = "TimeGenerated") -> list[str]:
    """Tests on a table's own columns: the interval inside the window, and when it was ingested, padded around it."""
    tests = []
    if flow_filter.since and ingested:
        tests.append(f"{ingested} >= {kql_literal(flow_filter.since - INGESTION_LEAD)}")
    if flow_filter.until and ingested:
        tests.append(f"{ingested} < {kql_literal(flow_filter.until + INGESTION_DELAY)}")
    if flow_filter.since:
        tests.append(f"{interval} >= {kql_literal(flow_filter.since)}")
    if flow_filter.until:
        tests.append(f"{interval} < {kql_literal(flow_filter.until)}")
    return [" and ".join(tests)] if tests else []


def conditions(flow_filter: FlowFilter, nsgs: WorkspaceNsgs, rows: KustoRows) -> list[str]:
    """Tests on the canonical columns, all of which must hold. Raises UnsupportedDimension."""
    refuse_untold((condition.dimension for condition in flow_filter.conditions), rows)
    endpoints = [c for c in flow_filter.conditions if c.is_exchanged]
    tests = [_test(condition, nsgs, rows) for condition in flow_filter.conditions if not condition.is_exchanged]
    if endpoints and flow_filter.either_way:
        ways = [
            " and ".join(_test(condition, nsgs, rows) for condition in way)
            for way in (endpoints, [c.opposite() for c in endpoints])
        ]
        return [*tests, f"({ways[0]}) or ({ways[1]})"]
    return [*tests, *(_test(condition, nsgs, rows) for condition in endpoints)]


def labels_needed(flow_filter: FlowFilter) -> frozenset[str]:
    """The endpoint labels that the filter tests, which are made before it."""
    found: set[str] = set()
    for condition in flow_filter.conditions:
        end = condition.column.end
        if end and any("label" in placeholders(test.fragment.kql) for test in condition.tests()):
            found.add(end.label)
            other = condition.opposite().column.end
            if flow_filter.either_way and other:
                found.add(other.label)
    return frozenset(found)


def _test(condition: Condition, nsgs: WorkspaceNsgs, rows: KustoRows) -> str:
    column, end = condition.column, condition.column.end
    words = {"made": made_of(column, rows)}
    if end:
        words |= {"label": end.label, "address": end.address}

    def write(value: Argument) -> str:
        return _written(value, nsgs, words.get("address", ""))

    test = either([fill(test.fragment.kql, words, test.values, write) for test in condition.tests()])
    return f"not({test})" if condition.excludes else test


def _written(value: Argument, nsgs: WorkspaceNsgs, address: str) -> str:
    match value:
        case str() | int() | datetime():
            return kql_literal(value)
        case NsgValues(values, by_id):
            return f"nsg in~ {kql_literals(nsgs.asked_for(values, by_id=by_id))}"
        case _:
            prefixes = [item for item in value if isinstance(item, Prefix)]
            listed = [item for item in value if not isinstance(item, Prefix)]
            return address_condition(address, prefixes) if prefixes else kql_literals(listed)
