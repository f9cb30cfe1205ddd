"""Scalar functions that duckdb-kql lacks or has otherwise than Kusto: a row each; a few look at their arguments.

`{0}` is the first argument. Sources: Microsoft Learn, Kusto Query Language, the page of each function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from duckdb_kql import ir, translate
from duckdb_kql.errors import KqlUnsupportedError
from duckdb_kql.translate import functions as registry

_LIST = "CAST(to_json({0}) AS JSON[])"
_US = "CAST(epoch({0}) * 1000000 AS BIGINT)"


def _pairwise(sign: str) -> str:
    return (
        "to_json(list_transform(range(1, greatest(len(kql_numbers({0})), len(kql_numbers({1}))) + 1), "
        f"lambda _at: kql_numbers({{0}})[_at] {sign} kql_numbers({{1}})[_at]))"
    )


TEMPLATES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    # Old names and other spellings.
    "parsejson": ("TRY_CAST({0} AS JSON)", (1,)),
    "toobject": ("TRY_CAST({0} AS JSON)", (1,)),
    "replace": ("regexp_replace({2}, {0}, {1}, 'g')", (3,)),
    "todecimal": ("TRY_CAST({0} AS DOUBLE)", (1,)),
    "isnotempty": ("({0} IS NOT NULL AND CAST({0} AS VARCHAR) <> '')", (1,)),
    "notempty": ("({0} IS NOT NULL AND CAST({0} AS VARCHAR) <> '')", (1,)),
    "tohex": ("lower(to_hex(CAST({0} AS BIGINT)))", (1,)),
    "extractjson": ("coalesce(json_extract_string({1}, {0}), '')", (2,)),
    "extract_json": ("coalesce(json_extract_string({1}, {0}), '')", (2,)),
    "dynamic_to_json": ("CAST(to_json({0}) AS VARCHAR)", (1,)),
    "regex_quote": ("regexp_escape({0})", (1,)),
    "split": ("str_split({0}, {1})", (2, 3)),
    # Text.
    "url_encode": ("url_encode({0})", (1,)),
    "url_encode_component": ("url_encode({0})", (1,)),
    "url_decode": ("url_decode({0})", (1,)),
    "translate": ("translate({2}, {0}, {1})", (3,)),
    "strcmp": ("CAST(CASE WHEN {0} < {1} THEN -1 WHEN {0} > {1} THEN 1 ELSE 0 END AS BIGINT)", (2,)),
    "string_size": ("CAST(octet_length(encode({0})) AS BIGINT)", (1,)),
    "parse_csv": (
        "to_json(string_split(CASE WHEN contains({0}, '\"') THEN error('parse_csv of quoted values') ELSE {0} END, "
        "','))",
        (1,),
    ),
    "to_utf8": ("to_json(list_transform(string_split({0}, ''), lambda _c: unicode(_c)))", (1,)),
    "unicode_codepoints_from_string": ("to_json(list_transform(string_split({0}, ''), lambda _c: unicode(_c)))", (1,)),
    "make_string": ("array_to_string(list_transform([{}], lambda _c: chr(CAST(_c AS INTEGER))), '')", ()),
    "isascii": ("regexp_full_match({0}, '[\\x00-\\x7F]*')", (1,)),
    "parse_version": (
        "CASE WHEN regexp_full_match({0}, '\\d{{1,8}}(\\.\\d{{1,8}}){{0,3}}') THEN list_reduce("
        "list_transform([1, 2, 3, 4], "
        "lambda _at: coalesce(TRY_CAST(nullif(split_part({0}, '.', _at), '') AS HUGEINT), 0)), "
        "lambda _a, _b: _a * 100000000 + _b) END",
        (1,),
    ),
    # Numbers.
    "rand": ("random()", (0,)),
    "new_guid": ("uuid()", (0,)),
    "bitset_count_ones": ("CAST(bit_count(CAST({0} AS BIGINT)) AS BIGINT)", (1,)),
    "loggamma": ("lgamma({0})", (1,)),
    # Times.
    "unixtime_seconds_todatetime": ("make_timestamp(CAST({0} * 1000000 AS BIGINT))", (1,)),
    "unixtime_milliseconds_todatetime": ("make_timestamp(CAST({0} * 1000 AS BIGINT))", (1,)),
    "unixtime_microseconds_todatetime": ("make_timestamp(CAST({0} AS BIGINT))", (1,)),
    "unixtime_nanoseconds_todatetime": ("make_timestamp(CAST({0} // 1000 AS BIGINT))", (1,)),
    "datetime_utc_to_local": ("(({0} AT TIME ZONE 'UTC') AT TIME ZONE {1})", (2,)),
    "datetime_local_to_utc": ("(({0} AT TIME ZONE {1}) AT TIME ZONE 'UTC')", (2,)),
    # Addresses.
    "ipv4_is_private": ("kql_v4_private({0})", (1,)),
    "ipv4_is_in_range": ("kql_v4_in({0}, {1})", (2,)),
    "parse_ipv4_mask": ("kql_v4_cut(kql_v4({0}), {1})", (2,)),
    "ipv4_netmask_suffix": ("CASE WHEN kql_v4({0}) IS NOT NULL THEN CAST(kql_v4_bits({0}) AS BIGINT) END", (1,)),
    "has_ipv4": ("list_contains(kql_v4_found({0}), {1})", (2,)),
    "has_ipv4_prefix": ("(len(list_filter(kql_v4_found({0}), lambda _w: starts_with(_w, {1}))) > 0)", (2,)),
    # Dynamic values.
    "arraylength": ("(CASE WHEN json_type({0}) = 'ARRAY' THEN CAST(json_array_length({0}) AS BIGINT) END)", (1,)),
    "bag_keys": ("to_json(json_keys({0}))", (1,)),
    "bag_has_key": ("coalesce(list_contains(json_keys({0}), {1}), false)", (2,)),
    "bag_merge": ("json_merge_patch(json_merge_patch({0}, {1}), {0})", (2,)),
    "bag_remove_keys": (
        "coalesce((SELECT json_group_object(_k, json_extract({0}, '$.\"' || _k || '\"')) FROM (SELECT "
        "unnest(json_keys({0})) AS _k) WHERE NOT list_contains(CAST(to_json({1}) AS VARCHAR[]), _k)), "
        "CAST('{{}}' AS JSON))",
        (2,),
    ),
    "pack_dictionary": ("json_object({})", ()),
    "repeat": ("to_json(list_transform(range(CAST({1} AS BIGINT)), lambda _i: {0}))", (2,)),
    "array_iff": (
        "to_json(list_transform(range(1, len(CAST(to_json({0}) AS JSON[])) + 1), lambda _at: CASE WHEN "
        "CAST(to_json({0}) AS BOOLEAN[])[_at] THEN CAST(to_json({1}) AS JSON[])[_at] "
        "ELSE CAST(to_json({2}) AS JSON[])[_at] END))",
        (3,),
    ),
    "set_difference": (
        "to_json(list_filter(kql_once(CAST(to_json({0}) AS JSON[])), "
        "lambda _v: NOT list_contains(CAST(to_json({1}) AS JSON[]), _v)))",
        (2,),
    ),
    "set_union": ("to_json(kql_once(list_concat(CAST(to_json({0}) AS JSON[]), CAST(to_json({1}) AS JSON[]))))", (2,)),
    "set_intersect": (
        "to_json(list_filter(kql_once(CAST(to_json({0}) AS JSON[])), "
        "lambda _v: list_contains(CAST(to_json({1}) AS JSON[]), _v)))",
        (2,),
    ),
    "jaccard_index": (
        "(len(list_intersect(CAST(to_json({0}) AS JSON[]), CAST(to_json({1}) AS JSON[])))::DOUBLE / "
        "len(list_distinct(list_concat(CAST(to_json({0}) AS JSON[]), CAST(to_json({1}) AS JSON[])))))",
        (2,),
    ),
    # Series.
    "series_sum": ("list_sum(kql_numbers({0}))", (1,)),
    "series_product": ("list_product(kql_numbers({0}))", (1,)),
    "series_add": (_pairwise("+"), (2,)),
    "series_subtract": (_pairwise("-"), (2,)),
    "series_multiply": (_pairwise("*"), (2,)),
    "series_divide": (_pairwise("/"), (2,)),
    "series_greater": (_pairwise(">"), (2,)),
    "series_greater_equals": (_pairwise(">="), (2,)),
    "series_less": (_pairwise("<"), (2,)),
    "series_less_equals": (_pairwise("<="), (2,)),
    "series_equals": (_pairwise("="), (2,)),
    "series_not_equals": (_pairwise("<>"), (2,)),
    "series_abs": ("to_json(list_transform(kql_numbers({0}), lambda _v: abs(_v)))", (1,)),
    "series_fill_const": (
        "to_json(list_transform(CAST(to_json({0}) AS JSON[]), "
        "lambda _v: CASE WHEN _v IS NULL OR json_type(_v) = 'NULL' THEN to_json({1}) ELSE _v END))",
        (2,),
    ),
    "series_fill_forward": ("to_json(kql_filled_on(CAST(to_json({0}) AS BIGINT[])))", (1,)),
    "series_fill_backward": ("to_json(kql_filled_back(CAST(to_json({0}) AS BIGINT[])))", (1,)),
    "series_fill_linear": (
        "to_json(list_transform(range(1, len(kql_numbers({0})) + 1), lambda _at: kql_between(kql_numbers({0}), _at)))",
        (1,),
    ),
    "series_stats_dynamic": (
        "json_object('min', list_min(kql_numbers({0})), 'min_idx', list_position(kql_numbers({0}), "
        "list_min(kql_numbers({0}))) - 1, 'max', list_max(kql_numbers({0})), 'max_idx', "
        "list_position(kql_numbers({0}), list_max(kql_numbers({0}))) - 1, 'avg', list_avg(kql_numbers({0})), "
        "'stdev', list_stddev_samp(kql_numbers({0})), 'variance', list_var_samp(kql_numbers({0})))",
        (1,),
    ),
    # Of a row and its neighbours; the order is that of the rows (see `windows`).
    "prev": ("", (1, 2, 3)),
    "next": ("", (1, 2, 3)),
    "row_number": ("", (0, 1, 2)),
    "row_cumsum": ("", (1, 2)),
    "row_rank_dense": ("", (1, 2)),
    "row_rank_min": ("", (1, 2)),
    # Resolved against the columns before they get here (see `columns`).
    "column_ifexists": ("", (2,)),
    "columnifexists": ("", (2,)),
    "pack_all": ("", (0, 1)),
}


def _args(call: ir.FunctionCall) -> list[str]:
    return [translate.render_expr(each) for each in call.args]


def _wrong(call: ir.FunctionCall, expects: str) -> KqlUnsupportedError:
    return KqlUnsupportedError(f"function:{call.name}", hint=f"{call.name}() expects {expects}")


def _ranges(call: ir.FunctionCall, test: str) -> str:
    """A test over all the ranges that are given, as arguments or as one array."""
    if len(call.args) < 2:
        raise _wrong(call, "a value and at least one more")
    text, *others = _args(call)
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
        raise _wrong(call, "2 or 3 arguments")
    made = [*_args(call), "32"]
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
        raise _wrong(call, "2 or 3 arguments")
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
    value, *rest = _args(call)
    bits = rest[0] if rest else "32"
    text = f"kql_v4_text(kql_v4_cut(kql_v4_number({value}), {bits}))"
    return text if call.name == "format_ipv4" else f"({text} || '/' || {bits})"


def _bin_at(call: ir.FunctionCall) -> str:
    if len(call.args) != 3:
        raise _wrong(call, "3 arguments")
    value, step, origin = _args(call)
    if translate._is_timespan_expr(call.args[1]):
        us = _US.format(step)
        moved = f"floor((epoch_us({value}) - epoch_us({origin}))::DOUBLE / {us})::BIGINT"
        return f"make_timestamp(epoch_us({origin}) + {moved} * {us})"
    return f"(floor(({value} - {origin})::DOUBLE / {step})::BIGINT * {step} + {origin})"


def _range(call: ir.FunctionCall) -> str:
    if len(call.args) not in (2, 3):
        raise _wrong(call, "2 or 3 arguments")
    return f"to_json(generate_series({', '.join(_args(call))}))"


def _format_bytes(call: ir.FunctionCall) -> str:
    value, *rest = _args(call)
    precision = rest[0] if rest else "0"
    units = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
    if len(call.args) == 3:
        wanted = str(getattr(call.args[2], "value", ""))
        if wanted not in units:
            raise _wrong(call, f"a unit of {', '.join(units)}")
        power = str(units.index(wanted))
    else:
        power = f"least(greatest(floor(log2(greatest(abs({value}), 1)::DOUBLE) / 10)::INTEGER, 0), 6)"
    listed = "[" + ", ".join(f"'{unit}'" for unit in units) + "]"
    number = f"round({value}::DOUBLE / pow(1024, {power}), {precision}::INTEGER)::VARCHAR"
    return f"(regexp_replace({number}, '\\.0$', '') || ' ' || {listed}[{power} + 1])"


def _format_timespan(call: ir.FunctionCall) -> str:
    pattern = getattr(call.args[1], "value", None) if len(call.args) == 2 else None
    if not isinstance(pattern, str):
        raise _wrong(call, "a timespan and a literal format")
    us = _US.format(translate.render_expr(call.args[0]))
    sizes = {"d": (86_400_000_000, None), "h": (3_600_000_000, 24), "m": (60_000_000, 60), "s": (1_000_000, 60)}
    parts, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        run = len(pattern[at:]) - len(pattern[at:].lstrip(letter))
        kind = letter.lower() if letter in "hH" else letter
        if kind in sizes:
            size, wrap = sizes[kind]
            number = f"(abs({us}) // {size})" + (f" % {wrap}" if wrap else "")
            parts.append(f"lpad(({number})::VARCHAR, greatest({run}, len(({number})::VARCHAR))::INTEGER, '0')")
        elif letter in "fF":
            parts.append(f"left(lpad((abs({us}) % 1000000)::VARCHAR, 6, '0') || '0', {run})")
        else:
            parts.append(translate.quote_string(letter * run))
        at += run
    return f"concat({', '.join(parts)})"


def _split(call: ir.FunctionCall) -> str | None:
    """With a third argument, an array of that one part."""
    if len(call.args) != 3:
        return None
    text, mark, at = _args(call)
    return f"to_json([str_split({text}, {mark})[CAST({at} AS BIGINT) + 1]])"


def _array_concat(call: ir.FunctionCall) -> str:
    listed = ", ".join(f"CAST(to_json({each}) AS JSON[])" for each in _args(call))
    return f"to_json(flatten([{listed}]))"


def _conditional(call: ir.FunctionCall) -> str | None:
    """iff, case and coalesce over arrays: what split() makes is an array of texts, other arrays are JSON."""
    lists = [at for at, each in enumerate(call.args) if isinstance(each, ir.FunctionCall) and each.name == "split"]
    original = _CONDITIONALS.get(call.name)
    if not lists:
        return original(call) if original else None
    made = list(call.args)
    for at in lists:
        made[at] = ir.RenderedAggregate(f"to_json({translate.render_expr(call.args[at])})")
    changed = ir.FunctionCall(call.name, tuple(made))
    return (original(changed) if original else None) or registry.SCALAR_FUNCTIONS[call.name].render(
        [translate.render_expr(each) for each in made]
    )


_CONDITIONALS: dict[str, Callable[[ir.FunctionCall], str | None]] = {}

SPECIAL: Mapping[str, Callable[[ir.FunctionCall], str | None]] = {
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
    "parse_ipv4": lambda call: f"kql_v4_network({', '.join(_args(call))})",
    "format_ipv4": _format_v4,
    "format_ipv4_mask": _format_v4,
    "bin_at": _bin_at,
    "range": _range,
    "split": _split,
    "array_concat": _array_concat,
    "parseurl": lambda call: translate._SPECIAL_FORMS["parse_url"](ir.FunctionCall("parse_url", call.args)),
    "format_bytes": _format_bytes,
    "format_timespan": _format_timespan,
    "extractall": lambda call: translate._SPECIAL_FORMS["extract_all"](ir.FunctionCall("extract_all", call.args)),
}


def add_functions() -> None:
    """Into duckdb-kql's tables."""
    for name, (template, arities) in TEMPLATES.items():
        registry.SCALAR_FUNCTIONS[name] = registry.FunctionSpec(name, "template", template, arities)
    for name in ("iff", "iif", "case", "coalesce"):
        if name in translate._SPECIAL_FORMS:
            _CONDITIONALS[name] = translate._SPECIAL_FORMS[name]
        translate._SPECIAL_FORMS[name] = _conditional
    translate._SPECIAL_FORMS.update(SPECIAL)
    for name in translate._SPECIAL_FORMS:  # else summarize takes them for aggregates that it does not know
        registry.SCALAR_FUNCTIONS.setdefault(name, registry.FunctionSpec(name, "template", ""))
