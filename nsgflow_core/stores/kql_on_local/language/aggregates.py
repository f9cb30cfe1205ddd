"""Aggregates that duckdb-kql lacks, the old names of those that it has, and those that become several columns.

Source: Microsoft Learn, Kusto Query Language, "Aggregation function types at a glance".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from duckdb_kql import ir, translate
from duckdb_kql.errors import KqlUnsupportedError
from duckdb_kql.translate import functions as registry

OLD_NAMES = {"makeset": "make_set", "makelist": "make_list", "makebag": "make_bag", "argmax": "arg_max",
             "argmin": "arg_min", "anyif": "take_anyif", "make_dictionary": "make_bag"}  # fmt: skip
_SET = (
    "CASE WHEN coalesce(bool_or(json_type(TRY_CAST({0} AS JSON)) = 'ARRAY'), false) THEN "
    "to_json(list_distinct(flatten(list(CASE WHEN json_type(TRY_CAST({0} AS JSON)) = 'ARRAY' "
    "THEN CAST(to_json({0}) AS JSON[]) ELSE [to_json({0})] END) FILTER (WHERE {0} IS NOT NULL%s)))) ELSE "
    "kql_array(list(DISTINCT {0} ORDER BY {0}) FILTER (WHERE {0} IS NOT NULL%s)) END"
)
_LIST = "kql_array(list({0}) FILTER (WHERE {0} IS NOT NULL%s))"
_BAG = (
    "coalesce(to_json(map_from_entries(kql_first_of_each(list_sort(flatten(list_transform(list({0}), lambda _b: "
    "list_transform(json_keys(_b), lambda _k: struct_pack(k := _k, v := json_extract(_b, '$.\"' || "
    "replace(_k, '\"', '\\\"') || '\"'))))))))), "
    "CAST('{{}}' AS JSON))"
)
_OF_ROW = "take_any of a row"
_A = registry.AggregateSpec


class Sized(registry.AggregateSpec):
    """make_set and make_list, of which a second argument is the most values to keep."""

    def render(self, args: list[str]) -> str:
        """The first ones, in the order of the list."""
        if len(args) not in (1, 2):
            raise ValueError(f"{self.name}() takes (1, 2) argument(s), got {len(args)}")
        whole = self.template.format(args[0])
        return whole if len(args) == 1 else f"to_json(list_slice(CAST({whole} AS JSON[]), 1, {args[1]}))"


class OfRow(registry.AggregateSpec):
    """take_any of several columns: the one whose place is given, of a row that is the same for all of them."""

    def render(self, args: list[str]) -> str:
        """The place comes first."""
        at, *values = args
        return f"struct_extract_at(any_value(row({', '.join(values)})), {at})"


def _rows() -> list[registry.AggregateSpec]:
    return [
        _A("maxif", "max({0}) FILTER (WHERE {1})", (2,)),
        _A("minif", "min({0}) FILTER (WHERE {1})", (2,)),
        _A("avg", "avg({0})", (1,)),  # of timespans too, which the NaN of no value would not let pass
        _A("avgif", "avg({0}) FILTER (WHERE {1})", (2,)),
        _A("count_distinct", "count(DISTINCT {0})", (1,)),
        _A("count_distinctif", "count(DISTINCT {0}) FILTER (WHERE {1})", (2,)),
        Sized("make_set", _SET % ("", ""), (1, 2), name_prefix="set"),
        Sized("make_list", _LIST % "", (1, 2), name_prefix="list"),
        _A("make_set_if", _SET % (" AND {1}", " AND {1}"), (2,), name_prefix="set"),
        _A("make_list_if", _LIST % " AND {1}", (2,), name_prefix="list"),
        _A("make_list_with_nulls", "kql_array(list({0}))", (1,), name_prefix="list"),
        _A("make_bag", _BAG, (1,), name_prefix="bag"),
        _A("take_anyif", "any_value({0}) FILTER (WHERE {1})", (2,), name_is_argument=True),
        _A("stdevp", "coalesce(stddev_pop({0}), 0.0)", (1,)),
        _A("variancep", "coalesce(var_pop({0}), 0.0)", (1,)),
        _A("binary_all_or", "bit_or({0})", (1,), name_is_argument=True),
        _A("binary_all_and", "bit_and({0})", (1,), name_is_argument=True),
        _A("binary_all_xor", "bit_xor({0})", (1,), name_is_argument=True),
        OfRow(_OF_ROW, "", ()),
        _A("percentilew", "", (3,)),
        _A("percentiles", "", ()),
        _A("percentiles_array", "", ()),
    ]  # fmt: skip


def add_aggregates() -> None:
    """Into duckdb-kql's table."""
    for row in _rows():
        registry.AGGREGATE_FUNCTIONS[row.name] = row


def spread(summarize: ir.Summarize, columns: Sequence[str]) -> ir.Summarize:
    """With each aggregate of several percentiles or columns as one aggregate each, and old names as today's."""
    keys, _ = translate.summarize_names(replace(summarize, aggregates=()), list(columns))
    made: list[ir.NamedExpr] = []
    for each in summarize.aggregates:
        made += _spread(each, [name for name in columns if name not in keys])
    return replace(summarize, aggregates=tuple(made))


def extreme_names(original: Callable[..., list[str] | None], agg: ir.NamedExpr, *rest: object) -> list[str] | None:
    """What arg_max and arg_min give, with the names of `(a, b) = arg_max(...)`."""
    made, given = original(agg, *rest), (agg.name or "").split("\n")
    return made if made is None or len(given) == 1 else [*given[: len(made)], *made[len(given) :]]


def _any_row(call: ir.FunctionCall, name: str | None, columns: Sequence[str]) -> list[ir.NamedExpr]:
    """take_any of several columns, or of all: those of one row."""
    is_all = any(isinstance(each, ir.Wildcard) for each in call.args)
    picked: list[ir.Expr] = [ir.ColumnRef(column) for column in columns] if is_all else list(call.args)
    given = (name or "").split("\n")
    return [
        ir.NamedExpr(
            ir.FunctionCall(_OF_ROW, (ir.Literal(at + 1, "long"), *picked)),
            given[at] if name and at < len(given) else getattr(each, "name", None),
        )
        for at, each in enumerate(picked)
    ]


def _spread(named: ir.NamedExpr, columns: Sequence[str]) -> list[ir.NamedExpr]:
    call = named.expr
    if isinstance(call, ir.FunctionCall) and call.name in ("take_any", "any"):
        is_of_several = len(call.args) > 1 or any(isinstance(each, ir.Wildcard) for each in call.args)
        return _any_row(call, named.name, columns) if is_of_several else [named]
    if not isinstance(call, ir.FunctionCall) or call.name not in ("percentiles", "percentiles_array"):
        return [named]
    if len(call.args) < 2:
        raise KqlUnsupportedError(f"aggregate:{call.name}", hint=f"{call.name}() expects a value and its percentiles")
    value, *ranks = call.args
    singles: list[ir.Expr] = [ir.FunctionCall("percentile", (value, rank)) for rank in ranks]
    if call.name == "percentiles_array":
        return [ir.NamedExpr(ir.FunctionCall("pack_array", tuple(singles)), named.name or "percentiles_array")]
    names = (named.name or "").split("\n")
    return [
        ir.NamedExpr(each, names[at] if len(names) > 1 and at < len(names) else None) for at, each in enumerate(singles)
    ]
