"""KQL of ours as SQL by duckdb-kql 1.1.2, whose `tostring` writes its argument seven times over: nested, as a question
has them, that is half a megabyte of SQL, and a second to bind it. Here it is written once.

Besides, nodes of the tree are looked for in it by a recursion that looks at each class thrice, and ANTLR asks sets of
tokens for members by a generator: together a quarter to a third of the 1.2 to 1.5 CPU s that translating a question
took.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import duckdb_kql
from antlr4.IntervalSet import IntervalSet
from duckdb_kql import ir, lower, translate
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
def quickly() -> Iterator[None]:
    """Inside, translating is quick, and `tostring` writes its argument once; one thread at a time.

    No query of ours makes text of a timespan. All else is translated as it comes, to the letter.
    """
    with _one_at_a_time:
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in _QUICK]
        for owner, name, ours in _QUICK:
            setattr(owner, name, ours)
        try:
            yield
        finally:
            for owner, name, function in before:
                setattr(owner, name, function)


def sql_of(query: str, tables: Mapping[str, Sequence[str]]) -> str:
    """The SQL of a query over tables with these columns. Raises StoreError for one that cannot be put so."""
    try:
        with quickly():
            return str(duckdb_kql.to_sql(query, schema={name: list(columns) for name, columns in tables.items()}))
    except (KqlError, RecursionError) as refused:
        raise StoreError("The question cannot be asked of exported files.", ASK_FOR_LESS) from refused


def _text_of(node: ir.Expr) -> str:
    if translate._is_dynamic_expr(node) or translate._is_datetime_expr(node):
        return str(_as_it_comes(node))
    moment = translate._kql_datetime_text("CAST(_v AS TIMESTAMP)")
    return _TEXT.format(value=translate.render_expr(node), moment=moment)


def _all_of(node: Any, class_name: str) -> list[Any]:
    """The outermost nodes of a class, in their order."""
    found, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        if _rule_of(type(each).__name__) == class_name:
            found.append(each)
        else:
            waiting += [kid for kid in reversed(each.children or ()) if _rule_of(type(kid).__name__)]
    return found


@cache
def _rule_of(name: str) -> str:
    """The rule that made nodes of the class of this name; "" for a single token."""
    return name.removesuffix("Context") if name.endswith("Context") else ""


def _holds(numbers: IntervalSet, number: int) -> bool:
    for span in numbers.intervals or ():  # noqa: SIM110 - the generator is what this is without
        if span.start <= number < span.stop:
            return True
    return False


_QUICK: tuple[tuple[Any, str, Any], ...] = (
    (translate, "render_kql_tostring", _text_of),
    (lower, "_find_all", _all_of),
    (IntervalSet, "__contains__", _holds),
)
"""Where, what is called there, and ours, which means the same."""
