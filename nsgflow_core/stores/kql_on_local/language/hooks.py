"""Where duckdb-kql 1.1.2 asks us: functions of its modules, each wrapped once, in the process that runs queries.

Its tables of functions take rows; its lowering, its columns and its SQL of an operator are looked up by name in their
modules, so a wrapper there is asked first. The version is pinned, and a test walks every construct.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from types import ModuleType
from typing import Any

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.errors import KqlUnsupportedError

from nsgflow_core.stores.kql_on_local.language import aggregates, columns, let_functions
from nsgflow_core.stores.kql_on_local.language.functions import membership
from nsgflow_core.stores.kql_on_local.language.functions.adding import add_functions
from nsgflow_core.stores.kql_on_local.language.lowering import LOWERED, in_any_column, text_value
from nsgflow_core.stores.kql_on_local.language.operators import Own, Pick, never_null_text
from nsgflow_core.stores.kql_on_local.language.refusal import REWRITE, QueryRefused, unknown_table
from nsgflow_core.stores.kql_on_local.tables.documented import CL, NTA

RENDER: ContextVar[str] = ContextVar("render", default="")
"""The chart that the query being lowered asks for."""
_KINDS = {"leftouter": (False, True), "rightouter": (True, False), "fullouter": (True, True)}
"""Of a join: which sides may be missing."""
Asked = Callable[..., Any]


def operator(original: Asked, node: Any) -> Any:
    """A tabular operator of the parse tree."""
    inner = let_functions.step(node)
    kind, kids = lower._cls(inner), lower._rule_children(inner)
    if kind == "RenderOperator":
        RENDER.set(_chart(inner))
    if kind == "DistinctOperator" and any("Star" in lower._cls(kid) for kid in kids):
        return ir.Distinct((ir.NamedExpr(ir.Wildcard()),))
    return LOWERED[kind](inner, kids) if kind in LOWERED else original(node)


def expression(original: Asked, node: Any) -> Any:
    """An expression; a star in one stands for any column."""
    inner = lower._collapse(node)
    return in_any_column(inner) if lower._cls(inner) == "StringStarOperatorExpression" else original(inner)


def timespan(original: Asked, text: str) -> str:
    """A timespan; `time(-1h)` is one below zero."""
    is_below = text.startswith("-") and ":" not in text
    return f"(-{original(text[1:])})" if is_below else str(original(text))


def _chart(node: Any) -> str:
    text = node.getText()[len("render") :].split("with")[0].split("(")[0]
    return "".join(filter(str.isalpha, text))


def substituted(original: Asked, op: ir.Operator, scalars: Any) -> Any:
    """What scalar lets are bound to, in an operator."""
    return op.substituted(scalars) if isinstance(op, Own) else original(op, scalars)


def source(original: Asked, node: Any) -> Any:
    """What a pipeline starts from."""
    inner = lower._collapse(node)
    kind = lower._cls(inner)
    if kind == "ExternalDataExpression" or inner.getText().lower().startswith(("externaldata(", "external_data(")):
        raise QueryRefused(
            "externaldata reads from outside, and a query reaches nothing but its tables here.",
            "Write what it would read as a datatable.",
        )
    if kind == "SearchOperator":
        return _searched(inner)
    if kind == "FindOperator":
        raise QueryRefused("The query uses find, which is not answered here.", "Write it as union and where.")
    if kind == "ParenthesizedExpression" and lower._cls(lower._unparenthesize(inner)) in lower._TABULAR_VALUE:
        return let_functions.placed("part", lower._lower_query_node(inner))
    return let_functions.called(inner) or original(node)


def _searched(node: Any) -> ir.TableRef:
    """search over tables: each with its name as `$table`, as a binding of its own."""
    kids = lower._rule_children(node)
    clause = next((kid for kid in kids if "InClause" in lower._cls(kid)), None)
    names = lower._find_names(clause) if clause else [NTA, CL]
    found = LOWERED["SearchOperator"](node, kids)
    assert isinstance(found, ir.Operator)

    def of_table(name: str) -> ir.Query:
        named = ir.Extend((ir.NamedExpr(ir.Literal(name, "string"), "$table"),))
        return ir.Query(ir.TableRef(name), [found, named, Pick("project-reorder", (("$table", ""),))])

    first, *others = map(of_table, names)
    if others:
        first.operators.append(ir.Union(tuple(others)))
    return let_functions.placed("search", first)


def is_table(original: Asked, node: Any, scalars: Any) -> bool:
    """Whether a let binds a table."""
    return let_functions.is_called(node) or bool(original(node, scalars))


def query(original: Asked, node: Any) -> Any:
    """A table expression; the body of a view is its last."""
    inner = lower._unparenthesize(node)
    if lower._cls(inner) == "LetFunctionBody":
        inner = lower._collapse(lower._rule_children(inner)[-1])
    return original(inner)


def settings(original: Asked, tree: Any) -> None:
    """`set`: a workspace's options change how it works, not what it answers."""
    with suppress(KqlUnsupportedError):
        original(tree)


