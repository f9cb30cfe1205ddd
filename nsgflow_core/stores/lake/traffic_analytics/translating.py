"""KQL of ours as SQL by duckdb-kql 1.1.2, whose `tostring` writes its argument seven times over: nested, as a question
has them, that is half a megabyte of SQL, and a second to bind it. Here it is written once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb_kql
from duckdb_kql import ir, translate
from duckdb_kql.errors import KqlError

from nsgflow_core.errors import StoreError
from nsgflow_core.stores.kusto.asking.answer import ASK_FOR_LESS

_one_at_a_time = threading.Lock()
_as_it_comes = translate.render_kql_tostring
_TEXT = (
    "coalesce(list_transform([{value}], lambda _v: CASE typeof(_v) WHEN 'JSON' THEN _v ->> '$'"
    " WHEN 'BOOLEAN' THEN CASE CAST(_v AS VARCHAR) WHEN 'true' THEN 'True' WHEN 'false' THEN 'False' END"
    " WHEN 'TIMESTAMP' THEN {moment} WHEN 'INTERVAL' THEN error('a timespan is never made text here')"
    " WHEN 'DOUBLE' THEN CASE CAST(_v AS VARCHAR) WHEN 'nan' THEN 'NaN' WHEN '-nan' THEN 'NaN'"
    " ELSE CAST(_v AS VARCHAR) END ELSE CAST(_v AS VARCHAR) END)[1], '')"
)


@contextmanager
def texts_made_once() -> Iterator[None]:
    """Inside, `tostring` writes its argument once; one thread at a time. No query of ours makes text of a timespan."""
    with _one_at_a_time:
        translate.render_kql_tostring = _text_of
        try:
            yield
        finally:
            translate.render_kql_tostring = _as_it_comes


def sql_of(query: str, tables: Mapping[str, Sequence[str]]) -> str:
    """The SQL of a query over tables with these columns. Raises StoreError for one that cannot be put so."""
    try:
        with texts_made_once():
            return str(duckdb_kql.to_sql(query, schema={name: list(columns) for name, columns in tables.items()}))
    except (KqlError, RecursionError) as refused:
        raise StoreError("The question cannot be asked of exported files.", ASK_FOR_LESS) from refused


def _text_of(node: ir.Expr) -> str:
    if translate._is_dynamic_expr(node) or translate._is_datetime_expr(node):
        return str(_as_it_comes(node))
    moment = translate._kql_datetime_text("CAST(_v AS TIMESTAMP)")
    return _TEXT.format(value=translate.render_expr(node), moment=moment)
