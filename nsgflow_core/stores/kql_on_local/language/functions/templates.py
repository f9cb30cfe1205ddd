"""Functions that are one expression: a row each, and `{0}` is the first argument.

Sources: Microsoft Learn, Kusto Query Language, the page of each function.
"""

from __future__ import annotations

from collections.abc import Mapping


def _pairwise(sign: str) -> str:
    return (
        "to_json(list_transform(range(1, greatest(len(kql_numbers({0})), len(kql_numbers({1}))) + 1), "
        f"lambda _at: kql_numbers({{0}})[_at] {sign} kql_numbers({{1}})[_at]))"
    )


_DYNAMIC = "coalesce(TRY_CAST({0} AS JSON), to_json(nullif(CAST({0} AS VARCHAR), '')))"
"""Of a text that is no JSON: the text (Learn, "parse_json function")."""

TEMPLATES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    # Old names and other spellings.
    "parse_json": (_DYNAMIC, (1,)),
    "todynamic": (_DYNAMIC, (1,)),
    "parsejson": (_DYNAMIC, (1,)),
    "toobject": (_DYNAMIC, (1,)),
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
    "strrep": ("kql_repeated({0}, {1})", (2, 3)),
    "indexof": ("kql_place({0}, {1})", (2, 3, 4)),
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
    "set_has_element": (
        "list_contains(list_transform(CAST(to_json({0}) AS JSON[]), lambda _v: kql_plain(_v)), "
        "kql_plain(kql_element({1})))",
        (2,),
    ),
    "array_index_of": (
        "coalesce(list_position(list_transform(CAST(to_json({0}) AS JSON[]), lambda _v: kql_plain(_v)), "
        "kql_plain(kql_element({1}))) - 1, -1)",
        (2,),
    ),
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
