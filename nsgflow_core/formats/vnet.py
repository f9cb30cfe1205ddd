"""Virtual network flow logs, version 4: one record a minute and NIC.

`macAddress`, `targetResourceID`, `flowRecords.flows[]` -> `aclID`, `flowGroups[]` -> `rule`, `flowTuples[]` of 13
fields. There is no decision field: state D is a denied flow, B, C and E are allowed ones. A `flowLogVersion` other
than 4 is read all the same, since the shape of the tuples is what matters and each is checked.
Source: Microsoft Learn, "Virtual network flow logs overview".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nsgflow_core.formats.fields import COUNTER_FIELDS, ENCRYPTION, ENDPOINT_FIELDS, Layout, code_field
from nsgflow_core.formats.groups import (
    WITHOUT_FLOWS,
    Context,
    TupleGroups,
    groups_with_tuples,
    text_of,
    value_of,
)
from nsgflow_core.words.vocabulary import DIRECTION_CODES, PROTOCOL_CODES, VNET_STATE_CODES, LogKind

V4 = Layout(
    LogKind.VNET,
    (
        *ENDPOINT_FIELDS,
        ("protocol", code_field("bad protocol", PROTOCOL_CODES)),
        ("direction", code_field("bad direction", DIRECTION_CODES)),
        ("state", code_field("bad state", VNET_STATE_CODES)),
        ("encryption", ENCRYPTION),
        *COUNTER_FIELDS,
    ),
)


def matches(record: Mapping[str, Any]) -> bool:
    """True when the record has the shape of a virtual network flow log."""
    return isinstance(value_of(record, "flowRecords"), dict)


def gather(record: Mapping[str, Any], groups: TupleGroups) -> None:
    """Put the record's tuples into `groups`; count whatever is not where it must be."""
    entries = value_of(value_of(record, "flowRecords"), "flows")
    if not isinstance(entries, list):
        return groups.reject(WITHOUT_FLOWS)
    mac = text_of(record, "macAddress")
    target = text_of(record, "targetResourceID")
    for nsg_id, group, lines in groups_with_tuples(entries, "aclID", "flowGroups", groups):
        context = Context(LogKind.VNET, nsg_id, text_of(group, "rule"), mac, target)
        if fault := context.fault():
            groups.reject(fault, len(lines))
        else:
            groups.add(V4, context, lines)
    return None
