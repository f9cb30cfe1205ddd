"""RowsQuery -> one SQL statement: a page of flow rows as they were logged; and the values that a column takes."""

from __future__ import annotations

from datetime import timedelta

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS, single_columns
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.naming.names import NAMED_COLUMNS
from nsgflow_core.stores.local.sql.columns_sql import (
    VIEW,
    Statement,
    code_columns,
    place_joins,
    shown_in_rows,
    shown_of,
    side_columns,
)
from nsgflow_core.stores.local.sql.filter_sql import PUBLIC, Parameters, conditions_sql
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words


def compile_rows(query: RowsQuery, shown: Shown) -> Statement:
    """The statement for one page of rows, with the canonical columns; equal rows keep the order of the file."""
    parameters = Parameters()
    stages = places_and_words(parameters, shown)
    where = conditions_sql(query.filter, parameters)
    within = where.rows
    if where.contexts:
        within += f"{' AND' if within else ' WHERE'} f.context IN (SELECT id FROM words w{where.contexts})"
    way = "DESC NULLS LAST" if query.descending else "ASC NULLS LAST"
    page = f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else ""
    page += f" OFFSET {parameters.add(query.offset)}" if query.offset else ""
    columns = single_columns() | {key: DIMENSIONS[key] for key in query.also}
    by = columns[query.order]
    early = by.sql.table is Held.FLOWS and by.sql.shown == "{made}"  # then a page is cut before anything is joined
    cut = f" ORDER BY {shown_in_rows(by)} {way}, f.rowid{page}" if early else ""
    order = f"{shown_in_rows(by)} {way}, {'f.place' if early else 'f.time DESC, f.place'}"
    listed = ", ".join(f"{shown_in_rows(column)} AS {name}" for name, column in columns.items())
    text = (
        "WITH " + ",\n".join(stages) + f",\npage AS (SELECT f.*, f.rowid AS place FROM {shown.flows} f{within}{cut})\n"
        f"SELECT {listed}\n"
        "FROM page f JOIN places s ON s.id = f.src JOIN places d ON d.id = f.dst JOIN words c ON c.id = f.context\n"
        f"ORDER BY {order}{'' if early else page}"
    )
    return Statement(text, parameters.values)


def compile_values(column: Column, limit: int, shown: Shown) -> Statement:
    """The statement for the values that a column takes, in the column `value`: those of most rows first, or in the
    order that they have by themselves."""
    parameters = Parameters()
    stages = places_and_words(parameters, shown)
    if column.sql.table is Held.OUTSIDE:
        return _values_outside(column, limit, stages, parameters)
    codes, text = code_columns(column), shown_of(column)
    made = ", ".join(f"{'f.context' if code == VIEW else each} AS {code}" for code, each in codes.items())
    words = f"(SELECT id, {fill(column.sql.made, {'row': 'w'})} AS {column.key} FROM words w)"
    joins = f" JOIN {words} c ON c.id = f.{VIEW}" if VIEW in codes else place_joins(side_columns(column))
    order = "sum(f.tuples) DESC, value"
    if column.kind.is_ordered:
        order = f"min(f.{next(iter(codes))})" if column.kind.is_ranked else "value"
    counted = _counted(column, shown)
    rows = f"(SELECT {made}, f.tuples FROM {counted or _one_by_one(shown)} f) f"
    if not counted:
        rows = f"(SELECT {', '.join(codes)}, sum(tuples) AS tuples FROM {rows} GROUP BY ALL) f"
    elif text in ("s.text", "d.text"):  # of each address another: the busiest are known before their texts are
        stages.append(f"counted AS MATERIALIZED (SELECT * FROM {rows})")
        top = f"SELECT tuples FROM counted ORDER BY tuples DESC LIMIT {parameters.add(limit)}"
        rows = f"(SELECT * FROM counted WHERE tuples >= (SELECT min(tuples) FROM ({top}))) f"
    statement = (
        "WITH " + ",\n".join(stages) + f"\nSELECT {text} AS value FROM {rows}{joins} "
        f"WHERE {text}::VARCHAR <> '' GROUP BY value ORDER BY {order} LIMIT {parameters.add(limit)}"
    )
    return Statement(statement, parameters.values)


def _counted(column: Column, shown: Shown) -> str:
    """Rows with what the column is made of, and how many `tuples` each stands for, a row a code: from the tally, or ""
    where it does not tell."""
    part = {Held.FLOWS: column.sql.plain_column, Held.CONTEXTS: "context"}.get(column.sql.table, "")
    if column.sql.table is Held.PLACES and shown.flows == "flows":
        (part,) = side_columns(column)
    if column.kind.length and column.kind.length >= timedelta(hours=1):
        part = tally.HOUR
    if part in (*tally.CODES, tally.HOUR) and part not in shown.untallied:
        is_name = column.sql.table is Held.PLACES and column.sql.plain_column in NAMED_COLUMNS
        return tally.counted_rows(part, _NAMED.format(made=column.sql.plain_column) if is_name else "")
    return ""


def _one_by_one(shown: Shown) -> str:
    return f"(SELECT *, 1 AS tuples FROM {shown.flows})"


_NAMED = "SELECT id FROM places WHERE {made} <> ''"
"""Addresses that have a name of some kind: mostly few, and none where no inventory told any."""


def _values_outside(column: Column, limit: int, stages: list[str], parameters: Parameters) -> Statement:
    """Of the public addresses themselves: flows need not be looked at."""
    text = fill(column.sql.shown, {"made": fill(column.sql.made, {"row": "p"})})
    named = _NAMED.format(made=fill(column.sql.made, {"row": "places"}))
    counted = {side: tally.counted_rows(side, named) for side in ("src", "dst")}
    rows = " UNION ALL ".join(f"SELECT {side} AS id, tuples FROM {lines}" for side, lines in counted.items())
    statement = (
        "WITH " + ",\n".join(stages) + f"\nSELECT {text} AS value FROM places p LEFT JOIN ({rows}) f ON f.id = p.id "
        f"WHERE p.label = {PUBLIC} AND {text} <> '' GROUP BY value "
        f"ORDER BY sum(coalesce(f.tuples, 0)) DESC, value LIMIT {parameters.add(limit)}"
    )
    return Statement(statement, parameters.values)
