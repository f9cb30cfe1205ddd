"""The arguments of a call, and the refusal of wrong ones."""

from __future__ import annotations

from duckdb_kql import ir, translate
from duckdb_kql.errors import KqlUnsupportedError

MICROSECONDS = "CAST(epoch({0}) * 1000000 AS BIGINT)"
"""Of a timespan."""


def rendered(call: ir.FunctionCall) -> list[str]:
    """Each argument as SQL."""
    return [translate.render_expr(each) for each in call.args]


def wrong(call: ir.FunctionCall, expects: str) -> KqlUnsupportedError:
    """The refusal of a call, with what it expects."""
    return KqlUnsupportedError(f"function:{call.name}", hint=f"{call.name}() expects {expects}")
