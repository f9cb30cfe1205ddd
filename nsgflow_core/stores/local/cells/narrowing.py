"""Filters that leave few rows: how many these are, and the tables cut down to them for questions that follow.

A page asks a dozen questions of one filter, and each would look through all rows for the same few: at 50 M tuples a
question of one subnet takes half as long where they are set aside. A first question leaves that to a second.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.local.cells.asked import Span, TablePlan
from nsgflow_core.stores.local.disk.aside import Aside
from nsgflow_core.stores.local.sql.filter_sql import Parameters, Value, conditions_sql, fewest_sql, of_few_rows
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words

OF_FEW = 8
"""Of rows few are less than one in so many: more are set aside at greater cost than they are looked for twice."""
MOST_ENTRIES = 1_000_000
"""Log entries behind the rows that are set aside for other questions."""


def leaves_few(
    connection: duckdb.DuckDBPyConnection, aside: Aside | None, asked: TablePlan, shown: Shown, tuples: int
) -> bool:
    """True when a filter leaves few of so many log entries: a look at the tally, of some milliseconds.

    By labels of its own a question would call all addresses twice, 0.2 s in a store of 50 M: it is not looked at.
    Raises duckdb.Error.
    """
    few = of_few_rows(asked.of_keys)
    return shown.subnets is None and bool(few.conditions) and _entries_left(connection, aside, few) * OF_FEW < tuples


def cut_down(connection: duckdb.DuckDBPyConnection, aside: Aside, asked: TablePlan, shown: Shown) -> Shown:
    """With the tables of a question cut down to few rows, from the second of one filter and window on.

    Raises duckdb.Error.
    """
    few = of_few_rows(asked.of_keys)
    rows = few, asked.once, asked.is_ever
    if asked.edges or _entries_left(connection, aside, few) > MOST_ENTRIES or not aside.comes_again(rows):
        return shown
    return replace(shown, instead=aside.known(rows, lambda: _tables_of(connection, aside, *rows)))


def _entries_left(connection: duckdb.DuckDBPyConnection, aside: Aside | None, few: FlowFilter) -> int:
    """At most so many log entries a filter leaves."""

    def look() -> int:
        parameters = Parameters()
        fewest = fewest_sql(few, parameters)
        stages = ", ".join(places_and_words(parameters, Shown()))
        ((found,),) = connection.execute(f"WITH {stages} SELECT {fewest}", parameters.values).fetchall()
        return int(found)

    return aside.known(few, look) if aside else look()


def _tables_of(
    connection: duckdb.DuckDBPyConnection, aside: Aside, few: FlowFilter, once: Span, is_ever: bool
) -> dict[str, str]:
    """The names of tables in which all rows are that meet the conditions `few`, in whole hours of a window."""

    def cut(table: str, among: str) -> str:
        return aside.table(connection, f"SELECT f.* FROM {table} f WHERE {among}", {})

    keys = aside.table(connection, *_meeting("keys", few))
    cells = aside.table(connection, *_meeting("once", few.within(once.since, once.until)))
    ends = " UNION ALL ".join(f"SELECT {side} FROM {rows}" for rows in (keys, cells) for side in ("src", "dst"))
    instead = {"keys": keys, "once": cells, "addresses": cut("addresses", f"f.id IN ({ends})")}
    if is_ever:
        instead["ever"] = cut("ever", f"f.key IN (SELECT id FROM {keys})")
    return instead


def _meeting(table: str, few: FlowFilter) -> tuple[str, dict[str, Value]]:
    """The rows of a table that meet a filter, as SQL, and its values."""
    parameters = Parameters()
    addresses: dict[str, str] = {}
    where = conditions_sql(few, parameters, addresses).rows
    stages = [*places_and_words(parameters, Shown()), *(f"{name} AS ({made})" for name, made in addresses.items())]
    return f"WITH {', '.join(stages)} SELECT f.* FROM {table} f{where}", parameters.values
