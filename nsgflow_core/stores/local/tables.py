"""The tables of the local store, and the small codes in them.

A flow row holds numbers only. What repeats lies once in a table beside it: `addresses` (16 packed bytes, on which a
CIDR test is a comparison, the text, and the endpoint label) and `contexts` (everything about a row that is a word:
decision, direction, NSG, rule, NIC, ...). So a filter on a word or an address is a semi-join on a small set, and a
label is looked up per distinct address, never per row. Times are UTC in columns without a zone.
"""

from __future__ import annotations

import duckdb

from nsgflow_core.formats.coded.rows import COUNTERS
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.cells import tables as cells
from nsgflow_core.stores.local.naming import names, nsgs, own_ends, spelled
from nsgflow_core.stores.local.versions import HISTORY, VERSION

FLOW_COLUMNS: tuple[str, ...] = (
    "time",
    "src",
    "dst",
    "src_port",
    "dst_port",
    "protocol",
    "state",
    *COUNTERS,
    "context",
    "blob",
)

FLOW_TABLES = (
    "flows",
    "addresses",
    "contexts",
    "own_ends",
    "tenants",
    "blobs",
    "rejections",
    "tally",
    *cells.CELL_TABLES,
)
"""The tables that an import fills; all others hold what people kept, and outlive what was imported."""

_DDL = f"""
CREATE TABLE meta (key VARCHAR, value VARCHAR);
CREATE TABLE settings (key VARCHAR, value VARCHAR);
CREATE TABLE nsg_names (id VARCHAR, name VARCHAR);
{nsgs.TABLE}
{own_ends.TABLES}
{tally.TABLE}
{names.TABLES}
{cells.TABLES}
{HISTORY}
CREATE TABLE addresses (id INTEGER, packed BLOB, text VARCHAR, default_label VARCHAR, label VARCHAR,
    {", ".join(f"{name} VARCHAR" for name in names.NAMED_COLUMNS)});
CREATE TABLE contexts (id INTEGER, {", ".join(f"{word} VARCHAR" for word in spelled.COLUMNS)});
CREATE TABLE flows (
    time TIMESTAMP, src INTEGER, dst INTEGER, src_port USMALLINT, dst_port USMALLINT, protocol UTINYINT,
    state UTINYINT, {", ".join(f"{counter} BIGINT" for counter in COUNTERS)}, context INTEGER, blob INTEGER);
CREATE TABLE blobs (
    id INTEGER, name VARCHAR, location VARCHAR, container VARCHAR, resource VARCHAR, mac VARCHAR, hour TIMESTAMP,
    etag VARCHAR, next_byte BIGINT, fingerprint VARCHAR, bytes_read BIGINT, tuples BIGINT, rejected BIGINT,
    first TIMESTAMP, last TIMESTAMP, read_at TIMESTAMP, retired BIGINT);
CREATE TABLE rejections (blob INTEGER, reason VARCHAR, tuples BIGINT);
INSERT INTO meta VALUES ('schema', '{VERSION}'), ('store', uuid()::VARCHAR), ('version', '0'), ('subnets', '');
"""


NEXT_STATE = "(value::BIGINT + 1 + floor(random() * 1e12)::BIGINT)::VARCHAR"
"""What follows the number of a state: larger, and drawn by lot. A store that was put back to a copy of it goes on from
there, and would come to numbers that it had before, with other flows: answers that are still kept would be theirs."""


def make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Everything that a new store starts with, in one transaction of its own. Raises duckdb.Error."""
    connection.begin()
    try:
        connection.execute(_DDL)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def pairs(connection: duckdb.DuckDBPyConnection, text: str) -> dict[str, str]:
    """The rows of a query of two columns: a key and its text."""
    return dict(connection.execute(text).fetchall())


def put(connection: duckdb.DuckDBPyConnection, table: str, key: str, value: str) -> None:
    """Keep a text under a key, in place of the one before."""
    connection.execute(f"DELETE FROM {table} WHERE key = $key", {"key": key})
    connection.execute(f"INSERT INTO {table} VALUES ($key, $value)", {"key": key, "value": value})


def bump(connection: duckdb.DuckDBPyConnection) -> None:
    """Count a change of the store: it makes a new `identity`."""
    connection.execute(f"UPDATE meta SET value = {NEXT_STATE} WHERE key = 'version'")
