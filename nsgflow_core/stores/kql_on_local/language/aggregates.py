"""Aggregates that duckdb-kql lacks, the old names of those that it has, and those that become several columns.

Source: Microsoft Learn, Kusto Query Language, "Aggregation function types at a glance".
"""

from __future__ import annotations

from dataclasses import replace

from duckdb_kql import ir
from duckdb_kql.errors import KqlUnsupportedError
from duckdb_kql.translate import functions as registry

OLD_NAMES = {"makeset": "make_set", "makelist": "make_list", "makebag": "make_bag", "argmax": "arg_max",
             "argmin": "arg_min", "anyif": "take_anyif", "make_dictionary": "make_bag"}  # fmt: skip
_SET = (
    "CASE WHEN coalesce(bool_or(json_type(TRY_CAST({0} AS JSON)) = 'ARRAY'), false) THEN "
    "to_json(list_distinct(flatten(list(CASE WHEN json_type(TRY_CAST({0} AS JSON)) = 'ARRAY' "
    "THEN CAST(to_json({0}) AS JSON[]) ELSE [to_json({0})] END) FILTER (WHERE {0} IS NOT NULL%s)))) ELSE "
    "to_json(coalesce(list(DISTINCT {0} ORDER BY {0}) FILTER (WHERE {0} IS NOT NULL%s), [])) END"
)
_LIST = "to_json(coalesce(list({0}) FILTER (WHERE {0} IS NOT NULL%s), []))"
_A = registry.AggregateSpec


class Sized(registry.AggregateSpec):
    """make_set and make_list, of which a second argument is the most values to keep."""

    def render(self, args: list[str]) -> str:
        """The first ones, in the order of the list."""
        if len(args) not in (1, 2):
            raise ValueError(f"{self.name}() takes (1, 2) argument(s), got {len(args)}")
        whole = self.template.format(args[0])
        return whole if len(args) == 1 else f"to_json(list_slice(CAST({whole} AS JSON[]), 1, {args[1]}))"


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
        _A("make_list_with_nulls", "to_json(coalesce(list({0}), []))", (1,), name_prefix="list"),
        _A("make_bag", "coalesce(json_group_object(json_keys({0})[1], json_extract({0}, '$.\"' || "
           "json_keys({0})[1] || '\"')), CAST('{{}}' AS JSON))", (1,), name_prefix="bag"),
        _A("take_anyif", "any_value({0}) FILTER (WHERE {1})", (2,), name_is_argument=True),
        _A("stdevp", "coalesce(stddev_pop({0}), 0.0)", (1,)),
        _A("variancep", "coalesce(var_pop({0}), 0.0)", (1,)),
        _A("binary_all_or", "bit_or({0})", (1,), name_is_argument=True),
        _A("binary_all_and", "bit_and({0})", (1,), name_is_argument=True),
        _A("binary_all_xor", "bit_xor({0})", (1,), name_is_argument=True),
        _A("percentilew", "", (3,)),
        _A("percentiles", "", ()),
        _A("percentiles_array", "", ()),
    ]  # fmt: skip


def add_aggregates() -> None:
    """Into duckdb-kql's table."""
    for row in _rows():
        registry.AGGREGATE_FUNCTIONS[row.name] = row


def spread(summarize: ir.Summarize) -> ir.Summarize:
    """With each aggregate of several percentiles as one aggregate each, and old names as today's."""
    made: list[ir.NamedExpr] = []
    for each in summarize.aggregates:
        made += _spread(each)
    return replace(summarize, aggregates=tuple(made))


def _spread(named: ir.NamedExpr) -> list[ir.NamedExpr]:
    call = named.expr
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
