"""What every format gives: canonical flows as Arrow, and an honest count of what it could not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

WORD = pa.dictionary(pa.int32(), pa.string())
"""Text that repeats: kept once, referred to by number."""

FLOW_SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("src_ip", WORD, nullable=False),
        pa.field("dst_ip", WORD, nullable=False),
        pa.field("src_port", pa.uint16(), nullable=False),
        pa.field("dst_port", pa.uint16(), nullable=False),
        pa.field("protocol", pa.uint8(), nullable=False),
        pa.field("direction", WORD, nullable=False),
        pa.field("decision", WORD, nullable=False),
        pa.field("flow_state", WORD, nullable=False),
        pa.field("src_to_dst_packets", pa.int64()),
        pa.field("src_to_dst_bytes", pa.int64()),
        pa.field("dst_to_src_packets", pa.int64()),
        pa.field("dst_to_src_bytes", pa.int64()),
        pa.field("encryption", WORD, nullable=False),
        pa.field("nsg_id", WORD, nullable=False),
        pa.field("nsg", WORD, nullable=False),
        pa.field("rule", WORD, nullable=False),
        pa.field("rule_kind", WORD, nullable=False),
        pa.field("mac", WORD, nullable=False),
        pa.field("target", WORD, nullable=False),
        pa.field("log_kind", WORD, nullable=False),
    ]
)
"""The canonical flow in Arrow. Addresses are canonical text; `protocol` is the IANA number; the words are those of
`vocabulary`; "" stands for unknown (a version 1 tuple has the flow state ""). Counters are deltas, null where the log
leaves them empty. `nsg_id` is the resource id or aclID as logged, `nsg` its last segment."""


@dataclass(frozen=True)
class ParsedPart:
    """Some whole records of a blob: their flows, and what was rejected with its reason."""

    flows: pa.Table
    """Rows of FLOW_SCHEMA."""
    consumed: int
    """Bytes of the part, counted from its start, up to the end of the last record in here."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Reason -> number of tuples (or of records, where a record has no readable tuples)."""
