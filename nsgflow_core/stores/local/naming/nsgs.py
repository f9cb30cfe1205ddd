"""The table `nsgs`: how the NSG of each spelling in the logs is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields

import duckdb

from nsgflow_core.inventory.names.logged_nsgs import LoggedNsg, logged_nsgs
from nsgflow_core.stores.local.cells.making import names_changed

COLUMNS = tuple(field.name for field in fields(LoggedNsg))
TABLE = f"CREATE TABLE nsgs ({', '.join(f'{name} VARCHAR' for name in COLUMNS)});"


def logged_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every spelling of an NSG that the contexts hold. Raises duckdb.Error."""
    return [each for (each,) in connection.execute("SELECT DISTINCT nsg_id FROM contexts").fetchall()]


def shown_nsgs(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str] | None) -> tuple[LoggedNsg, ...]:
    """How the NSGs of the logs are shown by these names; as the file keeps it where there are none."""
    if names is None:
        told = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM nsgs ORDER BY logged").fetchall()
        return tuple(LoggedNsg(*each) for each in told)
    return logged_nsgs(logged_ids(connection), names)


def keep_names(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str]) -> None:
    """Keep these names (id or guid in lower case -> name) in place of those before. Raises duckdb.Error."""
    connection.execute("DELETE FROM nsg_names")
    connection.execute(
        "INSERT INTO nsg_names SELECT unnest($ids::VARCHAR[]), unnest($names::VARCHAR[])",
        {"ids": list(names), "names": list(names.values())},
    )
    name_anew(connection)


def name_nsgs(connection: duckdb.DuckDBPyConnection) -> None:
    """Work out anew how NSGs are shown, inside the caller's transaction. Raises duckdb.Error."""
    kept = dict(connection.execute("SELECT id, name FROM nsg_names").fetchall())
    rows = [astuple(each) for each in shown_nsgs(connection, kept)]
    connection.execute("DELETE FROM nsgs")
    listed = ", ".join(f"unnest(${name}::VARCHAR[])" for name in COLUMNS)
    held = {name: list(column) for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)}
    connection.execute(f"INSERT INTO nsgs SELECT {listed}", held)


def name_new_nsgs(connection: duckdb.DuckDBPyConnection) -> None:
    """The same, where a context has a spelling that is not there yet."""
    if connection.execute("SELECT 1 FROM contexts c ANTI JOIN nsgs n ON n.logged = c.nsg_id LIMIT 1").fetchall():
        name_anew(connection)


def name_anew(connection: duckdb.DuckDBPyConnection) -> None:
    """The same, and what was worked out of flows is told where NSGs are told apart otherwise now."""
    before = connection.execute(_APART).fetchall()
    name_nsgs(connection)
    if not _are_alike(before, connection.execute(_APART).fetchall()):
        names_changed(connection)


_APART = "SELECT logged, label, nsg_id FROM nsgs"


def _are_alike(before: list[tuple[str, str, str]], now: list[tuple[str, str, str]]) -> bool:
    """True when spellings that were one NSG still are, and no others."""
    shown = {logged: words for logged, *words in now}
    pairs = {(tuple(words), tuple(shown[logged])) for logged, *words in before if logged in shown}
    return len({was for was, _ in pairs}) == len(pairs) == len({is_now for _, is_now in pairs})
