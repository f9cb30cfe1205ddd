"""let functions that give a table: their body stands in for each call, with the arguments in place of the parameters.

duckdb-kql knows scalar ones and `invoke`; these take its own way of placing a stored function's body (a binding of its
own before the query that calls it), so scopes are as it has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from duckdb_kql import ir, lower
from duckdb_kql.errors import KqlUnsupportedError

from nsgflow_core.stores.kql_on_local.language.columns import rebuilt
from nsgflow_core.stores.kql_on_local.language.refusal import QueryRefused

_CALL = "NamedFunctionCallExpression"


@dataclass(frozen=True)
class TableFunction:
    """A declared function: its parameters with their defaults ("" type for a table), and its body as parsed."""

    name: str
    parameters: tuple[tuple[str, ir.Expr | None, bool], ...]
    body: Any
    scalars: dict[str, ir.Expr]


DECLARED: ContextVar[dict[str, TableFunction]] = ContextVar("declared")


def declare(original: Callable[[Any, Any], None], declaration: Any, scalars: Any) -> None:
    """duckdb-kql's reader of a let function, and ours for one that gives a table."""
    function = _read(declaration, scalars)
    takes_table = any(is_table for _, _, is_table in function.parameters)
    try:
        original(declaration, scalars)
    except KqlUnsupportedError as refused:
        if not takes_table and "tabular" not in str(refused) and "binds a table" not in str(refused):
            raise
        lower._LET_FUNCTIONS_STATE.get().pop(function.name, None)
        takes_table = True
    if takes_table:
        DECLARED.get()[function.name] = function


def _read(declaration: Any, scalars: Any) -> TableFunction:
    name, *rest = lower._rule_children(declaration)
    parameters: list[tuple[str, ir.Expr | None, bool]] = []
    body = None
    for kid in rest:
        if lower._cls(kid) == "LetFunctionParameterList":
            for each in lower._rule_children(kid):
                if lower._cls(each) == "TabularParameter":
                    parameters.append((lower._tabular_parameter_name(each), None, True))
                else:
                    parameters.append((*lower._lower_let_parameter(each), False))
        elif lower._cls(kid) == "LetFunctionBody":
            body = kid
    names = lower._find_names(name)
    return TableFunction(names[0] if names else name.getText(), tuple(parameters), body, dict(scalars))


def called(node: Any) -> ir.TableRef | None:
    """The table that a call of a declared function gives, or None where the node is none."""
    node = lower._collapse(node)
    if lower._cls(node) == _CALL:
        head, *arguments = lower._rule_children(node)
        name = head.getText()
    elif lower._cls(node) in lower._NAME_KINDS:
        name, arguments = lower._name_text(node) or "", []
    else:
        return None
    if function := DECLARED.get().get(name):
        return _expanded(function, arguments)
    scope = lower._FN_STATE.get()
    is_view = lower._cls(node) == _CALL and scope is not None and name in scope.visible
    return ir.TableRef(name) if is_view and not arguments else None


def placed(name: str, query: ir.Query) -> ir.TableRef:
    """A query as a binding of its own, placed before the one that reads it."""
    scope = lower._FN_STATE.get()
    assert scope is not None
    made = lower._fresh_name(name)
    scope.pending[-1].append((made, query))
    return ir.TableRef(made)


def bind(name: str, query: ir.Query) -> None:
    """A query under a name of its own, as `as` gives it, for what stands behind."""
    scope = lower._FN_STATE.get()
    assert scope is not None
    scope.pending[-1].append((name, query))
    lower._see_tabular(name)


def step(node: Any) -> Any:
    """A step of a pipeline without what wraps it."""
    while lower._cls(node) in ("PipedOperator", "AfterPipeOperator") and lower._rule_children(node):
        node = lower._rule_children(node)[0]
    return lower._collapse(node)


def head(original: Callable[[Any, list[Any]], ir.Query], first: Any, rest: list[Any]) -> ir.Query:
    """A pipeline. What `as` names, where a later step reads the name, becomes a binding of its own."""
    named, start = "", 0
    for at, piped in enumerate(rest):
        name = _as_name(piped)
        if not any(name in lower._find_names(later) for later in rest[at + 1 :]):
            continue
        part = rest[start:at]
        before = ir.Query(ir.TableRef(named), lower._lower_operators(part)) if named else original(first, part)
        bind(name, before)
        named, start = name, at + 1
    return ir.Query(ir.TableRef(named), lower._lower_operators(rest[start:])) if named else original(first, rest)


