"""From the parse tree to operators: what duckdb-kql parses and does not lower."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from duckdb_kql import ir, lower

from nsgflow_core.stores.kql_on_local.language.aggregates import OLD_NAMES
from nsgflow_core.stores.kql_on_local.language.columns import nodes
from nsgflow_core.stores.kql_on_local.language.evaluating import evaluate_of
from nsgflow_core.stores.kql_on_local.language.groups import MvApply, Partition
from nsgflow_core.stores.kql_on_local.language.operators import (
    ANY_COLUMN,
    ROW_FUNCTIONS,
    First,
    Pick,
    Sample,
    Search,
    WhereOfRows,
    Windowed,
)
from nsgflow_core.stores.kql_on_local.language.refusal import QueryRefused
from nsgflow_core.stores.kql_on_local.language.series import MakeSeries, SeriesLine

Lowered = ir.Operator | list[ir.Operator] | None
Kids = list[Any]
_CODE = re.compile(r"(?<!\\)((?:\\\\)*)\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})")


def where(node: Any, kids: Kids) -> Lowered:
    """where and filter; `a = b` is no test."""
    inner = lower._collapse(kids[-1])
    if lower._cls(inner) == "NamedExpression":
        raise QueryRefused("The query is not valid KQL: = gives a name, and == compares.", "Write == in where.")
    predicate = lower._lower_expr(inner)
    if ANY_COLUMN in nodes(predicate):
        return Search(predicate)
    return WhereOfRows(predicate) if _is_of_rows(predicate) else ir.Where(predicate)


def in_any_column(node: Any) -> ir.Expr:
    """`* has "x"`, and the other operators that look for something within a text."""
    named, value = lower._rule_children(node)
    op = named.getText()
    if op not in ("has", "has_cs", "contains", "contains_cs", "hasprefix", "hassuffix"):
        raise QueryRefused(f"* {op} is not answered here.", "Name the columns, or look for a part: * contains.")
    return ir.BinaryOp(op, ANY_COLUMN, lower._lower_expr(value))


def text_value(original: Callable[[str], str], text: str) -> str:
    """A text; `\\u0041` and `\\x41` are characters (Learn, "The string data type")."""
    if text.startswith("@"):
        return original(text)
    if text[:1] in "hH" and text[1:2] in ("'", '"', "@"):
        return text_value(original, text[1:])
    return original(_CODE.sub(_character, text))


def _character(found: re.Match[str]) -> str:
    made = chr(int(found[2][1:], 16))
    return found[1] + ("\\" + made if made in "\\'\"" else made)


def extend(node: Any, kids: Kids) -> Lowered:
    """extend and serialize."""
    named = tuple(lower._lower_named(kid) for kid in kids)
    if any(_is_of_rows(each) for each in named):
        return Windowed(named)
    return ir.Extend(named) if named else []


def _is_of_rows(node: ir.Node) -> bool:
    return any(isinstance(each, ir.FunctionCall) and each.name in ROW_FUNCTIONS for each in nodes(node))


def pick(node: Any, kids: Kids) -> Lowered:
    """project-keep, project-away, project-reorder."""
    keyword = {"ProjectKeepOperator": "project-keep", "ProjectAwayOperator": "project-away"}
    return Pick(keyword.get(lower._cls(node), "project-reorder"), tuple(map(_pattern, kids)))


def _pattern(kid: Any) -> tuple[str, str]:
    order = ""
    if lower._cls(kid) == "ProjectReorderExpression":
        text = kid.getText()
        order = next((word for word in ("asc", "desc") if text.endswith(word)), "")
        kid = lower._collapse(lower._rule_children(kid)[0])
    return (lower._name_text(lower._collapse(kid)) or kid.getText(), order)


def take(node: Any, kids: Kids) -> Lowered:
    """take and limit N."""
    return First(lower._lower_expr(kids[-1]))


def top(node: Any, kids: Kids) -> Lowered:
    """top N by X."""
    return First(lower._lower_expr(kids[0]), (lower._lower_sort_key(kids[1]),))


def sample(node: Any, kids: Kids) -> Lowered:
    """sample N."""
    return Sample(lower._lower_expr(kids[0]))


def sample_distinct(node: Any, kids: Kids) -> Lowered:
    """sample-distinct N of X."""
    return [ir.Distinct((lower._lower_named(kids[1]),)), First(lower._lower_expr(kids[0]))]


def parse(node: Any, kids: Kids) -> Lowered:
    """parse and parse-where; Kusto refuses a name with no text before it, too ("name does not follow a string")."""
    pattern = next(kid for kid in kids if lower._cls(kid) == "ParseOperatorPattern")
    if any(lower._cls(part) != "ParseOperatorPatternSegment" for part in lower._rule_children(pattern)):
        raise QueryRefused("A name in parse follows a text.", 'Begin with kind=regex and "^", or take it by split().')
    made: ir.Operator = lower._lower_parse(node, kids, drop_unmatched="Where" in lower._cls(node))
    return made


def nothing(node: Any, kids: Kids) -> Lowered:
    """as: of a name that nothing behind it reads; see `let_functions.head`."""
    return []


def consume(node: Any, kids: Kids) -> Lowered:
    """consume: no row."""
    return First(ir.Literal(0, "long"))


def make_series(node: Any, kids: Kids) -> Lowered:
    """make-series with `from to step` or `in range()`."""
    lines: list[SeriesLine] = []
    by: tuple[ir.NamedExpr, ...] = ()
    on, start, stop, step = None, None, None, None
    takes_stop, before = False, None
    for kid in kids:
        kind, inner = lower._cls(kid), lower._rule_children(kid)
        if kind == "MakeSeriesOperatorOnClause":
            on = lower._lower_named(inner[0])
        elif kind == "MakeSeriesOperatorFromToStepClause":
            start, stop, step = _from_to_step(kid)
        elif kind == "MakeSeriesOperatorInRangeClause":
            start, stop, step = (lower._lower_expr(each) for each in inner)
            takes_stop = True
        elif kind == "MakeSeriesOperatorByClause":
            by = tuple(lower._lower_named(each) for each in inner)
        elif "Parameter" not in kind:
            lines.append(_line(kid, before))
        before = kid
    if on is None or step is None or not lines:
        raise QueryRefused("make-series needs an aggregate, on and step.", "Write: make-series count() on T step 1h")
    return MakeSeries(tuple(lines), on, start, stop, step, by, takes_stop)


def _line(kid: Any, before: Any) -> SeriesLine:
    """One aggregate. `n = sum(x)` may come in two parts: `n = sum` taken for a parameter of the operator, and `(x)`."""
    value, *rest = [kid] if lower._cls(kid) != "MakeSeriesOperatorAggregation" else lower._rule_children(kid)
    default = lower._lower_expr(lower._rule_children(rest[0])[0]) if rest else ir.Literal(0, "long")
    named = lower._lower_named(value)
    if before is not None and "Parameter" in lower._cls(before) and value.getText().startswith("("):
        name, _, function = before.getText().partition("=")
        call = ir.FunctionCall(OLD_NAMES.get(function, function), (named.expr,))
        named = ir.NamedExpr(call, name)
    return SeriesLine(named, default)


def _from_to_step(clause: Any) -> tuple[ir.Expr | None, ir.Expr | None, ir.Expr]:
    """Which of `from` and `to` is there is told by the words between the expressions."""
    found: dict[str, ir.Expr] = {}
    word = ""
    for child in clause.children:
        if hasattr(child, "getRuleIndex"):
            found[word] = lower._lower_expr(child)
        else:
            word = child.getText().lower()
    return found.get("from"), found.get("to"), found["step"]


def mv_apply(node: Any, kids: Kids) -> Lowered:
    """mv-apply A = array to typeof(T) on (steps)."""
    *targets, body = kids
    expanded = lower._lower_mv_expand(node, targets)
    listed = expanded if isinstance(expanded, list) else [expanded]
    before = tuple(each for op in listed if isinstance(op, ir.Extend) for each in op.expressions)
    return MvApply(before, next(op for op in listed if isinstance(op, ir.MvExpand)), _steps(body))


def partition(node: Any, kids: Kids) -> Lowered:
    """partition by K (steps)."""
    plain = [kid for kid in kids if "Parameter" not in lower._cls(kid)]
    key = lower._name_text(lower._collapse(plain[0]))
    if key is None or "SubExpression" not in lower._cls(plain[-1]):
        raise QueryRefused("partition is answered here by one column, with steps in parentheses.", "Name a column.")
    body = plain[-1]
    return Partition(key, _steps(body))


def _steps(body: Any) -> tuple[ir.Operator, ...]:
    found: list[Any] = []
    for child in lower._rule_children(body):
        inner = lower._collapse(child)
        found += lower._rule_children(inner) if lower._cls(inner) == "PipeSubExpression" else [child]
    return tuple(lower._lower_operators(found))


def top_hitters(node: Any, kids: Kids) -> Lowered:
    """top-hitters N of X [by Y]: counted or added up, exactly."""
    of = lower._lower_named(kids[1])
    name = getattr(of.expr, "name", "")
    if len(kids) > 2:
        added = lower._lower_sort_key(lower._rule_children(kids[2])[0]).expr
        value = ir.NamedExpr(ir.FunctionCall("sum", (added,)), f"approximate_sum_{getattr(added, 'name', '')}")
    else:
        value = ir.NamedExpr(ir.FunctionCall("count"), f"approximate_count_{name}")
    order = ir.SortKey(ir.ColumnRef(str(value.name)))
    return [ir.Summarize((value,), (of,)), First(lower._lower_expr(kids[0]), (order,))]


def top_nested(node: Any, kids: Kids) -> Lowered:
    """top-nested of one level."""
    if len(kids) > 1:
        raise QueryRefused(
            "top-nested of several levels is not answered here.", "Write it with summarize and partition."
        )
    parts = lower._rule_children(kids[0])
    if len(parts) != 3:
        raise QueryRefused("top-nested is answered here as: top-nested N of X by aggregate.", "Write it so.")
    of, ordered = lower._lower_named(parts[1]), lower._rule_children(parts[2])
    value = lower._lower_named(ordered[0])
    name = value.name or f"aggregated_{getattr(of.expr, 'name', '')}"
    is_ascending = any("asc" in each.getText() for each in ordered[1:])
    order = ir.SortKey(ir.ColumnRef(name), is_ascending)
    return [ir.Summarize((ir.NamedExpr(value.expr, name),), (of,)), First(lower._lower_expr(parts[0]), (order,))]


def search(node: Any, kids: Kids) -> Lowered:
    """search in a pipeline."""
    plain = [kid for kid in kids if "Parameter" not in lower._cls(kid) and "InClause" not in lower._cls(kid)]
    return Search(lower._lower_expr(plain[-1]))


LOWERED: Mapping[str, Callable[[Any, Kids], Lowered]] = {
    "WhereOperator": where,
    "ExtendOperator": extend,
    "SerializeOperator": extend,
    "ProjectKeepOperator": pick,
    "ProjectAwayOperator": pick,
    "ProjectReorderOperator": pick,
    "TakeOperator": take,
    "TopOperator": top,
    "SampleOperator": sample,
    "SampleDistinctOperator": sample_distinct,
    "ParseOperator": parse,
    "ParseWhereOperator": parse,
    "AsOperator": nothing,
    "ConsumeOperator": consume,
    "MakeSeriesOperator": make_series,
    "MvapplyOperator": mv_apply,
    "PartitionOperator": partition,
    "TopHittersOperator": top_hitters,
    "TopNestedOperator": top_nested,
    "TopNestedOperatorPart": lambda node, _: top_nested(node, [node]),
    "SearchOperator": search,
    "EvaluateOperator": evaluate_of,
}
"""The grammar's rule -> how it becomes operators."""
