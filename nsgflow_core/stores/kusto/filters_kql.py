"""A FlowFilter as KQL tests on the canonical columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nsgflow_core.ask.columns import COLUMNS, DIMENSIONS, Column
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.fragments import Argument, NsgValues, fill, placeholders
from nsgflow_core.ask.parts import Kql, Unknown
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.kusto.addresses_kql import address_condition, either
from nsgflow_core.stores.kusto.literal import kql_literal, kql_literals
from nsgflow_core.words.prefixes import Prefix

INGESTION_LEAD = timedelta(hours=1)
INGESTION_DELAY = timedelta(hours=24)
"""`TimeGenerated` is the time of ingestion, up to two hours after the interval by the documents; a day is safe and
costs little, because the interval itself is tested too. The hour in front allows for clocks that differ."""


@dataclass(frozen=True, slots=True)
class NsgNames:
    """The user's names of NSGs, by aclID, resource id or name in lower case."""

    by_key: Mapping[str, str]

    def shown(self, nsg: str) -> str:
        """The name to show for an NSG of the workspace: as the user's map spells it, otherwise as it is."""
        if (name := self.by_key.get(nsg.lower())) is not None:
            return name
        return next((name for name in self.by_key.values() if name.lower() == nsg.lower()), nsg)

    def keys_of(self, name: str) -> list[str]:
        """The text itself, the name it stands for, and every key of that name."""
        shown = self.by_key.get(name.lower(), name)
        return [name, shown, *(key for key, other in self.by_key.items() if other.lower() == shown.lower())]

    def expression(self) -> str:
        """KQL for the name to show, over the column `nsg`, but for its case."""
        renamed: dict[str, list[str]] = {}
        for key, name in self.by_key.items():
            if "/" not in key and key != name.lower():
                renamed.setdefault(name, []).append(key)
        cases = [f"nsg in~ {kql_literals(keys)}, {kql_literal(name)}" for name, keys in renamed.items()]
        return f"case({', '.join(cases)}, nsg)" if cases else "nsg"


def made_of(column: Column) -> str:
    """KQL that makes the column from the canonical ones. Raises UnsupportedDimension where it cannot be known."""
    match column.kql:
        case Kql(made):
            return made
        case Unknown(reason):
            raise UnsupportedDimension(
                f"The workspace does not know the {column.spoken} of a flow: {reason}.",
                "Leave it out, or import the flow-log blobs and ask the local store.",
            )


def unknown_dimensions() -> frozenset[str]:
    """The dimensions that Traffic Analytics cannot know."""
    return frozenset(key for key, column in DIMENSIONS.items() if isinstance(column.kql, Unknown))


def refuse_unknown(names: Iterable[str]) -> None:
    """Raise UnsupportedDimension for a column that Traffic Analytics cannot know."""
    for name in sorted(names):
        made_of(COLUMNS[name])


def window_conditions(flow_filter: FlowFilter, interval: str) -> list[str]:
    """Tests on a table's own columns: the interval inside the window, and `TimeGenerated` padded around it."""
    tests = []
    if flow_filter.since:
        tests.append(f"TimeGenerated >= {kql_literal(flow_filter.since - INGESTION_LEAD)}")
    if flow_filter.until:
        tests.append(f"TimeGenerated < {kql_literal(flow_filter.until + INGESTION_DELAY)}")
    if flow_filter.since:
        tests.append(f"{interval} >= {kql_literal(flow_filter.since)}")
    if flow_filter.until:
        tests.append(f"{interval} < {kql_literal(flow_filter.until)}")
    return [" and ".join(tests)] if tests else []


def conditions(flow_filter: FlowFilter, nsg_names: NsgNames) -> list[str]:
    """Tests on the canonical columns, all of which must hold. Raises UnsupportedDimension."""
    refuse_unknown(condition.dimension for condition in flow_filter.conditions)
    endpoints = [c for c in flow_filter.conditions if c.column.end]
    tests = [_test(condition, nsg_names) for condition in flow_filter.conditions if not condition.column.end]
    if endpoints and flow_filter.either_way:
        ways = [
            " and ".join(_test(condition, nsg_names) for condition in way)
            for way in (endpoints, [c.opposite() for c in endpoints])
        ]
        return [*tests, f"({ways[0]}) or ({ways[1]})"]
    return [*tests, *(_test(condition, nsg_names) for condition in endpoints)]


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


def _test(condition: Condition, nsg_names: NsgNames) -> str:
    column, end = condition.column, condition.column.end
    words = {"made": made_of(column), "nsg": nsg_names.expression()}
    if end:
        words |= {"label": end.label, "address": end.address}

    def write(value: Argument) -> str:
        return _written(value, nsg_names, words.get("address", ""))

    test = either([fill(test.fragment.kql, words, test.values, write) for test in condition.tests()])
    return f"not({test})" if condition.excludes else test


def _written(value: Argument, nsg_names: NsgNames, address: str) -> str:
    match value:
        case str() | int() | datetime():
            return kql_literal(value)
        case NsgValues(values):
            return _same_nsg(values, nsg_names)
        case _:
            prefixes = [item for item in value if isinstance(item, Prefix)]
            listed = [item for item in value if not isinstance(item, Prefix)]
            return address_condition(address, prefixes) if prefixes else kql_literals(listed)


def _same_nsg(values: Iterable[str], nsg_names: NsgNames) -> str:
    keys = list(dict.fromkeys(key for value in values for key in nsg_names.keys_of(value)))
    names = [key for key in keys if "/" not in key]
    ids = [spelling for key in keys if "/" in key for spelling in _id_spellings(key)]
    tests = [f"nsg in~ {kql_literals(names)}"] if names else []
    return either([*tests, f"nsg_id in~ {kql_literals(ids)}"] if ids else tests)


def _id_spellings(resource_id: str) -> list[str]:
    """A resource id as NTANetAnalytics writes it, and as `subscription/group/name`, which the older table holds."""
    parts = resource_id.strip("/").split("/")
    short = [part for part in parts[1::2] if part.lower() != "microsoft.network"]
    is_full = parts[0].lower() == "subscriptions" and len(parts) == 8  # /subscriptions/S/resourceGroups/G/providers/...
    return [resource_id, "/".join(short[:2] + parts[-1:])] if is_full else [resource_id]
