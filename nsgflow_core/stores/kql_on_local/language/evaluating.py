"""evaluate: pivot and bag_unpack, whose columns are told by the rows; ipv4_lookup, a join by range.

The first two are made of the values that the steps before them give, so these are asked before the query is written.
Source: Microsoft Learn, "pivot plugin", "bag_unpack plugin", "ipv4_lookup plugin".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from duckdb_kql import ir, lower, schema, translate
from duckdb_kql.translate import naming, quote_ident, quote_string

from nsgflow_core.stores.kql_on_local.language.columns import refuse_unknown
from nsgflow_core.stores.kql_on_local.language.operators import Own
from nsgflow_core.stores.kql_on_local.language.refusal import REWRITE, QueryRefused

MOST_COLUMNS = 500
Ask = Callable[[str], list[Any]]
"""Runs SQL, gives the values of its first column."""


@dataclass(frozen=True)
class Pivot(Own):
    """pivot(column, aggregate, keys...)."""

    column: str
    value: ir.Expr
    keys: tuple[str, ...]
    found: tuple[str, ...] = ()

    def known(self, previous: str, ask: Ask) -> Self:
        """With the values that its column takes."""
        found = ask(f"SELECT DISTINCT {self._text()} FROM {previous} ORDER BY 1 LIMIT {MOST_COLUMNS + 1}")
        if len(found) > MOST_COLUMNS:
            raise QueryRefused(f"pivot would give more than {MOST_COLUMNS} columns.", "Summarize further before it.")
        return replace(self, found=tuple(str(each) for each in found))

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        refuse_unknown(self.column, given)
        return [*self._groups(given), *self.found]

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        groups = [quote_ident(name) for name in self._groups(given)]
        made = translate.render_aggregate(ir.NamedExpr(self.value))
        inner = f"SELECT {', '.join([*groups, f'{self._text()} AS _p', f'{made} AS _v'])} FROM {previous} GROUP BY ALL"
        shown = [
            f"coalesce(any_value(_v) FILTER (WHERE _p = {quote_string(each)}), 0) AS {quote_ident(each)}"
            for each in self.found
        ]
        grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
        return f"SELECT {', '.join([*groups, *shown]) or '1'} FROM ({inner}){grouped}"

    def _text(self) -> str:
        return translate.render_kql_tostring(ir.ColumnRef(self.column))

    def _groups(self, given: list[str]) -> list[str]:
        if self.keys:
            return list(self.keys)
        used = {each.name for each in getattr(self.value, "args", ()) if isinstance(each, ir.ColumnRef)}
        return [name for name in given if name not in used and name != self.column]


@dataclass(frozen=True)
class BagUnpack(Own):
    """bag_unpack(column, prefix): a column for each key of the bags."""

    column: str
    prefix: str
    found: tuple[str, ...] = ()

    def known(self, previous: str, ask: Ask) -> Self:
        """With the keys that the bags hold."""
        column = quote_ident(self.column)
        found = ask(
            f"SELECT DISTINCT unnest(json_keys({column})) AS k FROM {previous} WHERE json_type({column}) = 'OBJECT' "
            f"ORDER BY k LIMIT {MOST_COLUMNS + 1}"
        )
        if len(found) > MOST_COLUMNS:
            raise QueryRefused(f"bag_unpack would give more than {MOST_COLUMNS} columns.", "Take single keys instead.")
        return replace(self, found=tuple(map(str, found)))

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        refuse_unknown(self.column, given)
        return [name for name in given if name != self.column] + [self.prefix + key for key in self.found]

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        kept = [quote_ident(name) for name in given if name != self.column]
        column = quote_ident(self.column)
        made = [
            f"json_extract_string({column}, {quote_string(self._path(key))}) AS {quote_ident(self.prefix + key)}"
            for key in self.found
        ]
        return f"SELECT {', '.join([*kept, *made]) or '1'} FROM {previous}"

    @staticmethod
    def _path(key: str) -> str:
        return '$."' + key.replace('"', '\\"') + '"'


@dataclass(frozen=True)
class Ipv4Lookup(Own):
    """ipv4_lookup(table, address, network): the rows of a table whose network holds the address."""

    table: ir.Query
    address: str
    network: str
    keeps_all: bool = False

    def columns(self, given: list[str]) -> list[str]:
        """See `Own`."""
        refuse_unknown(self.address, given)
        found = schema.output_columns(self.table, translate._nested_schema())
        refuse_unknown(self.network, found)
        return schema.join_output_columns(given, found, "inner")

    def sql(self, previous: str, given: list[str]) -> str:
        """See `Own`."""
        found = schema.output_columns(self.table, translate._nested_schema())
        names = self.columns(given)[len(given) :]
        shown = [f"_l.{quote_ident(name)}" for name in given]
        filled = "CASE WHEN typeof({0}) = 'VARCHAR' AND {0} IS NULL THEN '' ELSE {0} END AS {1}"
        pairs = [(f"_r.{quote_ident(name)}", quote_ident(out)) for name, out in zip(found, names, strict=True)]
        shown += [filled.format(*pair) if self.keeps_all else " AS ".join(pair) for pair in pairs]
        table = translate.to_sql(self.table, translate._nested_schema())
        kind = "LEFT JOIN" if self.keeps_all else "JOIN"
        test = f"kql_v4_in(_l.{quote_ident(self.address)}, _r.{quote_ident(self.network)})"
        return f"SELECT {', '.join(shown)} FROM {previous} AS _l {kind} ({table}) AS _r ON {test}"


def evaluate_of(node: Any, kids: list[Any]) -> ir.Operator:
    """The plugin that is called. Raises QueryRefused for one that is not answered here."""
    call = lower._collapse(next(kid for kid in kids if "FunctionCall" in lower._cls(kid)))
    name, *arguments = lower._rule_children(call)
    plugin = name.getText()
    if plugin == "pivot" and len(arguments) >= 1:
        value = lower._lower_expr(arguments[1]) if len(arguments) > 1 else ir.FunctionCall("count")
        return Pivot(_name(arguments[0]), value, tuple(map(_name, arguments[2:])))
    if plugin == "bag_unpack" and len(arguments) >= 1:
        prefix = getattr(lower._lower_expr(arguments[1]), "value", "") if len(arguments) > 1 else ""
        return BagUnpack(_name(arguments[0]), str(prefix))
    if plugin == "ipv4_lookup" and len(arguments) >= 3:
        keeps = "return_unmatched" in call.getText() and call.getText().lower().endswith("true)")
        plain = [each for each in arguments[1:] if "=" not in each.getText()]
        return Ipv4Lookup(lower._lower_query_node(arguments[0]), _name(plain[0]), _name(plain[1]), keeps)
    raise QueryRefused(f"The query uses the plugin {plugin}, which is not answered here.", REWRITE)


def _name(node: Any) -> str:
    found = lower._lower_expr(node)
    if isinstance(found, ir.ColumnRef):
        return found.name
    if isinstance(found, ir.FunctionCall) and found.name == "pack_all":
        raise QueryRefused("A plugin takes a column, and pack_all() is none.", "Make one: extend Bag = pack_all().")
    return naming.expression_name(found) or ""


def with_what_rows_tell(query: ir.Query, tables: schema.Schema, ask: Ask) -> ir.Query:
    """The query with its pivots and bag_unpacks made of the values that they find."""
    lets: list[tuple[str, ir.Query | ir.Expr]] = []
    for name, bound in query.lets:
        if isinstance(bound, ir.Query) and any(isinstance(op, Pivot | BagUnpack) for op in bound.operators):
            bound = with_what_rows_tell(
                ir.Query(bound.source, bound.operators, [*lets, *bound.lets], bound.parameters), tables, ask
            )
        lets.append((name, bound))
    made: list[ir.Operator] = []
    for op in query.operators:
        if isinstance(op, Pivot | BagUnpack):
            before = ir.Query(query.source, list(made), list(lets), list(query.parameters))
            op = op.known(f"({translate.to_sql(before, tables)})", ask)
        made.append(op)
    return ir.Query(query.source, made, lets, list(query.parameters))