def named(original: Asked, node: Any) -> Any:
    """`name = expression`; the names of `(a, b) = ...` are joined by line feeds, which no name holds."""
    made = original(node)
    names = [name for each in lower._find_all(node, "NamedExpressionNameList") for name in lower._find_names(each)]
    return ir.NamedExpr(made.expr, "\n".join(names)) if len(names) > 1 else made


def call(original: Asked, node: Any) -> Any:
    """A call: old names as today's, and extract() with a type as its fourth argument."""
    kids = lower._rule_children(node)
    if len(kids) == 5 and kids[0].getText() == "extract":
        kind = kids[4].getText().removeprefix("typeof(").rstrip(")")
        found = ir.FunctionCall("extract", tuple(lower._lower_expr(kid) for kid in kids[1:4]))
        return found if kind == "string" else ir.FunctionCall(f"to{kind}", (found,))
    made = original(node)
    if isinstance(made, ir.FunctionCall) and made.name in aggregates.OLD_NAMES:
        return ir.FunctionCall(aggregates.OLD_NAMES[made.name], made.args)
    return made


def references(original: Asked, op: ir.Operator, cols: list[str] | None) -> Any:
    """What is known of an operator once its input's columns are."""
    made = original(op, cols)
    return made if cols is None else columns.resolved(made, cols)


def columns_of(original: Asked, op: ir.Operator, cols: list[str], tables: Any) -> Any:
    """The columns that an operator gives."""
    return op.columns(cols) if isinstance(op, Own) else original(op, cols, tables)


def sql_of(original: Asked, op: ir.Operator, previous: str, cols: list[str] | None = None) -> Any:
    """An operator's SQL; an aggregate of texts that met none is "", since Kusto has no null text."""
    if isinstance(op, Own):
        return op.sql(previous, cols or [])
    made = original(op, previous, cols)
    if not isinstance(op, ir.Summarize) or cols is None:
        return made
    keys, of_each = translate.summarize_names(op, cols)
    aggregates = [name for names in of_each for name in names]
    return _without_null_text(made, [*keys, *aggregates], aggregates)


def checks(original: Asked, op: ir.Operator, cols: list[str]) -> None:
    """What an operator may not say."""
    columns.checked(op, cols)
    original(op, cols)


def join(original: Asked, op: ir.Join, previous: str, left: list[str], sql: str, right: list[str]) -> str:
    """A join; a text of a side that is missing is ""."""
    for key in op.keys:
        columns.refuse_unknown(key.right, right)
    names = schema.join_output_columns(left, right, op.kind)
    return _without_null_text(original(op, previous, left, sql, right), names, _lacking(names, left, op.kind))


def lookup(original: Asked, op: ir.Lookup, previous: str, left: list[str], sql: str, right: list[str]) -> str:
    """A lookup, as a join."""
    for key in op.keys:
        columns.refuse_unknown(key.right, right)
    names = schema.lookup_output_columns(left, right, [key.right for key in op.keys])
    return _without_null_text(original(op, previous, left, sql, right), names, _lacking(names, left, op.kind))


