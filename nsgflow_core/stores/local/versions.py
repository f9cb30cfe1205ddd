"""Versions of the store's tables, and the step from each to the next: nobody imports again because we changed a table.

A step is SQL over the tables as its version left them, and what SQL cannot say. All steps that a file needs run in one
transaction, so a file is of one version or of the next, whatever happens in between.
To change a table: change it in `tables`, and add a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.cells import ends
from nsgflow_core.stores.local.cells import tables as cells
from nsgflow_core.stores.local.naming import labels, names, nsgs, own_ends, spelled
from nsgflow_core.words.numbers import whole_number


@dataclass(frozen=True, slots=True)
class VersionStep:
    """From one version of the tables to the next."""

    why: str
    sql: str
    then: Callable[[duckdb.DuckDBPyConnection], None] | None = None
    """What SQL cannot say."""


HISTORY = "CREATE TABLE history (time TIMESTAMP, who VARCHAR, subject VARCHAR, what VARCHAR, about VARCHAR);"
"""Who changed what, and when (`history.py`)."""

STEPS: tuple[VersionStep, ...] = (
    VersionStep(
        "when each blob was last read, so that Connect can tell", "ALTER TABLE blobs ADD COLUMN read_at TIMESTAMP;"
    ),
    VersionStep("who changed what, and when", HISTORY),
    VersionStep("how much of each blob went by retention", "ALTER TABLE blobs ADD COLUMN retired BIGINT;"),
    VersionStep("one name for all spellings of an NSG", nsgs.TABLE, nsgs.name_nsgs),
    VersionStep("which NIC has which address", own_ends.TABLES, labels.step_to_own_ends),
    VersionStep("what stands behind addresses", names.STEP, names.step_to_names),
    VersionStep("how often each address, port and word was logged", tally.TABLE, tally.count_anew),
    VersionStep("what flows add up to by the hour", cells.TABLES),
    VersionStep(
        "whether days have what hours have", "ALTER TABLE cells_state ADD COLUMN IF NOT EXISTS is_summed BOOLEAN;"
    ),
    VersionStep("what came back, by the hour; the next import adds it up", cells.ANEW),
    VersionStep("what each end logged by the hour", cells.ENDS, ends.step_to_ends),
    VersionStep("one spelling of each rule and resource that is logged", spelled.STEP, spelled.step_to_spelled),
    VersionStep("public space of the kept map is no Internet", "", labels.label_anew),
)
"""The first leads from version 1 to 2, and so on."""

VERSION = len(STEPS) + 1
"""Of the tables that a new store gets."""
_HIGHEST = 10**9


def version_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The version of the store's tables; 0 for a file without any table, None for a file that is not ours.

    It can be higher than VERSION: then a newer nsgflow wrote the file. Raises duckdb.Error.
    """
    try:
        found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        (count,) = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall()[0]
        return None if count else 0
    text = str(found[0][0]) if len(found) == 1 else ""
    return whole_number(text, _HIGHEST) or None


def step_up(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Take the tables from this version to VERSION, in one transaction of its own. Raises duckdb.Error."""
    if version == VERSION:
        return
    connection.begin()
    try:
        for step in STEPS[version - 1 :]:
            connection.execute(step.sql)
            if step.then:
                step.then(connection)
        connection.execute("UPDATE meta SET value = $version WHERE key = 'schema'", {"version": str(VERSION)})
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
