"""An answer of the local store as a DataFrame, column by column: from Arrow's types to the canonical ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.words.several import NsgRule, Several
from nsgflow_core.words.vocabulary import protocol_name

_Ids = npt.NDArray[np.int64]
TEXTS = ["id", "text"]
"""The columns of a table that says what numbers stand for."""
_FEW = 2_000
"""Up to so many numbers are looked up one by one, among all that a store knows."""
_DENSE = 1 << 31
"""Ids from 0 up to here are counted from 1 on (`words.py`); others are hashes (stores/lake), or below 0 tenants."""


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Times UTC-aware to the microsecond, whole numbers int64 (Int64 where some are missing), unknown text "", lists as
    the values that their measure's row says."""
    return pd.DataFrame({name: _to_series(name, table.column(name)) for name in table.column_names})


def coded_frame_of(table: pa.Table, texts: Mapping[str, pa.Table]) -> pd.DataFrame:
    """The same with texts as categories, in the order of their texts: a million rows share some thousand of them.

    `texts` has what the numbers of a column stand for: TEXTS.
    """
    return pd.DataFrame({name: _to_codes(name, table.column(name), texts.get(name)) for name in table.column_names})


def few_numbers(columns: Sequence[pa.ChunkedArray]) -> list[int] | None:
    """The distinct numbers of some columns together; None where they are many."""
    if any(len(column) > _FEW * _FEW for column in columns):
        return None
    each = [pc.unique(column) for column in columns]
    if max(map(len, each)) > _FEW:
        return None
    found = list({number: None for distinct in each for number in distinct.to_pylist()})
    return found if len(found) <= _FEW else None


@cache
def protocol_texts() -> pa.Table:
    """What the numbers of protocols stand for: TEXTS."""
    return pa.table([range(256), list(map(protocol_name, range(256)))], TEXTS)


@cache
def no_texts() -> pa.Table:
    """What no numbers stand for: TEXTS."""
    return pa.table([pa.array([], pa.int64()), pa.array([], pa.string())], TEXTS)


def _to_codes(name: str, column: pa.ChunkedArray, texts: pa.Table | None) -> Any:
    if texts is not None:
        return _named(column.to_numpy(), texts)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _to_series(name, column)
    coded = column.fill_null("").dictionary_encode().combine_chunks()
    return _sorted(coded.indices.to_numpy(), coded.dictionary)


def _named(numbers: npt.NDArray[np.int64], texts: pa.Table) -> pd.Categorical:
    """The texts of numbers, of which some may be alike."""
    ids = texts.column("id").to_numpy()
    if int(ids.max(initial=0)) > _DENSE or int(ids.min(initial=0)) < 0:
        ids, numbers = _counted_from_0(ids, numbers)
    used = np.flatnonzero(np.bincount(numbers, minlength=1)) if len(numbers) else np.zeros(0, np.int64)
    rows = np.zeros(max(int(ids.max(initial=0)), int(used.max(initial=0))) + 1, np.int64)
    rows[ids] = np.arange(len(ids))
    spelled = texts.column("text").combine_chunks().take(rows[used]).fill_null("").dictionary_encode()
    codes = np.zeros(len(rows), np.int32)
    codes[used] = spelled.indices.to_numpy()
    return _sorted(codes[numbers], spelled.dictionary)


def _counted_from_0(ids: _Ids, numbers: _Ids) -> tuple[_Ids, _Ids]:
    """The same ids, and numbers that are among them, as places in the order of the ids."""
    distinct, places = np.unique(ids, return_inverse=True)
    return places, np.searchsorted(distinct, numbers)


def _sorted(codes: npt.NDArray[np.int32], texts: pa.Array) -> pd.Categorical:
    order = pc.sort_indices(texts).to_numpy()
    ranks = np.zeros(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    categories = pd.Index(texts.take(order).to_pandas().astype("str"))
    return pd.Categorical.from_codes(ranks[codes] if len(order) else codes, categories=categories)


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
