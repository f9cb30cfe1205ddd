"""Filters that leave few rows: how many these are, and the tables cut down to them for questions that follow.

A page asks a dozen questions of one filter, and each would look through all rows for the same few: at 50 M tuples a
question of one subnet takes half as long where they are set aside. A first question leaves that to a second.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.local.cells.asked import Asked
from nsgflow_core.stores.local.disk.aside import Aside
from nsgflow_core.stores.local.sql.filter_sql import Parameters, Value, conditions_sql, fewest_sql, of_few_rows
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words

OF_FEW = 8
"""Of rows few are less than one in so many: more are set aside at greater cost than they are looked for twice."""
MOST_ENTRIES = 1_000_000
"""Log entries behind the rows that are set aside for other questions."""


def narrowed(
    connection: duckdb.DuckDBPyConnection, aside: Aside | None, asked: Asked, shown: Shown, tuples: int
) -> tuple[bool, Shown]:
    """Whether a filter leaves few of so many tuples, and what a question shows: from the second of a filter and window
    on with its tables cut down, where rows can be set aside. Raises duckdb.Error."""
    left = _entries_left(connection, asked.of_keys, shown)
    if left is None or left * OF_FEW >= tuples:
        return False, shown
    if aside is None or asked.edges or left > MOST_ENTRIES:
        return True, shown
    few = of_few_rows(asked.of_keys)
    comes_again = aside.comes_again((few, asked.once, asked.is_ever))
    return True, _cut_down(connection, aside, asked, few, shown) if comes_again else shown


def _entries_left(connection: duckdb.DuckDBPyConnection, asked: FlowFilter, shown: Shown) -> int | None:
    """At most so many log entries, by a look at the tally, of some milliseconds; None where it does not tell.

    By labels of its own a question would call all addresses twice, 0.2 s in a store of 50 M: it is not looked at.
    """
    parameters = Parameters()
    fewest = fewest_sql(asked, parameters)
    if not fewest or shown.subnets is not None:
        return None
    stages = ", ".join(places_and_words(parameters, shown))
    ((found,),) = connection.execute(f"WITH {stages} SELECT {fewest}", parameters.values).fetchall()
    return int(found)


def _cut_down(
    connection: duckdb.DuckDBPyConnection, aside: Aside, asked: Asked, few: FlowFilter, shown: Shown
) -> Shown:
    """With tables in which all rows are that meet the conditions `few`."""

    def cut(table: str, among: str) -> str:
        return aside.table(connection, f"SELECT f.* FROM {table} f WHERE {among}", {})

    keys = aside.table(connection, *_meeting("keys", few))
    once = aside.table(connection, *_meeting("once", few.within(asked.once.since, asked.once.until)))
    ends = " UNION ALL ".join(f"SELECT {side} FROM {rows}" for rows in (keys, once) for side in ("src", "dst"))
    instead = {"keys": keys, "once": once, "addresses": cut("addresses", f"f.id IN ({ends})")}
    if asked.is_ever:
        instead["ever"] = cut("ever", f"f.key IN (SELECT id FROM {keys})")
    return replace(shown, instead=instead)


def _meeting(table: str, few: FlowFilter) -> tuple[str, dict[str, Value]]:
    """The rows of a table that meet a filter, as SQL, and its values."""
    parameters = Parameters()
    addresses: dict[str, str] = {}
    where = conditions_sql(few, parameters, addresses).rows
    stages = [*places_and_words(parameters, Shown()), *(f"{name} AS ({made})" for name, made in addresses.items())]
    return f"WITH {', '.join(stages)} SELECT f.* FROM {table} f{where}", parameters.values
