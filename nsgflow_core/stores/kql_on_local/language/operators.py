"""Tabular operators that duckdb-kql lacks, each with the columns that it gives and its SQL.

An operator is an `ir.Operator` of duckdb-kql, so that what duckdb-kql does with all of them (scalar lets, subqueries)
it does with these: `hooks` asks them for their columns and their SQL where it would refuse.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import Any, Self

from duckdb_kql import ir, lower, translate
from duckdb_kql.translate import naming, quote_ident

from nsgflow_core.stores.kql_on_local.language.columns import nodes, refuse_unknown
from nsgflow_core.stores.kql_on_local.language.refusal import QueryRefused


def never_null_text(value: str) -> str:
    """The value as SQL, "" in place of an unknown text: Kusto has no null text."""
    return f"CASE WHEN typeof({value}) = 'VARCHAR' AND {value} IS NULL THEN '' ELSE {value} END"


class Own(ir.Operator):
    """An operator of ours."""

    def columns(self, given: list[str]) -> list[str]:
        """The names that it gives, in order; those that it is given, where an operator does not say otherwise."""
        return given

    def sql(self, previous: str, given: list[str]) -> str:
        """A SELECT over the step before."""
        raise NotImplementedError

    def substituted(self, scalars: Any) -> Self:
        """With what scalar lets are bound to in their place."""
        return self

    def reads(self) -> tuple[ir.Node, ...]:
        """What of it names columns of its input."""
        return (self,)


@dataclass(frozen=True)
class Pick(Own):
    """project-keep, project-away and project-reorder: names and patterns, and for a reorder how each is sorted."""

    keyword: str
    picks: tuple[tuple[str, str], ...]

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        picked: list[str] = []
        for pattern, order in self.picks:
            if "*" not in pattern:
                refuse_unknown(pattern, given)
            found = [name for name in given if fnmatch.fnmatchcase(name, pattern) and name not in picked]
            picked += sorted(found, reverse=order == "desc") if order else found
        if self.keyword == "project-away":
            return [name for name in given if name not in picked]
        if self.keyword == "project-keep":
            return [name for name in given if name in picked]
        return picked + [name for name in given if name not in picked]

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        kept = self.columns(given)
        if not kept:
            raise QueryRefused(f"{self.keyword} leaves no column.", "Keep at least one.")
        return f"SELECT {', '.join(map(quote_ident, kept))} FROM {previous}"


@dataclass(frozen=True)
class First(Own):
    """take and top: so many rows, the first by `keys`. How many is an expression, such as what a let is bound to."""

    count: ir.Expr
    keys: tuple[ir.SortKey, ...] = ()

    def rows(self) -> str:
        """How many, as SQL: none for fewer than none. Raises QueryRefused for what is no number."""
        is_number = not isinstance(self.count, ir.Literal) or isinstance(self.count.value, int)
        if not is_number or any(isinstance(each, ir.ColumnRef) for each in nodes(self.count)):
            raise QueryRefused("How many rows is no whole number.", "Write a number, or the name of a let that is one.")
        return f"greatest(coalesce(({translate.render_expr(self.count)})::BIGINT, 0), 0)"

    def order(self) -> str:
        """ORDER BY, as SQL; "" for rows in any order."""
        return f"ORDER BY {translate.render_sort_keys(self.keys)}" if self.keys else ""

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        return f"SELECT * FROM {previous} {self.order()} LIMIT {self.rows()}"

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""
        count, keys = lower._substitute(self.count, scalars), (lower._substitute(each, scalars) for each in self.keys)
        return replace(self, count=count, keys=tuple(keys))

    def reads(self) -> tuple[ir.Node, ...]:
        """See `Own`."""
        return self.keys


@dataclass(frozen=True)
class Sample(First):
    """sample: so many rows, any of them."""

    def order(self) -> str:
        """See `First`."""
        return "ORDER BY random()"


@dataclass(frozen=True)
class _Kept(Own):
    """Rows for which a predicate holds."""

    predicate: ir.Expr

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""
        return replace(self, predicate=lower._substitute(self.predicate, scalars))


ANY_COLUMN = ir.RenderedAggregate("*")
"""What stands left of an operator in `where * has "x"`."""


@dataclass(frozen=True)
class Search(_Kept):
    """search, and where with `*`: rows of which some column has the words, each a text in `predicate` by itself."""

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        listed = ", ".join(f"CAST({quote_ident(name)} AS VARCHAR)" for name in given)
        anywhere = f"concat_ws(chr(1), {listed})"
        predicate = translate.render_expr(_looking_into(self.predicate, ir.RenderedAggregate(anywhere)))
        return f"SELECT * FROM {previous} WHERE {predicate}"


def _looking_into(node: ir.Expr, anywhere: ir.Expr) -> ir.Expr:
    if isinstance(node, ir.Literal) and node.kind == "string":
        text = str(node.value)
        starts, ends = text.endswith("*"), text.startswith("*")
        op = "contains" if starts and ends else "hasprefix" if starts else "hassuffix" if ends else "has"
        if text.strip("*") == "":
            return ir.Literal(True, "bool")
        return ir.BinaryOp(op, anywhere, ir.Literal(text.strip("*"), "string"))
    if isinstance(node, ir.BinaryOp) and node.op in ("and", "or"):
        return replace(node, left=_looking_into(node.left, anywhere), right=_looking_into(node.right, anywhere))
    if isinstance(node, ir.BinaryOp) and node.left == ANY_COLUMN:
        return replace(node, left=anywhere)
    if isinstance(node, ir.FunctionCall) and node.name == "not":
        return replace(node, args=tuple(_looking_into(each, anywhere) for each in node.args))
    return node


@dataclass(frozen=True)
class Windowed(Own):
    """extend or serialize with functions of a row's neighbours; the order is that of the rows.

    Rows are numbered once. row_cumsum and row_rank with a condition to start anew count these starts, and add up
    within each count.
    """

    expressions: tuple[ir.NamedExpr, ...]

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""
        return replace(self, expressions=tuple(lower._substitute(each, scalars) for each in self.expressions))

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        return given + [name for name in naming.extend_names(self.expressions, given) if name not in given]

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        restarts: list[str] = []
        made = {
            name: translate.render_expr(_over_rows(each.expr, restarts))
            for each, name in zip(self.expressions, naming.extend_names(self.expressions, given), strict=True)
        }
        shown = [f"{made[name]} AS {quote_ident(name)}" if name in made else quote_ident(name) for name in
                 self.columns(given)]  # fmt: skip
        numbered = f"SELECT *, row_number() OVER () AS _n FROM {previous}"
        if restarts:
            marks = ", ".join(f"({each})::INTEGER AS _m{at}" for at, each in enumerate(restarts))
            counts = ", ".join(f"sum(_m{at}) OVER (ORDER BY _n) AS _r{at}" for at in range(len(restarts)))
            numbered = f"SELECT *, {counts} FROM (SELECT *, {marks} FROM ({numbered}))"
        return f"SELECT {', '.join(shown)} FROM ({numbered}) ORDER BY _n"


@dataclass(frozen=True)
class WhereOfRows(_Kept):
    """where with functions of a row's neighbours."""

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        restarts: list[str] = []
        predicate = translate.render_expr(_over_rows(self.predicate, restarts))
        if restarts:
            raise QueryRefused("where cannot start a running total anew.", "Put row_cumsum into an extend before it.")
        numbered = f"SELECT *, row_number() OVER () AS _n FROM {previous}"
        kept = ", ".join(map(quote_ident, given))
        return f"SELECT {kept} FROM (SELECT *, ({predicate}) AS _kept FROM ({numbered})) WHERE _kept ORDER BY _n"