def _as_name(piped: Any) -> str:
    """The name that `as` gives, "" for another step."""
    inner = step(piped)
    return str(lower._find_names(inner)[-1]) if lower._cls(inner) == "AsOperator" else ""


def is_called(node: Any) -> bool:
    """True when a let binds the rows of a declared function."""
    node = lower._unparenthesize(node)
    if lower._cls(node) == "LetFunctionBody":  # of a view
        return True
    kids = lower._rule_children(node)
    name = kids[0].getText() if lower._cls(node) == _CALL and kids else lower._name_text(node)
    return name in DECLARED.get()


def bound(original: Callable[..., Any], node: Any, declared: lower.LetFunction, args: tuple[ir.Expr, ...]) -> Any:
    """What a scalar function, or one of `invoke`, is called with: duckdb-kql reads `f(b = 1)` as the first argument."""
    call = lower._find_all(node, _CALL)[0]
    names = [_named(argument)[0] for argument in lower._rule_children(call)[1:]]
    given = _given(declared.name, [name for name, _ in declared.parameters], [*zip(names, args, strict=True)])
    values = [given.get(name, default) for name, default in declared.parameters]
    if None in values:
        raise _lacking(declared.name, declared.parameters[values.index(None)][0])
    return original(node, declared, tuple(values))


def _given(function: str, parameters: Sequence[str], arguments: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The parameters that a call gives, by their place or by name: f(12, c = 8). Raises QueryRefused."""
    if len(arguments) > len(parameters):
        raise QueryRefused(f"{function}() is called with {len(arguments)} arguments.", "See its let.")
    given: dict[str, Any] = {}
    is_named = False
    for parameter, (name, value) in zip(parameters, arguments, strict=False):
        if is_named and not name:
            raise QueryRefused(f"{function}() has an argument without a name behind one with a name.", "Name it too.")
        is_named, to = bool(name), name or parameter
        if to not in parameters:
            raise QueryRefused(f"{function}() has no parameter {to}; it has {', '.join(parameters)}.", "See its let.")
        if to in given:
            raise QueryRefused(f"{function}() is given {to} twice.", "Give it once.")
        given[to] = value
    return given


def _expanded(function: TableFunction, arguments: list[Any]) -> ir.TableRef:
    scope = lower._FN_STATE.get()
    assert scope is not None
    given = _given(function.name, [name for name, _, _ in function.parameters], [*map(_named, arguments)])
    binding: dict[str, ir.Expr] = dict(function.scalars)
    tables: dict[str, str] = {}
    for name, default, is_table in function.parameters:
        if name not in given and default is None:
            raise _lacking(function.name, name)
        if is_table:
            tables[name] = placed(f"{function.name}.{name}", lower._lower_query_node(given[name])).name
        else:
            value = lower._lower_expr(given[name]) if name in given else default
            assert value is not None
            binding[name] = lower._substitute(value, scope.scalars)
    query = _body(function, binding)
    return placed(function.name, _reading(query, tables))


def _lacking(function: str, parameter: str) -> QueryRefused:
    return QueryRefused(f"{function}() is called without {parameter}.", "Give every argument.")


def _named(argument: Any) -> tuple[str, Any]:
    """The name of an argument, "" for none, and its value."""
    inner = lower._collapse(argument)
    kids = lower._rule_children(inner)
    if len(kids) != 2 or lower._cls(kids[0]) != "NamedExpressionNameClause":
        return "", argument
    return next(iter(lower._find_names(kids[0])), kids[0].getText().rstrip("= ")), kids[1]


def _body(function: TableFunction, binding: dict[str, ir.Expr]) -> ir.Query:
    final = next(k for k in lower._rule_children(function.body) if lower._cls(k) != "LetFunctionBodyStatement")
    with lower._nested_scope():
        scalars, tabulars = lower._lower_lets(function.body, binding)
        query = lower._substitute_query(lower._lower_query_node(lower._collapse(final)), lower._pipeline_scope(scalars))
        tabulars.extend(lower._drain_pending())
        query = lower._resolve_in_subqueries(query, {name for name, _ in tabulars})
        query.lets.extend(tabulars)
    return query


def _reading(node: Any, tables: dict[str, str]) -> Any:
    """The query with its tabular parameters as the tables that were given."""
    if isinstance(node, ir.TableRef):
        return replace(node, name=tables[node.name]) if node.name in tables and node.database is None else node
    if isinstance(node, list | tuple):
        return type(node)(_reading(each, tables) for each in node)
    return rebuilt(node, lambda part: _reading(part, tables)) if isinstance(node, ir.Node) else node
