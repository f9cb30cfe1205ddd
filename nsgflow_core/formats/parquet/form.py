"""The form of the files: which columns a file of flows has, of what types, and what each means."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.parts import Answered

META = b"nsgflow"
"""The key of what a file says of itself, JSON."""
FORM = 2
"""Of the files and the list of them; another one is written anew."""
_TYPES: Mapping[Answered, pa.DataType] = {
    "text": pa.string(), "number": pa.int64(), "time": pa.timestamp("us", "UTC"),
}  # fmt: skip
"""Those that every reader of Parquet knows; unsigned numbers are strange to Spark."""


def columns() -> dict[str, Column]:
    """The columns of single rows by their name there, NSG ids among them: names of NSGs change, ids do not."""
    return {column.single.name: column for column in COLUMNS.values() if column.single}


def schema(store: str = "") -> pa.Schema:
    """The canonical columns of single rows, each with what it means; `store` tells which one wrote them."""
    told = {"form": FORM, "rows": "as they were logged: both ends of a flow may have logged it", "store": store}
    return pa.schema([_field(name, column) for name, column in columns().items()]).with_metadata(
        {META: json.dumps(told)}
    )


def _field(name: str, column: Column) -> pa.Field:
    return pa.field(name, _TYPES[column.answered], metadata={"label": column.label, "description": column.help})


def unfit(found: pa.Schema) -> str | None:
    """Why files with these columns are none of flows, to end a sentence; None where they are.

    Other programs may have written them again, with other types of the same kind and with columns of their own.
    """
    lacking = [name for name in columns() if name not in found.names]
    if lacking:
        return f"lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}"
    for name, column in columns().items():
        kind = found.field(name).type
        if not _IS[column.answered](kind):
            return f"has in {name} {kind}, where {_WORDS[column.answered]} is written"
    return None


def _is_text(kind: pa.DataType) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(held) or pa.types.is_large_string(held))


def _is_moment(kind: pa.DataType) -> bool:
    """One that says its zone: without, it could be anybody's."""
    return bool(pa.types.is_timestamp(kind)) and kind.tz is not None


_IS = {"text": _is_text, "number": pa.types.is_integer, "time": _is_moment}
_WORDS = {"text": "text", "number": "a whole number", "time": "a moment with its zone"}
