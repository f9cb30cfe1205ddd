"""Resolve double logging within each hour or day, and write it beside the cells as their shares."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.stores.local.cells.tables import ADDED, ALONE, MERGING, SHARED, SHARES, SPELLED, TIMES, WORDS

CODES = "context_codes"
_WAYS = (1, 2)
"""The numbers of directions."""


def make_codes(connection: duckdb.DuckDBPyConnection) -> None:
    """Number the words of all contexts, as NSGs are told apart now. Raises duckdb.Error."""
    ranked = {"side": ["log_kind", "direction"], "view": ["decision", "log_kind", "direction", "nsg", "rule"]}
    ranked |= {f"w_{word}": [word] for word in WORDS}
    ranked["spelled"] = ["spelled"]
    ranks = ", ".join(f"dense_rank() OVER (ORDER BY {', '.join(by)}) AS {name}" for name, by in ranked.items())
    connection.execute(f"DELETE FROM {CODES}")
    connection.execute(
        f"""INSERT INTO {CODES} SELECT id, decision = 'Denied' AS is_denied, {ranks}
        FROM (SELECT c.* REPLACE (n.label AS nsg, n.nsg_id AS nsg_id), c.nsg_id AS spelled
              FROM contexts c JOIN nsgs n ON n.logged = c.nsg_id)"""
    )


def insert_shared(connection: duckdb.DuckDBPyConnection, cells: str, key: Sequence[str], table: str) -> None:
    """Insert into `table` the cells of a temporary table (`time`, the key, `context`, what is added up), shared out."""
    told = ["time", *key]
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE told AS SELECT {_of("n", told)}, c.is_denied, count(*) AS contexts,
            min(n.context) AS lead FROM {cells} n JOIN {CODES} c ON c.id = n.context GROUP BY ALL"""
    )
    same = " AND ".join(f"t.{name} = n.{name}" for name in told) + " AND t.is_denied = c.is_denied"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE mixed AS SELECT n.*, c.is_denied, c.side, c.view, c.spelled, c.w_direction,
            t.lead, {_differing("c", "l")} AS differs
        FROM {cells} n JOIN {CODES} c ON c.id = n.context JOIN told t ON {same} JOIN {CODES} l ON l.id = t.lead
        WHERE t.contexts > 1"""
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE resolved AS {_resolved(told)}")
    listed = ", ".join([*told, "context", "differs", *ADDED, *TIMES, *SHARES])
    kept = ", ".join(_of("n", [each]) for each in (*ADDED, *TIMES))
    own = ", ".join(f"({_amount(name, 'n', 'c')})::BIGINT" for name in SHARED)
    led = ", ".join(f"CASE WHEN n.context = n.lead THEN r.{name} ELSE 0 END" for name in SHARED)
    alike = " AND ".join(f"r.{name} = n.{name}" for name in (*told, "is_denied"))
    alone = " OR ".join(f"n.w_direction = {way} AND r.ways_{way} = 1" for way in _WAYS)
    alone = f"CASE WHEN {alone} THEN {ALONE} ELSE 0 END"
    connection.execute(
        f"""INSERT INTO {table} ({listed})
        SELECT * FROM (
            SELECT {_of("n", told)}, n.context, 0 AS differs, {kept}, {own}
            FROM {cells} n JOIN {CODES} c ON c.id = n.context JOIN told t ON {same} WHERE t.contexts = 1
            UNION ALL
            SELECT {_of("n", told)}, n.context, r.differs | {alone}, {kept}, {led}
            FROM mixed n JOIN resolved r ON {alike})
        ORDER BY {", ".join(told[:3])}"""
    )
    for each in ("told", "mixed", "resolved"):
        connection.execute(f"DROP TABLE {each}")


def _differing(row: str, lead: str) -> str:
    """In which words a context differs from another, as bits."""
    bits = [f"({row}.w_{word} <> {lead}.w_{word})::INTEGER * {1 << place}" for place, word in enumerate(WORDS)]
    return " + ".join([*bits, f"({row}.spelled <> {lead}.spelled)::INTEGER * {SPELLED}"])


def _resolved(told: Sequence[str]) -> str:
    """Of each key and decision of `mixed` with several contexts: what was seen, and in which words these differ.

    Where one side has NSGs of several spellings, naming them could make two viewpoints one.
    """
    keys = ", ".join([*told, "is_denied"])
    summed = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ADDED)
    amounts = ", ".join(f"sum({_amount(name, 'f', 'f')})::BIGINT AS {name}" for name in SHARED)
    ways = ", ".join(f"sum(contexts) FILTER (w_direction = {way}) AS ways_{way}" for way in _WAYS)
    largest = ", ".join(f"max({name}) AS {name}" for name in SHARED)
    return f"""
        WITH views AS (
            SELECT {keys}, side, view, w_direction, {summed}, bit_or(differs) AS differs, count(*) AS contexts,
                min(spelled) AS low, max(spelled) AS high
            FROM mixed GROUP BY ALL),
        sides AS (
            SELECT {keys}, side, w_direction, {amounts}, bit_or(differs) AS differs, sum(contexts) AS contexts,
                min(low) <> max(high) AS is_merging
            FROM views f GROUP BY ALL)
        SELECT {keys}, {largest}, {ways},
            (bit_or(differs) | bool_or(is_merging)::INTEGER * {MERGING})::SMALLINT AS differs
        FROM sides GROUP BY ALL"""


def _amount(measure: str, row: str, words: str) -> str:
    """A VOLUME measure at one viewpoint: a row that is added up, and its words."""
    made = MEASURES[measure].sql.made.replace("c.decision = 'Denied'", f"{words}.is_denied")
    return made.replace("f.", f"{row}.")


def _of(row: str, names: Sequence[str]) -> str:
    return ", ".join(f"{row}.{name}" for name in names)