def union(
    original: Asked, op: ir.Union, previous: str, left: list[str], query: ir.Query, tables: Any, *rest: Any
) -> str:
    """A union; a text that a branch has not is ""."""
    held = [left, *(schema.output_columns(each, tables) for each in schema.surviving_branches(op, tables))]
    names = schema.union_output_columns(op, left, tables)
    lacking = [name for name in names if not all(name in each for each in held) and name != op.with_source]
    return _without_null_text(original(op, previous, left, query, tables, *rest), names, lacking)


def _lacking(names: Sequence[str], left: Sequence[str], kind: str) -> list[str]:
    """The columns of a join that a row may be without."""
    of_left, of_right = _KINDS.get(kind, (False, False))
    return [*(names[: len(left)] if of_left else ()), *(names[len(left) :] if of_right else ())]


def _without_null_text(sql: str, names: Sequence[str], lacking: Sequence[str]) -> str:
    if not lacking:
        return sql
    quoted = ((name, translate.quote_ident(name)) for name in names)
    shown = [f"{never_null_text(column)} AS {column}" if name in lacking else column for name, column in quoted]
    return f"SELECT {', '.join(shown)} FROM ({sql})"


def source_sql(original: Asked, given: ir.Source, tables: Any = None) -> str:
    """A source's SQL: a table that is there, spelled as it is."""
    if isinstance(given, ir.TableRef):
        if given.database is not None or given.cluster is not None:
            raise QueryRefused("cluster() and database() name another database, and there is one here.", REWRITE)
        if tables is not None and given.name not in tables and translate._let_cte(given.name) is None:
            raise unknown_table(given.name, _shown(tables))
    if isinstance(given, ir.PrintSource):
        made = columns.resolved(ir.Extend(given.expressions), [])
        assert isinstance(made, ir.Extend)
        given = ir.PrintSource(made.expressions)
        columns.checked(made, [])
    return str(original(given, tables))


def table_columns(original: Asked, name: str, tables: Any) -> Any:
    """The columns of a table that is there."""
    if tables is not None and name not in tables:
        raise unknown_table(name, _shown(tables))
    return original(name, tables)


def _shown(tables: Any) -> list[str]:
    return [name for name in tables if "#" not in name]


HOOKS: tuple[tuple[ModuleType, str, Asked], ...] = (
    (lower, "_lower_operator", operator),
    (lower, "_lower_expr", expression),
    (lower, "_lower_head", let_functions.head),
    (lower, "_string_value", text_value),
    (lower, "_substitute_operator", substituted),
    (lower, "_lower_source", source),
    (lower, "_is_tabular_value", is_table),
    (lower, "_lower_query_node", query),
    (lower, "_apply_set_statements", settings),
    (lower, "_lower_named", named),
    (lower, "_lower_function_call", call),
    (lower, "_declare_let_function", let_functions.declare),
    (lower, "_bind_let_arguments", let_functions.bound),
    (schema, "resolve_let_refs", references),
    (schema, "_operator_columns_unchecked", columns_of),
    (schema, "_table_columns", table_columns),
    (translate, "render_operator", sql_of),
    (translate, "_refuse_forward_reference", checks),
    (translate, "_render_timespan_literal", timespan),
    (translate, "arg_max_names", aggregates.extreme_names),
    (translate, "render_in_list", membership.in_list),
    (translate, "render_has_list", membership.has_list),
    (translate, "render_join", join),
    (translate, "render_lookup", lookup),
    (translate, "render_union", union),
    (translate, "render_source", source_sql),
)
"""Module, function, and ours, which gets the function first."""


@cache
def install() -> None:
    """All rows and hooks, once a process."""
    add_functions()
    aggregates.add_aggregates()
    for module, name, ours in HOOKS:
        setattr(module, name, _asked_first(ours, getattr(module, name)))


def _asked_first(ours: Asked, original: Asked) -> Asked:
    def asked(*arguments: Any, **named_arguments: Any) -> Any:
        return ours(original, *arguments, **named_arguments)

    return asked
