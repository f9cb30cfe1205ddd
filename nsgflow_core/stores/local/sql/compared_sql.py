"""ComparedQuery -> one SQL statement around those of its two windows: what changed is found where the flows are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nsgflow_core.ask.compared import ComparedQuery, GroupChange
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.sql.filter_sql import Value

_PARAMETER = re.compile(r"\$(?=p\d)")


def compile_compared(query: ComparedQuery, was: Statement, now: Statement) -> Statement:
    """The statement whose answer has `query.columns`; `was` and `now` are those of `query.sides`."""
    keys = ", ".join(query.by)
    sides: list[str] = []
    values: dict[str, Value] = {}
    for side, statement in (("was", was), ("now", now)):
        renamed, own = _renamed(statement, side)
        amounts = ", ".join(query.measure if each == side else "0" for each in ("was", "now"))
        sides.append(f"SELECT {keys}, {amounts} FROM (\n{renamed}\n)")
        values |= own
    every = "\nUNION ALL\n".join(sides)
    summed = f"{keys}, sum(was)::BIGINT AS {query.was}, sum(now)::BIGINT AS {query.now}"
    ranks = ", ".join(str(_RANKS[each]) for each in query.changes)
    order = f"apart DESC, {keys}"
    text = (
        f"WITH both_windows({keys}, was, now) AS ({every}),\n"
        f"compared AS (SELECT {summed} FROM both_windows GROUP BY {keys}),\n"
        f"told AS MATERIALIZED (SELECT *, {_change(query)} AS rank, {_apart(query)} AS apart FROM compared\n"
        f"    WHERE rank IN ({ranks})),\n"
        f"changes AS (SELECT rank, count(*) AS of, {_least(query.limit)} AS least FROM told GROUP BY rank)\n"
        f"SELECT {_words()} AS change, {keys}, {query.was}, {query.now}, of\n"
        "FROM told JOIN changes USING (rank) WHERE apart >= least\n"
    )
    if query.limit is not None:
        text += f"QUALIFY row_number() OVER (PARTITION BY rank ORDER BY {order}) <= {query.limit:d}\n"
    return Statement(f"{text}ORDER BY rank, {order}", values)


_MOST_KEPT = 100_000
"""Furthest apart that are looked for before their texts are sorted: DuckDB keeps less than a million."""


def _least(limit: int | None) -> str:
    """How far the last of a change that can be told is apart, so that texts are sorted of few others."""
    return f"list_min(max(apart, {limit:d}))" if limit is not None and limit <= _MOST_KEPT else "0"


_RANKS = {change: rank for rank, change in enumerate(GroupChange)}


def _change(query: ComparedQuery) -> str:
    """The rank of a group's change; none where it stayed as it was."""
    was, now, notable = _scaled(query), query.now, query.notable
    is_loud = f"{now} >= {notable.factor!r}::DOUBLE * {was} AND {now} - {was} >= {notable.amount:d}"
    is_quiet = f"{was} >= {notable.factor!r}::DOUBLE * {now} AND {was} - {now} >= {notable.amount:d}"
    tests = (f"{query.was} = 0", f"{now} = 0", is_loud, is_quiet)
    return "CASE " + " ".join(f"WHEN {test} THEN {rank}" for rank, test in enumerate(tests)) + " END"


def _apart(query: ComparedQuery) -> str:
    return f"abs({query.now} - {_scaled(query)})"


def _scaled(query: ComparedQuery) -> str:
    return f"{query.was} * {query.scale!r}::DOUBLE"


def _words() -> str:
    return "CASE rank " + " ".join(f"WHEN {rank} THEN '{change}'" for change, rank in _RANKS.items()) + " END"


def _renamed(statement: Statement, side: str) -> tuple[str, Mapping[str, Value]]:
    """The statement, in any order, with parameters of its own names, so that two stand in one text."""
    return _PARAMETER.sub(f"${side}", statement.unsorted), {
        f"{side}{name}": each for name, each in statement.values.items()
    }
