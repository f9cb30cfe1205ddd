"""Functions of IP addresses that look at their arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from duckdb_kql import ir, translate

from nsgflow_core.stores.kql_on_local.language.functions.arguments import rendered, wrong


def _ranges(call: ir.FunctionCall, test: str) -> str:
    """A test over all the ranges that are given, as arguments or as one array."""
    if len(call.args) < 2:
        raise wrong(call, "a value and at least one more")
    text, *others = rendered(call)
    listed = f"[{', '.join(others)}]"
    if len(others) == 1:
        one = f"{others[0]}::VARCHAR"
        listed = (
            f"CASE WHEN json_valid({one}) AND json_type({one}) = 'ARRAY' THEN CAST(({one})::JSON AS VARCHAR[]) "
            f"ELSE [{one}] END"
        )
    return f"(len(list_filter({listed}, lambda _w: {test.format(text=text)})) > 0)"


def _v4_compare(call: ir.FunctionCall) -> str:
    if len(call.args) not in (2, 3):
        raise wrong(call, "2 or 3 arguments")
    made = [*rendered(call), "32"]
    compared = f"kql_v4_compare({made[0]}, {made[1]}, {made[2]})"
    return compared if call.name == "ipv4_compare" else f"({compared} = 0)"


def _v6(node: ir.Expr) -> tuple[str, str]:
    """(32 hexadecimal digits, bits of the prefix) of an address."""
    text = translate.render_expr(node)
    alone = ir.RenderedAggregate(f"split_part({text}, '/', 1)")
    parsed = translate.render_expr(ir.FunctionCall("parse_ipv6", (alone,)))
    return f"nullif(replace({parsed}, ':', ''), '')", f"kql_v6_bits({text})"


def _v6_compare(call: ir.FunctionCall) -> str:
    if len(call.args) not in (2, 3):
        raise wrong(call, "2 or 3 arguments")
    (left, left_bits), (right, right_bits) = map(_v6, call.args[:2])
    most = f", {translate.render_expr(call.args[2])}::INTEGER" if len(call.args) == 3 else ""
    bits = right_bits if "range" in call.name else f"least({left_bits}, {right_bits}{most})"
    a, b = f"kql_v6_cut({left}, {bits})", f"kql_v6_cut({right}, {bits})"
    if call.name == "ipv6_compare":
        return f"CAST(CASE WHEN {a} < {b} THEN -1 WHEN {a} > {b} THEN 1 WHEN {a} = {b} THEN 0 END AS BIGINT)"
    return f"({a} = {b})"


def _v6_any(call: ir.FunctionCall) -> str:
    """Ranges are known when the query is written: each is a comparison of its own."""
    ranges: list[ir.Expr] = list(call.args[1:])
    if len(ranges) == 1 and isinstance(ranges[0], ir.Literal) and ranges[0].kind == "dynamic":
        ranges = [ir.Literal(str(each), "string") for each in json.loads(str(ranges[0].value))]
    tests = [_v6_compare(ir.FunctionCall("ipv6_is_in_range", (call.args[0], each))) for each in ranges]
    return "(" + (" OR ".join(tests) or "false") + ")"


def _format_v4(call: ir.FunctionCall) -> str:
    value, *rest = rendered(call)
    bits = rest[0] if rest else "32"
    text = f"kql_v4_text(kql_v4_cut(kql_v4_number({value}), {bits}))"
    return text if call.name == "format_ipv4" else f"({text} || '/' || {bits})"


ADDRESSES: Mapping[str, Callable[[ir.FunctionCall], str]] = {
    "ipv4_is_in_any_range": lambda call: _ranges(call, "kql_v4_in({text}, _w)"),
    "has_any_ipv4": lambda call: _ranges(call, "list_contains(kql_v4_found({text}), _w)"),
    "has_any_ipv4_prefix": lambda call: _ranges(
        call, "len(list_filter(kql_v4_found({text}), lambda _a: starts_with(_a, _w))) > 0"
    ),
    "ipv4_compare": _v4_compare,
    "ipv4_is_match": _v4_compare,
    "ipv6_compare": _v6_compare,
    "ipv6_is_match": _v6_compare,
    "ipv6_is_in_range": _v6_compare,
    "ipv6_is_in_any_range": _v6_any,
    "parse_ipv4": lambda call: f"kql_v4_network({', '.join(rendered(call))})",
    "format_ipv4": _format_v4,
    "format_ipv4_mask": _format_v4,
}
