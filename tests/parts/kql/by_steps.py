"""KQL run by steps: what many queries begin with is translated once a process, and run once for the rows of a stub.

A question to a workspace is some hundred kilobytes of SQL, nearly all of it the steps that read the tables and name
addresses. Translating and binding them is what a test of a workspace costs. The first query of a process that begins
with them is run whole, as it was sent; from then on they are tables, and queries go on from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb_kql

from nsgflow_core.stores.lake.traffic_analytics.translating import quickly

_TABLE = re.compile(
    r"\b(?:NTANetAnalytics|AzureNetworkAnalytics_CL|Flows|FlowsHourly)\n"
    r"(?:(?!\| project\n).*\n)*?\| project\n(?:(?!\|).*\n)*(?=\|)"
)
"""The steps of a query about one table up to its first projection over several lines."""
_SIDE_BY_SIDE = "union (Flows"
"""Hours that are added up beside tuples: neither has a step after its projection."""
_NAMED = re.compile(
    r"\A.*?(?=^\| (?:where (?!isempty\(left_out\)|isnotempty\(left_out\))|summarize|project|top|take)\b)", re.M | re.S
)
"""What follows them, up to what the question itself asks."""
_names: dict[str, str] = {}
"""The tables that stand for steps, by their text: the same in all stubs, so that translations serve all of them."""


@cache
def _translated(kql: str, tables: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    with quickly():
        return str(duckdb_kql.to_sql(kql, schema={name: list(columns) for name, columns in tables}))


def translated(kql: str, schema: Mapping[str, Sequence[str]]) -> str:
    """The SQL of a query over these tables and their columns. Raises what duckdb-kql does not take."""
    asked = tuple((name, tuple(columns)) for name, columns in schema.items() if name in kql)
    return _translated(kql, asked)


class Steps:
    """Tables of a stub that hold what some steps gave, beside those of `schema`, where they are told of."""

    def __init__(self, schema: dict[str, list[str]]) -> None:
        self._schema = schema
        self._held: dict[tuple[str, str, str], str] = {}

    def shortened(self, query: str, window: tuple[str, str], cursor: Any) -> str:
        """The same query from the tables that hold what it begins with, once one with that beginning was run whole."""
        begins = [found[0] for found in _TABLE.finditer(query)]
        if not begins or query.startswith(_SIDE_BY_SIDE):
            return query
        if not all(text in _names for text in begins):
            for text in begins:
                _names.setdefault(text, f"rows_{len(_names)}")
            return query
        for text in begins:
            query = query.replace(text, f"{self._table(text, window, cursor)}\n")
        named = _NAMED.match(query)
        if named is None or named[0].count("\n") < 3 or named[0].count("(") != named[0].count(")"):
            return query  # the beginning of one of two questions, side by side
        _names.setdefault(named[0], f"rows_{len(_names)}")
        return f"{self._table(named[0], window, cursor)}\n{query.removeprefix(named[0])}"

    def _table(self, steps: str, window: tuple[str, str], cursor: Any) -> str:
        known = (steps, *window)
        if known not in self._held:
            name = _names[steps] if window == ("", "") else f"{_names[steps]}_{len(self._held)}"
            cursor.execute(f"CREATE TABLE {name} AS {translated(steps, self._schema)}")
            self._schema[name] = [column for column, *_ in cursor.execute(f"SELECT * FROM {name} LIMIT 0").description]
            self._held[known] = name
        return self._held[known]