ROW_FUNCTIONS = ("prev", "next", "row_number", "row_cumsum", "row_rank_dense", "row_rank_min")


def _over_rows(node: ir.Expr, restarts: list[str]) -> ir.Expr:
    """The expression with each function of neighbours as the SQL that it is."""
    if isinstance(node, ir.FunctionCall) and node.name in ROW_FUNCTIONS:
        return ir.RenderedAggregate(f"({_row_function(node, restarts)})")
    if isinstance(node, ir.FunctionCall):
        return replace(node, args=tuple(_over_rows(each, restarts) for each in node.args))
    if isinstance(node, ir.BinaryOp):
        return replace(node, left=_over_rows(node.left, restarts), right=_over_rows(node.right, restarts))
    if isinstance(node, ir.UnaryOp):
        return replace(node, operand=_over_rows(node.operand, restarts))
    return node


def _row_function(call: ir.FunctionCall, restarts: list[str]) -> str:
    inner = [translate.render_expr(_over_rows(each, restarts)) for each in call.args]
    if call.name in ("prev", "next"):
        side = "lag" if call.name == "prev" else "lead"
        return never_null_text(f"{side}({', '.join(inner)}) OVER (ORDER BY _n)")
    within = _within(call, 1, inner, restarts)
    if call.name == "row_number":
        start = inner[0] if inner else "1"
        return f"row_number() OVER ({within}ORDER BY _n) - 1 + {start}"
    if call.name == "row_cumsum":
        return f"coalesce(sum({inner[0]}) OVER ({within}ORDER BY _n), 0)"
    restarts.append(f"{inner[0]} IS DISTINCT FROM lag({inner[0]}) OVER (ORDER BY _n)")
    if call.name == "row_rank_dense" and not within:
        return f"_r{len(restarts) - 1}"
    raise QueryRefused(f"{call.name}() is not answered here with these arguments.", "Use row_number().")


def _within(call: ir.FunctionCall, at: int, inner: list[str], restarts: list[str]) -> str:
    """The partition that starts anew where the argument says so."""
    if len(call.args) <= at:
        return ""
    restarts.append(f"coalesce({inner[at]}, false)")
    return f"PARTITION BY _r{len(restarts) - 1} "
