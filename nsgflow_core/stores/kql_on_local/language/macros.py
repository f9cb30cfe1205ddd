"""SQL macros that the rows of `functions` are written with: addresses as numbers, lists of numbers.

They are made in the connection's temporary catalog before it is locked, and hold nothing but arithmetic.
Source of what each function answers: Microsoft Learn, Kusto reference (ipv4_is_in_range, ipv6_compare, series_fill_*).
"""

from __future__ import annotations

import duckdb
from duckdb_kql import ir, translate

_V4 = r"'^\s*\d{1,3}(\.\d{1,3}){3}(/\d{1,2})?\s*$'"

_ELEMENT, _ELEMENT_OF_LIST = (translate._dynamic_element(ir.RenderedAggregate(name)) for name in ("v", "_v"))
"""A value as a dynamic one holds it: a moment as KQL writes it."""

MACROS = (
    f"""kql_v4(t) AS list_transform([t], lambda _t: CASE WHEN regexp_matches(_t, {_V4}) THEN list_reduce(list_transform(
        string_split(split_part(trim(_t), '/', 1), '.'),
        lambda _p: CASE WHEN _p::BIGINT > 255 THEN NULL ELSE _p::BIGINT END),
        lambda _a, _b: _a * 256 + _b) END)[1]""",
    """kql_v4_bits(t) AS list_transform([t], lambda _t: CASE WHEN contains(_t, '/') THEN CASE WHEN
        TRY_CAST(split_part(trim(_t), '/', 2) AS INTEGER) BETWEEN 0 AND 32
        THEN TRY_CAST(split_part(trim(_t), '/', 2) AS INTEGER) END ELSE 32 END)[1]""",
    "kql_v4_mask(bits) AS (4294967296 - (1::BIGINT << (32 - bits::INTEGER)))",
    "kql_v4_cut(number, bits) AS (number::BIGINT & kql_v4_mask(bits))",
    """kql_v4_text(number) AS list_transform([number::BIGINT], lambda _n: CASE WHEN _n IS NOT NULL THEN
        concat_ws('.', (_n >> 24) & 255, (_n >> 16) & 255, (_n >> 8) & 255, _n & 255) ELSE '' END)[1]""",
    """kql_v4_compare(a, b, bits) AS sign(kql_v4_cut(kql_v4(a), least(kql_v4_bits(a), kql_v4_bits(b), bits::INTEGER))
        - kql_v4_cut(kql_v4(b), least(kql_v4_bits(a), kql_v4_bits(b), bits::INTEGER)))::BIGINT""",
    "kql_v4_in(a, b) AS (kql_v4_cut(kql_v4(a), kql_v4_bits(b)) = kql_v4_cut(kql_v4(b), kql_v4_bits(b)))",
    """kql_v4_private(t) AS (list_contains([10], kql_v4(t) >> 24) AND kql_v4_bits(t) >= 8
        OR (kql_v4(t) >> 20) = 2753 AND kql_v4_bits(t) >= 12 OR (kql_v4(t) >> 16) = 49320 AND kql_v4_bits(t) >= 16)""",
    "kql_v4_network(t) AS list_transform([t], lambda _t: kql_v4_cut(kql_v4(_t), kql_v4_bits(_t)))[1]",
    """kql_v4_number(t) AS list_transform([t::VARCHAR], lambda _t: coalesce(TRY_CAST(_t AS BIGINT), kql_v4(_t)))[1]""",
    """kql_v4_found(t) AS list_filter(list_transform(regexp_split_to_array(t, '[^0-9A-Za-z.]+'),
        lambda _w: trim(_w, '.')), lambda _w: kql_v4(_w) IS NOT NULL)""",
    """kql_v6_bits(t) AS CASE WHEN contains(t, '/')
        THEN TRY_CAST(split_part(t, '/', 2) AS INTEGER) + CASE WHEN contains(t, ':') THEN 0 ELSE 96 END ELSE 128 END""",
    """kql_v6_cut(hex, bits) AS left(hex, bits // 4) || CASE WHEN bits % 4 = 0 THEN '' ELSE
        (('0x' || substr(hex, bits // 4 + 1, 1))::INTEGER >> (4 - bits % 4))::VARCHAR END""",
    """kql_repeated(v, n, mark := '') AS
        CASE WHEN n > 0 THEN repeat(v::VARCHAR || mark, n - 1) || v::VARCHAR ELSE '' END""",
    """kql_place(s, sought, start := 0, most := -1) AS list_transform(
        [CASE WHEN start < 0 THEN greatest(length(s) + start, 0) ELSE start END], lambda _from: list_transform(
        [strpos(CASE WHEN most < 0 THEN substr(s, _from + 1) ELSE substr(s, _from + 1, most) END, sought)],
        lambda _at: CASE WHEN _at = 0 THEN -1 ELSE _at - 1 + _from END)[1])[1]""",
    "kql_origin(v) AS (CASE WHEN typeof(v) = 'INTERVAL' THEN 0 ELSE -62135596800000000 END)",
    """kql_floor(v, us, origin) AS (v - to_microseconds(CASE WHEN us > 0
        THEN ((epoch_us(v) - origin) % us + us) % us END))""",
    rf"""kql_word(v) AS (CASE WHEN typeof(v) IN ('DOUBLE', 'FLOAT') THEN regexp_replace(v::VARCHAR, '\.0$', '')
        WHEN typeof(v) IN ('TIMESTAMP', 'INTERVAL') THEN ({_ELEMENT}) ->> '$' ELSE v::VARCHAR END)""",
    r"""kql_words(l, v) AS (CASE WHEN typeof(v) IN ('VARCHAR', 'JSON', 'BOOLEAN') THEN l
        ELSE list_transform(l, lambda _w: regexp_replace(_w, '\.0$', '')) END)""",
    f"""kql_array(l) AS (CASE WHEN l IS NULL THEN CAST('[]' AS JSON) WHEN typeof(l) IN ('TIMESTAMP[]', 'INTERVAL[]')
        THEN to_json(list_transform(l, lambda _v: {_ELEMENT_OF_LIST}))
        ELSE to_json(l) END)""",
    f"kql_element(v) AS ({_ELEMENT})",
    "kql_first_of_each(l) AS list_filter(l, lambda _e, _i: _i = 1 OR l[_i - 1].k <> _e.k)",
    r"kql_plain(j) AS regexp_replace(j::VARCHAR, '^(-?\d+)\.0$', '\1')",
    "kql_once(l) AS list_filter(l, lambda _v, _i: list_position(l, _v) = _i)",
    "kql_numbers(x) AS TRY_CAST(to_json(x) AS DOUBLE[])",
    """kql_filled_back(l) AS list_transform(range(1, len(l) + 1),
        lambda _i: list_filter(l[_i:], lambda _v: _v IS NOT NULL)[1])""",
    """kql_filled_on(l) AS list_transform(range(1, len(l) + 1),
        lambda _i: list_filter(l[:_i], lambda _v: _v IS NOT NULL)[-1])""",
    """kql_known_before(l, i) AS list_filter(range(1, i + 1), lambda _k: l[_k] IS NOT NULL)[-1]""",
    """kql_known_after(l, i) AS list_filter(range(i, len(l) + 1), lambda _k: l[_k] IS NOT NULL)[1]""",
    """kql_between(l, i) AS CASE WHEN l[i] IS NOT NULL THEN l[i]
        WHEN kql_known_before(l, i) IS NULL THEN l[kql_known_after(l, i)]
        WHEN kql_known_after(l, i) IS NULL THEN l[kql_known_before(l, i)]
        ELSE l[kql_known_before(l, i)] + (l[kql_known_after(l, i)] - l[kql_known_before(l, i)])
            * (i - kql_known_before(l, i)) / (kql_known_after(l, i) - kql_known_before(l, i)) END""",
)


def make_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """All of them, for the length of the connection."""
    for macro in MACROS:
        connection.execute(f"CREATE TEMP MACRO {macro}")
