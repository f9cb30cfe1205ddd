"""Names as Kusto checks them, with their case, at each step; and what can be written only once columns are known.

`checked` looks at the columns and functions of an operator, `resolved` writes column_ifexists, `distinct *`, pack_all
and several percentiles out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from duckdb_kql import ir, translate
from duckdb_kql.translate import functions as registry

from nsgflow_core.stores.kql_on_local.language import aggregates
from nsgflow_core.stores.kql_on_local.language.kusto_names import KUSTO_FUNCTIONS
from nsgflow_core.stores.kql_on_local.language.refusal import REWRITE, QueryRefused, unknown
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED

_IF_EXISTS = ("column_ifexists", "columnifexists")


def functions() -> set[str]:
    """Every function that can be called."""
    return {*registry.SCALAR_FUNCTIONS, *registry.AGGREGATE_FUNCTIONS, *translate._SPECIAL_FORMS} - {"timespan"}


def nodes(node: object) -> Iterator[ir.Node]:
    """Every node of an operator or expression, outside nested queries, each once."""
    waiting: list[object] = [node]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if isinstance(current, list | tuple):
            waiting.extend(current)
        elif isinstance(current, ir.Node) and not isinstance(current, ir.Query) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting.extend(fields_of(current).values())


def fields_of(node: Any) -> dict[str, Any]:
    """What a node is made of."""
    return {field.name: getattr(node, field.name) for field in dataclasses.fields(node)} if _is_made(node) else {}


def _is_made(node: Any) -> bool:
    return dataclasses.is_dataclass(node) and not isinstance(node, type)


def rebuilt(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with each of its parts changed; itself where none is."""
    before = fields_of(node)
    after = {name: change(value) for name, value in before.items()}
    changed = {name: value for name, value in after.items() if value is not before[name]}
    return dataclasses.replace(node, **changed) if changed else node


def checked(op: ir.Operator, columns: Sequence[str]) -> None:
    """Raises QueryRefused for a column that the operator's input has not, and for a function that there is not."""
    reads = getattr(op, "reads", None)
    for node in nodes(reads() if reads else op):
        if isinstance(node, ir.ColumnRef):
            refuse_unknown(node.name, columns)
        elif isinstance(node, ir.FunctionCall):
            _check_function(node)
    for name in _plain_names(op):
        refuse_unknown(name, columns)


def refuse_unknown(name: str, columns: Sequence[str]) -> None:
    """Raises QueryRefused where no column is spelled so."""
    if name in columns:
        return
    held = set(columns)
    table = next((table for table, known in DOCUMENTED.items() if held >= known.keys()), None)
    what = f"{table} has no column" if table else "This step has no column"
    listed = "getschema lists its columns." if table else f"Its columns are {', '.join(list(columns)[:20])}."
    raise unknown(what, name, columns, listed)


def _plain_names(op: ir.Operator) -> tuple[str, ...]:
    if isinstance(op, ir.ProjectAway):
        return op.columns
    if isinstance(op, ir.ProjectRename):
        return tuple(old for old, _ in op.renames)
    if isinstance(op, ir.MvExpand):
        return tuple(target.column for target in op.targets)
    if isinstance(op, ir.Join | ir.Lookup):
        return tuple(key.left for key in op.keys)
    return ()


def _check_function(call: ir.FunctionCall) -> None:
    known = functions()
    if call.name not in known and call.name in KUSTO_FUNCTIONS:
        raise QueryRefused(f"The query uses the function {call.name}(), which is not answered here.", REWRITE)
    if call.name not in known:
        raise unknown("There is no function", call.name, known, "Functions are spelled in lower case.")
    scalar, aggregate = registry.SCALAR_FUNCTIONS.get(call.name), registry.AGGREGATE_FUNCTIONS.get(call.name)
    allowed = {*(scalar.arities if scalar else ()), *(aggregate.arities if aggregate else ())}
    open_ended = (scalar and not scalar.arities) or (aggregate and not aggregate.arities)
    if allowed and not open_ended and len(call.args) not in allowed:
        counts = " or ".join(map(str, sorted(allowed)))
        raise QueryRefused(f"{call.name}() takes {counts} arguments, not {len(call.args)}.", "Correct the call.")


def resolved(op: ir.Operator, columns: Sequence[str]) -> ir.Operator:
    """The operator with what depends on the input's columns written out."""
    if isinstance(op, ir.Summarize):
        op = aggregates.spread(op, columns)
    if isinstance(op, ir.Distinct) and any(isinstance(each.expr, ir.Wildcard) for each in op.expressions):
        op = ir.Distinct(tuple(ir.NamedExpr(ir.ColumnRef(name)) for name in columns))
    if not any(isinstance(node, ir.FunctionCall) and node.name in (*_IF_EXISTS, "pack_all") for node in nodes(op)):
        return op
    changed: ir.Operator = _written_out(op, columns)
    return changed


def _written_out(node: Any, columns: Sequence[str]) -> Any:
    if isinstance(node, ir.FunctionCall) and node.name in _IF_EXISTS:
        return _if_exists(node, columns)
    if isinstance(node, ir.FunctionCall) and node.name == "pack_all":
        pairs = [part for name in columns for part in (ir.Literal(name, "string"), ir.ColumnRef(name))]
        return ir.FunctionCall("bag_pack", tuple(pairs))
    if isinstance(node, tuple):
        return tuple(_written_out(each, columns) for each in node)
    return node if isinstance(node, ir.Query) else rebuilt(node, lambda part: _written_out(part, columns))


def _if_exists(call: ir.FunctionCall, columns: Sequence[str]) -> ir.Expr:
    if len(call.args) != 2 or not isinstance(call.args[0], ir.Literal):
        raise QueryRefused(
            f"{call.name}() takes a column's name as text, and what stands in for it.", "Correct the call."
        )
    name = str(call.args[0].value)
    return ir.ColumnRef(name) if name in columns else _written_out(call.args[1], columns)
