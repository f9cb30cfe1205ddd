"""An answer of the workspace as a DataFrame, column by column.

Types on the wire: datetimes are ISO 8601 text, `dynamic` is JSON text, a real that is no number is the text "NaN".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import pandas as pd

from nsgflow_core.ask.answers import row_of
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.kinds import NUMBER
from nsgflow_core.ask.measures import MEASURES, Measure, MeasureKind
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.kusto.asking.answer import KustoAnswer, garbled, not_whole
from nsgflow_core.stores.kusto.flows_kql import SET_LIMIT
from nsgflow_core.stores.kusto.nsgs_kql import WorkspaceNsgs
from nsgflow_core.words.several import NsgRule, NsgRules, Several


def kusto_frame(answer: KustoAnswer) -> pd.DataFrame:
    """The answer's columns with pandas types: UTC times to the microsecond, whole numbers, text.

    Raises StoreUnreachable for values that are none of their kind, and for two columns of one name.
    """
    try:
        made = _frame(answer)
    except (OverflowError, TypeError, ValueError):
        raise garbled() from None
    if len(made.columns) < len(answer.names):
        raise garbled()
    return made


def _frame(answer: KustoAnswer) -> pd.DataFrame:
    if answer.rows:
        columns: list[tuple[Any, ...]] = list(zip(*answer.rows, strict=True))
    else:
        columns = [()] * len(answer.names)
    return pd.DataFrame(
        {name: _series(values, kind) for name, values, kind in zip(answer.names, columns, answer.types, strict=True)}
    )


def _series(values: tuple[Any, ...], kind: str) -> pd.Series:
    if kind == "datetime":
        if not all(value is None or isinstance(value, str | datetime) for value in values):
            raise TypeError
        return as_times(pd.Series(values, dtype="object"))
    if kind in ("int", "long"):
        numbers = pd.to_numeric(pd.Series([None if value == "" else value for value in values], dtype="object"))
        return numbers.astype("Int64" if numbers.isna().any() else "int64")
    if kind in ("real", "double", "decimal"):
        return pd.to_numeric(pd.Series(values, dtype="object"), errors="coerce").astype("float64")
    if kind == "bool":
        return pd.Series(values, dtype="boolean")
    return pd.Series([_text(value) for value in values], dtype="str")


def with_columns(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame. Raises StoreUnreachable where it lacks one of these."""
    if set(columns) - set(frame.columns):
        raise garbled()
    return frame


def as_times(values: pd.Series) -> pd.Series:
    """ISO 8601 text as UTC times to the microsecond."""
    return pd.to_datetime(values, utc=True, format="ISO8601").astype("datetime64[us, UTC]")


def as_numbers(values: pd.Series) -> pd.Series:
    """Whole numbers, 0 where there is none."""
    return pd.to_numeric(values, errors="coerce").fillna(0).astype("int64")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def finish(frame: pd.DataFrame, nsgs: WorkspaceNsgs) -> pd.DataFrame:
    """Canonical types, whatever types an engine gave: times, numbers, word lists as values, NSGs as they are shown."""
    made = {name: _canonical(name, frame[name], nsgs) for name in frame.columns}
    finished = pd.DataFrame(made, columns=list(frame.columns))
    full = [name for name in map(str, finished) if _is_distinct(name) and (finished[name] >= SET_LIMIT).any()]
    stop = f"Counts of {' and '.join(full)} stop at {SET_LIMIT:,}. Add a filter." if full else ""
    finished.attrs = not_whole(frame.attrs.get("partial", ""), stop, nsgs.partial)
    return finished


def _is_distinct(name: str) -> bool:
    return name in MEASURES and MEASURES[name].kind is MeasureKind.DISTINCT


def _canonical(name: str, column: pd.Series, nsgs: WorkspaceNsgs) -> pd.Series:
    row = row_of(name)
    answered = row.answered if row else "text"
    if answered == "time":
        return column if str(column.dtype).startswith("datetime64") else as_times(column.astype("object"))
    if isinstance(row, Column) and row.kind is NUMBER and column.isna().any():  # a version 1 tuple counts nothing
        return column.astype("Int64")
    if answered == "number":
        return as_numbers(column)
    if isinstance(row, Measure) and row.values:
        return pd.Series([_values_of(text, row.values, nsgs) for text in column], dtype="object")
    text = column.fillna("").astype("str")
    shown = {"nsg": nsgs.shown, "nsg_id": nsgs.shown_id}.get(name)
    return text.map({each: shown(each) for each in text.unique()}).astype("str") if shown else text


def _values_of(text: str, values: type[Several[Any]], nsgs: WorkspaceNsgs) -> Several[Any]:
    """The workspace's words, and `nsg/rule` (the name of a rule has no slash) with the NSG as it is shown."""
    words = words_of(text)
    if values is not NsgRules:
        return values(words)
    pairs = (word.rpartition("/") for word in words)
    return values(sorted({NsgRule(nsgs.shown(nsg), rule) for nsg, _, rule in pairs}))


def sort_groups(groups: pd.DataFrame, query: FlowQuery) -> pd.DataFrame:
    """In the order that the question asks for: its column (measures from large to small), then its dimensions."""
    order = [] if query.order is None else [query.order]
    order += [key for key in query.by if key != query.order]
    if not order:
        return groups
    upwards = [key in query.by for key in order]
    attrs = dict(groups.attrs)
    ordered = groups.sort_values(order, ascending=upwards, kind="stable", key=_ranks).reset_index(drop=True)
    ordered.attrs = attrs
    return ordered


def _ranks(values: pd.Series) -> pd.Series:
    """What a column is sorted by: the ranks of ranked words, else its values."""
    column = DIMENSIONS.get(str(values.name))
    return values.map(column.kind.order) if column and column.kind.is_ranked else values


def words_of(text: str) -> list[str]:
    """A JSON list of words, sorted; words that differ only in case are one (the first spelling)."""
    words = orjson.loads(text) if text.startswith("[") else [text]
    spelled: dict[str, str] = {}
    for word in sorted(str(word) for word in words if word):
        spelled.setdefault(word.lower(), word)
    return sorted(spelled.values())
