"""The tables `own_ends` and `own_space`: which address a NIC was seen with, what public space is inside by it."""

from __future__ import annotations

import duckdb

from nsgflow_core.inventory.own_space import MOST_ADDRESSES, OwnEnd, own_space
from nsgflow_core.words.prefixes import INTERNET, Prefix, parse_prefix

TABLES = """
CREATE TABLE own_ends (mac VARCHAR, address INTEGER, sent BIGINT, received BIGINT, first TIMESTAMP, last TIMESTAMP);
CREATE TABLE own_space (prefix VARCHAR);
"""

_SENT = "c.direction = 'Outbound'"
OF_FLOWS = f"""SELECT c.mac, CASE WHEN {_SENT} THEN f.src ELSE f.dst END AS address,
    count(*) FILTER ({_SENT}) AS sent, count(*) FILTER (NOT {_SENT}) AS received, min(f.time) AS first,
    max(f.time) AS last FROM {{flows}} f JOIN {{contexts}} c ON c.id = f.context GROUP BY ALL"""
"""The rows of `own_ends` that flow rows make."""


def saved_space(connection: duckdb.DuckDBPyConnection) -> frozenset[Prefix]:
    """The blocks of public space that are inside by what was logged so far. Raises duckdb.Error."""
    return frozenset(parse_prefix(text) for (text,) in connection.execute("SELECT prefix FROM own_space").fetchall())


def add_ends(connection: duckdb.DuckDBPyConnection, flows: str) -> bool:
    """Count the flow rows of a table; True when they change which public space is inside. Raises duckdb.Error."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE batch_ends AS {OF_FLOWS.format(flows=flows, contexts='contexts')}"
    )
    connection.execute(
        """UPDATE own_ends SET sent = own_ends.sent + n.sent, received = own_ends.received + n.received,
               first = least(own_ends.first, n.first), last = greatest(own_ends.last, n.last)
           FROM batch_ends n WHERE n.mac = own_ends.mac AND n.address = own_ends.address"""
    )
    connection.execute(
        """INSERT INTO own_ends SELECT n.* FROM batch_ends n
           ANTI JOIN own_ends e ON e.mac = n.mac AND e.address = n.address"""
    )
    connection.execute("DROP TABLE batch_ends")
    return look_again(connection)


def count_anew(connection: duckdb.DuckDBPyConnection) -> bool:
    """Count all flow rows: some went. True when they change which public space is inside. Raises duckdb.Error."""
    connection.execute("DELETE FROM own_ends")
    connection.execute(f"INSERT INTO own_ends {OF_FLOWS.format(flows='flows', contexts='contexts')}")
    return look_again(connection)


def look_again(connection: duckdb.DuckDBPyConnection) -> bool:
    """Work out which public space is inside; True when it is another than before. Raises duckdb.Error."""
    before = saved_space(connection)
    found = connection.execute(
        f"""WITH public AS (SELECT id FROM addresses
                WHERE default_label = $internet OR default_label IN (SELECT prefix FROM own_space)),
            nics AS (SELECT mac FROM own_ends GROUP BY mac HAVING count(*) <= {2 * MOST_ADDRESSES}
                AND bool_or(address IN (SELECT id FROM public)))
            SELECT e.mac, a.packed, e.sent, e.received, e.first, e.last
            FROM own_ends e JOIN nics USING (mac) JOIN addresses a ON a.id = e.address""",
        {"internet": INTERNET},
    ).fetchall()
    space = own_space(OwnEnd(mac, bytes(packed), *rest) for mac, packed, *rest in found)
    if space == before:
        return False
    connection.execute("DELETE FROM own_space")
    prefixes = sorted(each.text for each in space)
    connection.execute("INSERT INTO own_space SELECT unnest($prefixes::VARCHAR[])", {"prefixes": prefixes})
    return True
