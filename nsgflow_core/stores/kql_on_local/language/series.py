"""make-series: one row per group, with an array of its values over equal steps, and the axis as another array.

Source: Microsoft Learn, "make-series operator". Times of the axis are texts of ISO 8601, as a dynamic value holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from duckdb_kql import ir, lower, translate
from duckdb_kql.translate import naming, quote_ident

from nsgflow_core.stores.kql_on_local.language.operators import Own

_TIME = "strftime(make_timestamp({0}), '%Y-%m-%dT%H:%M:%S.%f') || '0Z'"


@dataclass(frozen=True)
class SeriesLine(ir.Node):
    """One aggregate and what stands where a step has no row."""

    value: ir.NamedExpr
    default: ir.Expr


@dataclass(frozen=True)
class MakeSeries(Own):
    """The operator; `start` and `stop` are the ends of what there is where they are not given."""

    lines: tuple[SeriesLine, ...]
    on: ir.NamedExpr
    start: ir.Expr | None
    stop: ir.Expr | None
    step: ir.Expr
    by: tuple[ir.NamedExpr, ...]
    takes_stop: bool = False
    """True for `in range(start, stop, step)`, which ends with `stop`."""

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""

        def put(node: Any) -> Any:
            return None if node is None else lower._substitute(node, scalars)

        return replace(
            self,
            lines=tuple(SeriesLine(put(line.value), put(line.default)) for line in self.lines),
            on=put(self.on),
            start=put(self.start),
            stop=put(self.stop),
            step=put(self.step),
            by=tuple(map(put, self.by)),
        )

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        summarize = ir.Summarize(tuple(line.value for line in self.lines), self.by)
        keys, values = translate.summarize_names(summarize, given)
        return [*keys, *(names[0] for names in values), self._axis]

    @property
    def _axis(self) -> str:
        return self.on.name or naming.expression_name(self.on.expr) or "Column1"

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        *names, axis = map(quote_ident, self.columns(given))
        keys, values = names[: len(self.by)], names[len(self.by) :]
        is_time = translate._is_timespan_expr(self.step)
        step = translate.render_expr(self.step)
        step = f"CAST(epoch({step}) * 1000000 AS BIGINT)" if is_time else step
        place = _number(self.on.expr, is_time)
        first = f"any_value({_number(self.start, is_time)})" if self.start else f"floor(min({place}) / {step}) * {step}"
        last = f"any_value({_number(self.stop, is_time)})" if self.stop else f"max({place})"
        is_closed = self.takes_stop or self.stop is None
        steps = f"floor((_hi - _lo) / {step}) + 1" if is_closed else f"ceil((_hi - _lo)::DOUBLE / {step})"
        groups = [f"{translate.render_expr(key.expr)} AS {name}" for key, name in zip(self.by, keys, strict=True)]
        added = [
            f"{translate.render_aggregate(line.value)} AS {name}" for line, name in zip(self.lines, values, strict=True)
        ]
        maps = [f"map(list(_i), list({name})) AS {name}" for name in values]
        defaults = [translate.render_expr(line.default) for line in self.lines]
        lists = [
            f"to_json(list_transform(range(_count), lambda _at: coalesce({name}[_at], {default}))) AS {name}"
            for default, name in zip(defaults, values, strict=True)
        ]
        moment = f"CAST(_lo + _at * {step} AS BIGINT)" if is_time else f"_lo + _at * {step}"
        shown = _TIME.format(moment) if is_time else moment
        axis_list = f"to_json(list_transform(range(_count), lambda _at: {shown})) AS {axis}"
        grouped = ", ".join([*keys, "_i"])
        outer = f" GROUP BY {', '.join(keys)}" if keys else " HAVING count(*) > 0"
        return (
            f"WITH _b AS (SELECT _lo, _hi, CAST({steps} AS BIGINT) AS _steps FROM "
            f"(SELECT {first} AS _lo, {last} AS _hi FROM {previous})), _g AS (SELECT {', '.join([*groups, *added])}, "
            f"CAST(floor(({place} - _b._lo) / {step}) AS BIGINT) AS _i, any_value(_b._lo) AS _lo, "
            f"any_value(_b._steps) AS _count "
            f"FROM {previous}, _b WHERE {place} >= _b._lo AND {place} {'<=' if is_closed else '<'} _b._hi "
            f"GROUP BY {grouped}), _m AS (SELECT {', '.join([*keys, *maps])}, any_value(_lo) AS _lo, "
            f"any_value(_count) AS _count FROM _g{outer}) SELECT {', '.join([*keys, *lists, axis_list])} FROM _m"
        )


def _number(expr: ir.Expr, is_time: bool) -> str:
    made = translate.render_expr(expr)
    return f"epoch_us({made})" if is_time else made
