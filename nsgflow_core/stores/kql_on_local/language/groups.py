"""mv-apply and partition: a pipeline of its own for each row or each value, as one pipeline that keeps groups apart.

Source: Microsoft Learn, "mv-apply operator", "partition operator".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.translate import quote_ident

from nsgflow_core.stores.kql_on_local.language.columns import checked, refuse_unknown, resolved
from nsgflow_core.stores.kql_on_local.language.operators import First, Own, Pick
from nsgflow_core.stores.kql_on_local.language.refusal import QueryRefused

_GROUP = "_group"


@dataclass(frozen=True)
class Partition(Own):
    """partition by K (...): the pipeline on the rows of each value of K."""

    key: str
    steps: tuple[ir.Operator, ...]

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""
        return replace(self, steps=tuple(lower._substitute_operator(each, scalars) for each in self.steps))

    def reads(self) -> tuple[ir.Node, ...]:
        """See `Own`."""
        return ()

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        refuse_unknown(self.key, given)
        return _through(self.steps, given)

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        grouped = f"(SELECT *, {quote_ident(self.key)} AS {_GROUP} FROM {previous})"
        inner = _applied(self.steps, grouped, [*given, _GROUP])
        return f"SELECT {_listed(self.columns(given))} FROM {inner}"


@dataclass(frozen=True)
class MvApply(Own):
    """mv-apply: the elements of an array as rows, a pipeline on those of each row, and its answer beside the row."""

    before: tuple[ir.NamedExpr, ...]
    expand: ir.MvExpand
    steps: tuple[ir.Operator, ...]

    def substituted(self, scalars: Any) -> Self:
        """See `Own`."""
        return replace(
            self,
            before=tuple(lower._substitute(each, scalars) for each in self.before),
            steps=tuple(lower._substitute_operator(each, scalars) for each in self.steps),
        )

    def reads(self) -> tuple[ir.Node, ...]:
        """See `Own`."""
        return self.before

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        inner = _through(self.steps, self._expanded(given))
        taken = self._targets()
        return [name for name in given if name not in taken or name in inner] + [n for n in inner if n not in given]

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        numbered = f"(SELECT *, row_number() OVER () AS {_GROUP} FROM {previous})"
        start, columns = numbered, [*given, _GROUP]
        if self.before:
            made = ir.Extend(self.before)
            start, columns = f"({translate.render_operator(made, start, columns)})", _after(made, columns)
        expanded = f"({translate.render_operator(self.expand, start, columns)})"
        inner = _applied(self.steps, expanded, _after(self.expand, columns))
        held = _through(self.steps, self._expanded(given))
        side = {name: "_i" if name in held else "_o" for name in self.columns(given)}
        shown = ", ".join(f"{side[name]}.{quote_ident(name)}" for name in self.columns(given))
        return f"SELECT {shown} FROM {numbered} AS _o JOIN {inner} AS _i ON _o.{_GROUP} = _i.{_GROUP}"

    def _targets(self) -> set[str]:
        return {target.name or target.column for target in self.expand.targets}

    def _expanded(self, given: list[str]) -> list[str]:
        columns = _after(ir.Extend(self.before), list(given)) if self.before else list(given)
        return _after(self.expand, columns)


def _after(op: ir.Operator, columns: list[str]) -> list[str]:
    return list(op.columns(columns)) if isinstance(op, Own) else schema._operator_columns_unchecked(op, columns, None)


def _through(steps: Sequence[ir.Operator], columns: list[str]) -> list[str]:
    for each in steps:
        step = resolved(schema.resolve_let_refs(each, columns), columns)
        checked(step, columns)
        columns = _after(step, columns)
    return columns


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(quote_ident, columns))


def _applied(steps: Sequence[ir.Operator], start: str, columns: list[str]) -> str:
    """The pipeline with `_group` kept in every step."""
    for each in steps:
        step = resolved(schema.resolve_let_refs(each, columns), columns)
        sql, step = _of_group(step, start, columns)
        start, columns = f"({sql})", _after(step, columns)
    return start


def _of_group(step: ir.Operator, start: str, columns: list[str]) -> tuple[str, ir.Operator]:
    key = ir.NamedExpr(ir.ColumnRef(_GROUP))
    if isinstance(step, First):
        numbered = f"row_number() OVER (PARTITION BY {_GROUP} {step.order()})"
        return f"SELECT * FROM {start} QUALIFY {numbered} <= {step.rows()}", step
    if isinstance(step, ir.Count):
        step = ir.Summarize((ir.NamedExpr(ir.FunctionCall("count"), step.name),))
    if isinstance(step, ir.Summarize):
        step = replace(step, by=(*step.by, key))
    elif isinstance(step, ir.Project | ir.Distinct):
        step = replace(step, expressions=(*step.expressions, key))
    elif isinstance(step, Pick) and step.keyword == "project-keep":
        step = replace(step, picks=(*step.picks, (_GROUP, "")))
    elif not isinstance(step, ir.Where | ir.Extend | ir.Sort | ir.MvExpand | ir.Parse | ir.ProjectAway | Pick):
        raise QueryRefused(
            "This step is not answered inside mv-apply or partition.", "Put it after, or write it with join."
        )
    return translate.render_operator(step, start, columns), step
