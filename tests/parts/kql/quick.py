"""duckdb-kql as the stub of a workspace needs it: the same meaning, for queries that become hundreds of kilobytes.

Three things cost nearly all of it: `tostring` writes its argument seven times over, and they are nested; nodes of the
tree are looked for by a recursion that looks at each class thrice; and ANTLR asks sets of tokens for members by a
generator. Only while the stub translates: the product's Query page is tested with the engine as it comes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from antlr4.IntervalSet import IntervalSet
from duckdb_kql import ir, lower, translate

_lock = threading.Lock()
_told = translate.render_kql_tostring
_TEXT = (
    "coalesce(list_transform([{value}], lambda _v: CASE typeof(_v) WHEN 'JSON' THEN _v ->> '$'"
    " WHEN 'BOOLEAN' THEN CASE CAST(_v AS VARCHAR) WHEN 'true' THEN 'True' WHEN 'false' THEN 'False' END"
    " WHEN 'TIMESTAMP' THEN {moment} WHEN 'INTERVAL' THEN error('a timespan as text: see tests/parts/kql/quick.py')"
    " WHEN 'DOUBLE' THEN CASE CAST(_v AS VARCHAR) WHEN 'nan' THEN 'NaN' WHEN '-nan' THEN 'NaN'"
    " ELSE CAST(_v AS VARCHAR) END ELSE CAST(_v AS VARCHAR) END)[1], '')"
)


def _text_of(node: ir.Expr) -> str:
    """`tostring`, its argument written once; a timespan, which no query of the product makes text of, is an error."""
    if translate._is_dynamic_expr(node) or translate._is_datetime_expr(node):
        return str(_told(node))
    moment = translate._kql_datetime_text("CAST(_v AS TIMESTAMP)")
    return _TEXT.format(value=translate.render_expr(node), moment=moment)


def _all_of(node: Any, class_name: str) -> list[Any]:
    """The outermost nodes of a class, in their order."""
    found, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        name = type(each).__name__.removesuffix("Context")
        if name == class_name:
            found.append(each)
        else:
            waiting += [kid for kid in reversed(each.children or ()) if type(kid).__name__.endswith("Context")]
    return found


def _holds(numbers: IntervalSet, number: int) -> bool:
    for span in numbers.intervals or ():  # noqa: SIM110 - the generator is what this is without
        if span.start <= number < span.stop:
            return True
    return False


@contextmanager
def quick() -> Iterator[None]:
    """For as long as it lasts, translations are quick; one thread at a time."""
    with _lock, pytest.MonkeyPatch.context() as patch:
        patch.setattr(translate, "render_kql_tostring", _text_of)
        patch.setattr(lower, "_find_all", _all_of)
        patch.setattr(IntervalSet, "__contains__", _holds)
        yield
