"""An answer of the local store as a DataFrame, column by column: from Arrow's types to the canonical ones."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.words.several import NsgRule, Several


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Times UTC-aware to the microsecond, whole numbers int64 (Int64 where some are missing), unknown text "", lists as
    the values that their measure's row says."""
    return pd.DataFrame({name: _to_series(name, table.column(name)) for name in table.column_names})


def coded_frame_of(table: pa.Table) -> pd.DataFrame:
    """The same with texts as categories, in the order of their texts: a million rows share some thousand of them."""
    return pd.DataFrame({name: _to_codes(name, table.column(name)) for name in table.column_names})


def _to_codes(name: str, column: pa.ChunkedArray) -> Any:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _to_series(name, column)
    coded = column.fill_null("").dictionary_encode().combine_chunks()
    order = pc.sort_indices(coded.dictionary)
    ranks = np.empty(len(order), np.int32)
    ranks[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    codes = ranks[coded.indices.to_numpy()] if len(order) else np.empty(0, np.int32)
    texts = coded.dictionary.take(order).to_pandas().astype("str")
    return pd.Categorical.from_codes(codes, categories=pd.Index(texts))


def _to_series(name: str, column: pa.ChunkedArray) -> Any:
    """A pandas Series; pyarrow has no types of its own."""
    if pa.types.is_timestamp(column.type):
        moments = column.cast(pa.timestamp("us")).to_pandas().astype("datetime64[us]")
        return moments.dt.tz_localize("UTC")
    if pa.types.is_integer(column.type):
        numbers = column.cast(pa.int64())
        return numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get if numbers.null_count else None)
    if pa.types.is_list(column.type):
        return pd.Series(_values_of(column, MEASURES[name].values or Several), dtype=object)
    return column.fill_null("").to_pandas().astype("str")


def _values_of(lists: pa.ChunkedArray, values: type[Several[Any]]) -> list[Several[Any]]:
    """Each list as one value, without a Python dictionary for each pair."""
    whole = lists.combine_chunks()
    edges, inner = whole.offsets.to_pylist(), whole.values
    if pa.types.is_struct(inner.type):
        members: list[Any] = list(map(NsgRule, inner.field("nsg").to_pylist(), inner.field("rule").to_pylist()))
    else:
        members = inner.to_pylist()
    return [values(members[start:end]) for start, end in pairwise(edges)]
