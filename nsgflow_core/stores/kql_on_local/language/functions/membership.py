"""in, has_any and has_all over what may be an array: duckdb-kql knows one only where it is written out.

Source: Microsoft Learn, "in operator", "has_any operator": a list, or an expression of a dynamic array. A number is
itself however it is written: the ports of AzureNetworkAnalytics_CL are reals, those of a list mostly are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from duckdb_kql import ir, translate


def in_list(original: Callable[[ir.InList], str], node: ir.InList) -> str:
    """`x in (...)`, each item that may be an array looked into."""
    arrays = [each for each in node.items if _may_be_array(each)]
    if node.subquery is not None or not arrays:
        return original(node)
    rest = replace(node, items=tuple(each for each in node.items if each not in arrays), negated=False)

    def tested(values: Any) -> str:
        tests = [_within(values[0], as_value(each), node.case_insensitive) for each in arrays]
        tests += [translate._render_in_list(rest, values[0])] if rest.items else []
        return translate._in_result(f"({' OR '.join(tests)})", node, values[0])

    return str(translate._in_string_context(((node.value, translate.render_expr(node.value)),), tested))


def _within(value: str, item: str, ignores_case: bool) -> str:
    json, word = f"to_json({item})", f"kql_word({value})"
    members, alone, typed = f"kql_words(CAST({json} AS VARCHAR[]), {value})", f"({json} ->> '$')", f"kql_word({item})"
    if ignores_case:
        word, alone, typed = (f"lower({each})" for each in (word, alone, typed))
        members = f"list_transform({members}, lambda _v: lower(_v))"
    return (
        f"(CASE WHEN json_type({json}) = 'ARRAY' THEN list_contains({members}, {word}) "
        f"WHEN typeof({item}) = 'JSON' THEN {word} = {alone} ELSE {word} = {typed} END)"
    )


def has_list(original: Callable[[ir.HasList], str], node: ir.HasList) -> str:
    """`x has_any (...)` and has_all, the same way."""
    arrays = [each for each in node.items if _may_be_array(each) and not translate._is_dynamic(each)]
    if node.subquery is not None or not arrays:
        return original(node)
    rest = replace(node, items=tuple(each for each in node.items if each not in arrays))

    def tested(values: Any) -> str:
        tests = [translate._has_toscalar(node, values[0], as_value(each)) for each in arrays]
        tests += [translate._render_has_list(rest, values[0])] if rest.items else []
        joined = (" AND " if node.require_all else " OR ").join(tests)
        return translate._has_list_result(f"({joined})", node)

    return str(translate._in_string_context(((node.value, translate.render_expr(node.value)),), tested))


def _may_be_array(item: ir.Expr) -> bool:
    """What a column or a function holds is known once there are rows."""
    if isinstance(item, ir.FunctionCall):
        return not translate._is_string_expr(item)
    return isinstance(item, ir.ColumnRef | ir.PathAccess | ir.ToScalar) or translate._is_dynamic(item)


def as_value(item: ir.Expr) -> str:
    """As SQL, an array as JSON."""
    sql = translate.render_expr(item)
    return f"to_json({sql})" if isinstance(item, ir.FunctionCall) and item.name == "split" else str(sql)
