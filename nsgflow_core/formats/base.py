"""What every format gives: canonical flows as Arrow, and an honest count of what it could not take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.kinds import NUMBER

FLOW_SCHEMA = pa.schema(
    [pa.field(c.single.name, c.single.arrow, nullable=c.kind is NUMBER) for c in COLUMNS.values() if c.single]
)
"""The canonical flow in Arrow. Addresses are canonical text; `protocol` is the IANA number; the words are those of
`vocabulary`; "" stands for unknown (a version 1 tuple has the flow state ""). Counters are deltas, null where the log
leaves them empty. `nsg_id` is the resource id or aclID as logged, `nsg` its last segment."""


@dataclass(frozen=True, slots=True)
class LargeRecord:
    """A record that was passed over because of its size: where it begins in the bytes, and how many it has."""

    start: int
    size: int


@dataclass(frozen=True)
class ParsedPart:
    """Some whole records of a blob: their flows, and what was rejected with its reason."""

    flows: pa.Table
    """Rows of FLOW_SCHEMA."""
    consumed: int
    """Bytes of the part, counted from its start, up to the end of the last record in here."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Reason -> number of tuples (or of records, where a record has no readable tuples)."""
    too_large: tuple[LargeRecord, ...] = ()
    """Records over the limit of one record; each is counted in `rejected` once."""
