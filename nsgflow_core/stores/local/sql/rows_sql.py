"""RowsQuery -> one SQL statement: a page of flow rows as they were logged; and the values that a column takes."""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.ask.columns import Column, single_columns
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.inventory.logged_nsgs import LoggedNsg
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.sql.columns_sql import (
    VIEW,
    Statement,
    code_made,
    code_of,
    places_and_words,
    shown_in_rows,
    shown_of,
)
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql


def compile_rows(
    query: RowsQuery, subnets: SubnetMap | None = None, nsgs: Sequence[LoggedNsg] | None = None
) -> Statement:
    """The statement for one page of rows, with the canonical columns; equal rows keep the order of the file."""
    parameters = Parameters()
    stages = places_and_words(parameters, subnets, nsgs)
    where = conditions_sql(query.filter, parameters)
    within = where.rows
    if where.contexts:
        within += f"{' AND' if within else ' WHERE'} f.context IN (SELECT id FROM words w{where.contexts})"
    way = "DESC NULLS LAST" if query.descending else "ASC NULLS LAST"
    page = f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else ""
    page += f" OFFSET {parameters.add(query.offset)}" if query.offset else ""
    columns = single_columns()
    by = columns[query.order]
    early = by.sql.table is Held.FLOWS and by.sql.shown == "{made}"  # then a page is cut before anything is joined
    cut = f" ORDER BY {shown_in_rows(by)} {way}, f.rowid{page}" if early else ""
    order = f"{shown_in_rows(by)} {way}, {'f.place' if early else 'f.time DESC, f.place'}"
    shown = ", ".join(f"{shown_in_rows(column)} AS {name}" for name, column in columns.items())
    text = (
        "WITH " + ",\n".join(stages) + f",\npage AS (SELECT f.*, f.rowid AS place FROM flows f{within}{cut})\n"
        f"SELECT {shown}\n"
        "FROM page f JOIN places s ON s.id = f.src JOIN places d ON d.id = f.dst JOIN words c ON c.id = f.context\n"
        f"ORDER BY {order}{'' if early else page}"
    )
    return Statement(text, parameters.values)


def compile_values(
    column: Column, limit: int, subnets: SubnetMap | None = None, nsgs: Sequence[LoggedNsg] | None = None
) -> Statement:
    """The statement for the values that a column takes, sorted as its kind sorts, in the column `value`."""
    parameters = Parameters()
    stages = places_and_words(parameters, subnets, nsgs)
    code, shown = code_of(column), shown_of(column)
    made = "f.context" if code == VIEW else code_made(column)
    words = f"(SELECT id, {fill(column.sql.made, {'row': 'w'})} AS {column.key} FROM words w)"
    joins = {
        "src": " JOIN places s ON s.id = f.src",
        "dst": " JOIN places d ON d.id = f.dst",
        VIEW: f" JOIN {words} c ON c.id = f.{VIEW}",
    }.get(code, "")
    order = f"min(f.{code})" if column.kind.is_ranked else "value"
    text = (
        "WITH " + ",\n".join(stages) + f"\nSELECT {shown} AS value FROM "
        f"(SELECT DISTINCT {made} AS {code} FROM flows f) f{joins} WHERE {shown}::VARCHAR <> '' "
        f"GROUP BY value ORDER BY {order} LIMIT {parameters.add(limit)}"
    )
    return Statement(text, parameters.values)
