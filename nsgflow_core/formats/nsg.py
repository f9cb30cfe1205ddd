"""NSG flow logs, versions 1 and 2: one record a minute, NIC and NSG.

`properties.flows[]` -> `rule`, `flows[]` -> `mac`, `flowTuples[]`. Version 1 tuples have 8 fields, version 2 adds
the state and four counters. A denied version 2 flow is one tuple with state B and empty counters.
Source: Microsoft Learn, "NSG flow logs overview".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsgflow_core.formats.fields import COUNTER_FIELDS, ENDPOINT_FIELDS, NOT_TEXT, WRONG_WIDTH, Layout, code_field
from nsgflow_core.formats.groups import (
    UNKNOWN_VERSION,
    WITHOUT_FLOWS,
    Context,
    TupleGroups,
    groups_with_tuples,
    text_of,
    value_of,
)
from nsgflow_core.words.vocabulary import DECISION_CODES, DIRECTION_CODES, NSG_STATE_CODES, LogKind

_COMMON = (
    *ENDPOINT_FIELDS,
    ("protocol", code_field("bad protocol", ("T", "U"))),
    ("direction", code_field("bad direction", DIRECTION_CODES)),
    ("decision", code_field("bad decision", DECISION_CODES)),
)
V1 = Layout(LogKind.NSG, _COMMON)
V2 = Layout(LogKind.NSG, (*_COMMON, ("state", code_field("bad state", NSG_STATE_CODES)), *COUNTER_FIELDS))

_BY_VERSION = {"1": V1, "1.0": V1, "2": V2, "2.0": V2}
"""By the number as text: what has been through JavaScript or Stream Analytics may say 2.0."""
_BY_WIDTH = {len(layout.fields): layout for layout in (V1, V2)}


def matches(record: Mapping[str, Any]) -> bool:
    """True when the record has the shape of an NSG flow log."""
    return isinstance(value_of(record, "properties"), dict)


def gather(record: Mapping[str, Any], groups: TupleGroups) -> None:
    """Put the record's tuples into `groups`; count whatever is not where it must be."""
    properties = value_of(record, "properties")
    entries = value_of(properties, "flows")
    if not isinstance(entries, list):
        return groups.reject(WITHOUT_FLOWS)
    nsg_id = text_of(record, "resourceId")
    version = value_of(properties, "Version")
    for rule, flow, lines in groups_with_tuples(entries, "rule", "flows", groups):
        context = Context(LogKind.NSG, nsg_id, rule, text_of(flow, "mac"), nsg_id)
        _add(context, version, lines, groups)
    return None


def _add(context: Context, version: object, lines: list[object], groups: TupleGroups) -> None:
    layout = None if isinstance(version, bool) else _BY_VERSION.get(str(version))
    if layout is None and version is not None:
        groups.reject(UNKNOWN_VERSION, len(lines))
    elif fault := context.fault():
        groups.reject(fault, len(lines))
    elif layout is not None:
        groups.add(layout, context, lines)
    else:
        _add_by_width(context, lines, groups)


def _add_by_width(context: Context, lines: list[object], groups: TupleGroups) -> None:
    """Take tuples of a record that states no version: their number of fields tells it."""
    for line in lines:
        layout = _BY_WIDTH.get(line.count(",") + 1) if isinstance(line, str) else None
        if layout is None:
            groups.reject(WRONG_WIDTH if isinstance(line, str) else NOT_TEXT)
        else:
            groups.add(layout, context, [line])
