"""Lines of what each end logged by the hour: of itself (`own_hours`), and others of it (`met_hours`).

All that a line has is put together by adding, least and most, so steps of an import and parts of hours only bring more
lines. Nothing of it is counted as flows, so double logging is nothing to resolve. A context stands for all that are
alike in what is asked of NICs and targets. Addresses of the Internet have no lines of what was met, or there would be
one for each scanner; `outside` has these addresses, since a subnet map can name one of them later.
"""

from __future__ import annotations

import duckdb

from nsgflow_core.stores.local.cells.tables import KEY, OF_ENDS
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

ALIKE = f"""(SELECT id, direction, decision, rule_kind = '{RuleKind.PLATFORM}' AS is_platform,
    min(id) OVER (PARTITION BY {", ".join(sorted(OF_ENDS))}, rule_kind = '{RuleKind.PLATFORM}') AS alike
    FROM contexts)"""
"""Contexts with the first one that is alike."""
IS_OUTSIDE = f"lower(label) = lower('{INTERNET}')"
HOUR_PARTS = "[0, 60, 3540]"
"""Where the parts of an hour begin, in seconds: its first minute, what is surely of that hour, its last minute."""
_LAST_MINUTE = "INTERVAL 59 MINUTES"
_IN, _OUT = Direction.INBOUND, Direction.OUTBOUND


def own_lines(cells: str) -> str:
    """SQL: the lines of `own_hours` that cells (time, KEY, context, what is added up) make."""
    own = f"CASE c.direction WHEN '{_IN}' THEN f.dst ELSE f.src END"
    return f"""SELECT f.time, c.alike AS context, {own} AS address, sum(f.tuples)::BIGINT AS tuples
        FROM {cells} f JOIN {ALIKE} c ON c.id = f.context GROUP BY ALL"""


def met_lines(cells: str) -> str:
    """SQL: the same of `met_hours`. What was logged Inbound was surely sent by the other end."""
    part = "least((epoch_us({moment}) - epoch_us(f.time)) // 60_000_000, 1) + ({moment} >= f.time + {last})::INTEGER"
    first, last = (part.format(moment=f"{each}(f.{name})", last=_LAST_MINUTE)
                   for each, name in (("min", "first_seen"), ("max", "last_seen")))  # fmt: skip
    other = f"CASE c.direction WHEN '{_IN}' THEN f.src ELSE f.dst END"
    tells = f"c.direction = '{_IN}' OR (c.direction = '{_OUT}' AND c.decision = '{Decision.ALLOWED}')"
    return f"""SELECT f.time, f.address, f.is_sent, sum(f.tuples)::BIGINT AS tuples, ({first})::UTINYINT AS first_part,
            ({last})::UTINYINT AS last_part, bool_or(f.packets > 0) AS is_counted,
            bool_or(f.dst_to_src_packets > 0) AS is_returned
        FROM (SELECT f.*, {other} AS address, c.direction = '{_IN}' AS is_sent
            FROM {cells} f JOIN {ALIKE} c ON c.id = f.context WHERE NOT c.is_platform AND ({tells})) f
        WHERE f.address IN (SELECT id FROM addresses WHERE NOT ({IS_OUTSIDE})) GROUP BY f.time, f.address, f.is_sent"""


def add_ends(connection: duckdb.DuckDBPyConnection, cells: str) -> None:
    """Add the lines of new cells. Raises duckdb.Error."""
    connection.execute(f"INSERT INTO own_hours {own_lines(cells)} ORDER BY ALL")
    connection.execute(f"INSERT INTO met_hours {met_lines(cells)} ORDER BY ALL")
    connection.execute(
        f"INSERT INTO outside SELECT id FROM addresses a WHERE {IS_OUTSIDE} "
        "AND id NOT IN (SELECT id FROM outside) ORDER BY id"
    )


def step_to_ends(connection: duckdb.DuckDBPyConnection) -> None:
    """The lines of all that the tables hold already. Raises duckdb.Error."""
    added = "context, tuples, packets, dst_to_src_packets, first_seen, last_seen"
    keys = ", ".join(KEY)
    add_ends(
        connection,
        f"(SELECT time, {keys}, {added} FROM once UNION ALL "
        f"SELECT h.time, {keys}, {added} FROM hours h JOIN keys k ON k.id = h.key)",
    )
