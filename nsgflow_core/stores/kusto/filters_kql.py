"""A FlowFilter as KQL tests on the canonical columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nsgflow_core.ask.filters import ENDPOINTS, OPERATORS, Condition, FlowFilter, opposite, parse_time, port_range
from nsgflow_core.ask.measures import DIMENSIONS, Kind
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.kusto.addresses_kql import address_condition, either
from nsgflow_core.stores.kusto.literal import literal, literals
from nsgflow_core.words.prefixes import is_prefix, parse_prefix

UNSUPPORTED = frozenset({"src_port", "flow_state", "encryption"})
"""What Traffic Analytics drops: it adds up flows over source ports and states, and only one of its two tables tells
encryption, in other words than the raw logs."""

ADDRESS_COLUMNS: dict[str, str] = {"source": "src_ip", "src_ip": "src_ip", "destination": "dst_ip", "dst_ip": "dst_ip"}
LABEL_COLUMNS: dict[str, str] = {
    "source": "source",
    "src_ip": "source",
    "destination": "destination",
    "dst_ip": "destination",
}
KEY_EXPRESSIONS: dict[str, str] = {
    "src_ip": "src_ip",
    "dst_ip": "dst_ip",
    "port": "dst_port",
    "protocol": "protocol",
    "direction": "direction",
    "decision": "decision",
    "nsg": "nsg",
    "nsg_id": "nsg_id",
    "rule": "rule",
    "rule_kind": "rule_kind",
    "mac": "mac",
    "target": "target",
    "log_kind": "log_kind",
    "hour": "bin(interval, 1h)",
    "day": "bin(interval, 1d)",
}
"""Every dimension but the endpoint labels, as KQL on the canonical columns."""

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


def refuse_unsupported(names: set[str] | frozenset[str]) -> None:
    """Raise UnsupportedDimension for a dimension that Traffic Analytics cannot know."""
    for name in sorted(names & UNSUPPORTED):
        label = DIMENSIONS[name].label.lower()
        raise UnsupportedDimension(
            f"The workspace does not know the {label} of a flow: Traffic Analytics adds flows up without it.",
            "Leave it out, or import the flow-log blobs and ask the local store.",
        )


def window_conditions(flow_filter: FlowFilter, interval: str) -> list[str]:
    """Tests on a table's own columns: the interval inside the window, and `TimeGenerated` padded around it."""
    tests = []
    if flow_filter.since:
        tests.append(f"TimeGenerated >= {literal(flow_filter.since - INGESTION_LEAD)}")
    if flow_filter.until:
        tests.append(f"TimeGenerated < {literal(flow_filter.until + INGESTION_DELAY)}")
    if flow_filter.since:
        tests.append(f"{interval} >= {literal(flow_filter.since)}")
    if flow_filter.until:
        tests.append(f"{interval} < {literal(flow_filter.until)}")
    return [" and ".join(tests)] if tests else []


def conditions(flow_filter: FlowFilter, nsg_names: NsgNames) -> list[str]:
    """Tests on the canonical columns, all of which must hold. Raises UnsupportedDimension."""
    refuse_unsupported({condition.dimension for condition in flow_filter.conditions})
    endpoints = [c for c in flow_filter.conditions if c.dimension in ENDPOINTS]
    others = [c for c in flow_filter.conditions if c.dimension not in ENDPOINTS]
    tests = [_test(condition, nsg_names) for condition in others]
    if endpoints and flow_filter.either_way:
        ways = [
            " and ".join(_test(condition, nsg_names) for condition in way)
            for way in (endpoints, [opposite(c) for c in endpoints])
        ]
        return [*tests, f"({ways[0]}) or ({ways[1]})"]
    return [*tests, *(_test(condition, nsg_names) for condition in endpoints)]


def labels_needed(flow_filter: FlowFilter) -> frozenset[str]:
    """The label columns that the filter tests: an endpoint that is neither an address nor a prefix is a label."""
    found: set[str] = set()
    for condition in flow_filter.conditions:
        if condition.dimension in ENDPOINTS and not all(is_prefix(value) for value in condition.values):
            found.add(LABEL_COLUMNS[condition.dimension])
            if flow_filter.either_way:
                found.add(LABEL_COLUMNS[opposite(condition).dimension])
    return frozenset(found)


def _test(condition: Condition, nsg_names: NsgNames) -> str:
    test = _TESTS[DIMENSIONS[condition.dimension].kind](condition, nsg_names)
    return f"not({test})" if OPERATORS[condition.operator].excludes else test


def _endpoint(condition: Condition, _: NsgNames) -> str:
    prefixes = [parse_prefix(value) for value in condition.values if is_prefix(value)]
    labels = [value for value in condition.values if not is_prefix(value)]
    tests = [address_condition(ADDRESS_COLUMNS[condition.dimension], prefixes)] if prefixes else []
    if labels:
        tests.append(f"{LABEL_COLUMNS[condition.dimension]} in~ {literals(labels)}")
    return either(tests)


def _port(condition: Condition, _: NsgNames) -> str:
    ranges = [port_range(value) for value in condition.values]
    singles = [first for first, last in ranges if first == last]
    tests = [f"dst_port in {literals(singles)}"] if singles else []
    return either([*tests, *(f"dst_port between ({first} .. {last})" for first, last in ranges if first != last)])


def _word(condition: Condition, _: NsgNames) -> str:
    return f"{KEY_EXPRESSIONS[condition.dimension]} in {literals(condition.values)}"


def _text(condition: Condition, nsg_names: NsgNames) -> str:
    if condition.dimension == "mac":
        return f"mac in {literals(value.upper().replace('-', '').replace(':', '') for value in condition.values)}"
    if condition.dimension != "nsg":
        return f"{KEY_EXPRESSIONS[condition.dimension]} in~ {literals(condition.values)}"
    keys = list(dict.fromkeys(key for value in condition.values for key in nsg_names.keys_of(value)))
    names = [key for key in keys if "/" not in key]
    ids = [spelling for key in keys if "/" in key for spelling in _id_spellings(key)]
    tests = [f"nsg in~ {literals(names)}"] if names else []
    return either([*tests, f"nsg_id in~ {literals(ids)}"] if ids else tests)


def _id_spellings(resource_id: str) -> list[str]:
    """A resource id as NTANetAnalytics writes it, and as `subscription/group/name`, which the older table holds."""
    parts = resource_id.strip("/").split("/")
    short = [part for part in parts[1::2] if part.lower() != "microsoft.network"]
    is_full = parts[0].lower() == "subscriptions" and len(parts) == 8  # /subscriptions/S/resourceGroups/G/providers/...
    return [resource_id, "/".join(short[:2] + parts[-1:])] if is_full else [resource_id]


def _time(condition: Condition, _: NsgNames) -> str:
    """A moment stands for the hour or day that it lies in."""
    moments = [moment for value in condition.values if isinstance(moment := parse_time(value), datetime)]
    moments = [moment.replace(minute=0, second=0, microsecond=0) for moment in moments]
    if condition.dimension == "day":
        moments = [moment.replace(hour=0) for moment in moments]
    return f"{KEY_EXPRESSIONS[condition.dimension]} in {literals(moments)}"


_TESTS: dict[Kind, Callable[[Condition, NsgNames], str]] = {
    Kind.ENDPOINT: _endpoint,
    Kind.PORT: _port,
    Kind.WORD: _word,
    Kind.TEXT: _text,
    Kind.TIME: _time,
}
