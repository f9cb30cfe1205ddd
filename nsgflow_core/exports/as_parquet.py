"""Parquet: the table with its types, for programs; where it comes from is in the file's metadata."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

import pandas as pd

from nsgflow_core.exports.base import AsksOrigin
from nsgflow_core.exports.cells import with_texts
from nsgflow_core.words.visible import encodable

METADATA = b"nsgflow"


def write(frame: pd.DataFrame, asked: AsksOrigin) -> bytes:
    """The frame as one Parquet file: times in UTC with microseconds, texts exactly as they are."""
    import pyarrow
    from pyarrow import parquet

    texts = {
        str(name): column.map(lambda value: encodable(value) if isinstance(value, str) else _told(value))
        for name, column in with_texts(frame).items()
        if column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
    }
    table = pyarrow.Table.from_pandas(frame.assign(**texts), preserve_index=False)
    about = json.dumps(asdict(asked()), ensure_ascii=False).encode("utf-8", "backslashreplace")
    target = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({METADATA: about}), target, compression="zstd")
    return target.getvalue()


def _told(value: object) -> object:
    """A cell of a column of several types as text, so that the column has one; unknown ones None."""
    return None if value is None or value is pd.NA or value != value else str(value)
