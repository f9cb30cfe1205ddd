"""Keep the tables of `tables.py` in step with the flows: made from all of them, or from those that came since.

What an import stores makes them incomplete until the steps at its end have taken it in; until then questions read the
flows, so a kill in between costs time and no truth. A step takes some of the flows, in one transaction of the caller's,
so that others get at the file in between. Flows that were removed, or NSGs that are told apart otherwise than they
were, have the tables made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.stores.local.cells.ends import add_ends
from nsgflow_core.stores.local.cells.sharing import insert_shared, make_codes
from nsgflow_core.stores.local.cells.tables import ADDED, CELL_TABLES, KEY, SHARED, TIMES

STEP_ROWS = 4_000_000
"""Flows that one step takes in: two seconds of holding the file, some hundred MB."""
MOST_CELLS = 0.4
"""Cells a flow beyond which tables are not made: they would be as long to make and as large as the flows, and questions
would hardly read less."""
_SAMPLE = 2_000_000
"""Flows that this is told from: those that came first, so that it is always told alike."""
_KEYS = ", ".join(KEY)
_SUMS = {name: made for key in (*SHARED, *TIMES) for name, made in MEASURES[key].sql.sums.items()}
OF_FLOWS = tuple(f"{_SUMS[name]} AS {name}" for name in (*ADDED, *TIMES))
"""What a cell adds up of flows f."""
OF_CELLS = (
    *(f"sum(f.{name})::BIGINT AS {name}" for name in ADDED),
    *("min(f.first_seen) AS first_seen", "max(f.last_seen) AS last_seen"),
)
"""The same of cells f."""
_HELD = ", ".join(("context", *ADDED, *TIMES))


@dataclass(frozen=True, slots=True)
class TablesState:
    """How far the tables go."""

    is_whole: bool
    """True when they hold all flows."""
    is_named: bool
    """True when NSGs are told apart as they were when the tables were made."""
    most_address: int
    """The highest number of an address in them."""
    first: datetime | None
    """The time of the first flow (UTC)."""
    last: datetime | None
    """That of the last one."""
    tuples: int
    """So many flows they hold."""


def flows_came(connection: duckdb.DuckDBPyConnection) -> None:
    """Flows were added behind the others: the tables lack them. Raises duckdb.Error."""
    connection.execute("UPDATE cells_state SET is_whole = false WHERE is_whole")


def flows_went(connection: duckdb.DuckDBPyConnection) -> None:
    """Flows were removed: nothing in the tables can be trusted. Raises duckdb.Error."""
    connection.execute("DELETE FROM cells_state")


def names_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """NSGs are told apart otherwise than before. Raises duckdb.Error."""
    connection.execute("UPDATE cells_state SET is_named = false WHERE is_named")


def state_of(connection: duckdb.DuckDBPyConnection) -> TablesState:
    """How far the tables go now. Raises duckdb.Error."""
    columns = "is_whole, is_named, most_address, first, last, tuples"
    found = connection.execute(f"SELECT {columns} FROM cells_state").fetchall()
    if not found:
        return TablesState(is_whole=False, is_named=False, most_address=0, first=None, last=None, tuples=0)
    is_whole, is_named, most_address, first, last, tuples = found[0]
    return TablesState(is_whole, is_named, most_address, first.replace(tzinfo=UTC), last.replace(tzinfo=UTC), tuples)


def told_at_opening(connection: duckdb.DuckDBPyConnection, state: TablesState) -> str:
    """What there is to say of tables that an import left behind the flows; "" where there is nothing.

    Raises duckdb.Error.
    """
    if state.is_whole or not state.tuples:
        return ""
    (tuples,) = connection.execute("SELECT count(*) FROM flows").fetchall()[0]
    return (
        f"the tables beside the flows lack {tuples - state.tuples:,} of {tuples:,} log entries: an import is under "
        "way, or one ended early. Questions read the log entries until the next import has made up for them."
    )


def lacks_flows(connection: duckdb.DuckDBPyConnection, least: int) -> bool:
    """True when there are flows that the tables lack; a store of fewer than `least` answers fast without them.

    Raises duckdb.Error.
    """
    state = state_of(connection)
    (tuples,) = connection.execute("SELECT count(*) FROM flows").fetchall()[0]
    return tuples >= least and tuples > 0 and not (state.is_whole and state.is_named)


def are_wanted(connection: duckdb.DuckDBPyConnection, least: int) -> bool:
    """True when the tables lack flows and are worth it, which fewer flows than a sample do not tell.

    Raises duckdb.Error.
    """
    return lacks_flows(connection, least) and (least < _SAMPLE or _add_up(connection))


def _add_up(connection: duckdb.DuckDBPyConnection) -> bool:
    """True when flows add up to so much fewer cells that these are worth keeping."""
    cell = f"hash(epoch_us(time) // 3_600_000_000, {_KEYS}, context)"
    (tuples, cells) = connection.execute(
        f"SELECT count(*), approx_count_distinct({cell}) FROM flows WHERE rowid < {_SAMPLE:d}"
    ).fetchall()[0]
    return bool(cells <= MOST_CELLS * tuples)


def make_step(connection: duckdb.DuckDBPyConnection, most: int) -> int:
    """Take in at most so many flows that the tables lack; how many it took. Raises duckdb.Error."""
    (end,) = connection.execute("SELECT coalesce(max(rowid), -1) + 1 FROM flows").fetchall()[0]
    state = state_of(connection)
    start, held, is_summed = _held(connection) if state.is_named else (0, 0, False)
    if not start:
        for table in CELL_TABLES:
            connection.execute(f"DELETE FROM {table}")
    stop = min(start + most, end)
    taken = _take_in(connection, start, stop)
    if stop == end:
        _add_longer(connection, "hours", "days", "date_trunc('day', {time})", is_anew=not is_summed)
        _add_longer(connection, "days", "ever", f"{_ALWAYS} + ({{time}} - {{time}})", is_anew=not is_summed)
    connection.execute("DROP TABLE met")
    connection.execute("DELETE FROM cells_state")
    connection.execute(
        """INSERT INTO cells_state (is_whole, is_named, is_summed, most_address, first, last, next_row, tuples)
        SELECT $whole, true, $whole, (SELECT max(id) FROM addresses), min(time), max(time), $stop, $tuples
        FROM flows""",
        {"whole": stop == end, "stop": stop, "tuples": held + taken},
    )
    return taken


def _held(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, bool]:
    """From which row on flows are new, how many are not, and whether `days` and `ever` have all of these.

    0 where those before are not what the tables hold.
    """
    found = connection.execute("SELECT next_row, tuples, is_summed FROM cells_state").fetchall()
    (next_row, held, is_summed) = found[0] if found else (0, 0, False)
    (before,) = connection.execute("SELECT count(*) FROM flows WHERE rowid < $next", {"next": next_row}).fetchall()[0]
    return (int(next_row), int(held), bool(is_summed)) if before == held else (0, 0, False)


def _take_in(connection: duckdb.DuckDBPyConnection, start: int, stop: int) -> int:
    told = ", ".join(f"f.{name}" for name in KEY)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT date_trunc('hour', f.time) AS time, {told}, f.context, {", ".join(OF_FLOWS)}
        FROM flows f WHERE f.rowid >= {start:d} AND f.rowid < {stop:d} GROUP BY ALL"""
    )
    (taken,) = connection.execute("SELECT coalesce(sum(tuples), 0)::BIGINT FROM fresh").fetchall()[0]
    add_ends(connection, "fresh")
    make_codes(connection)
    if start:
        _take_back(connection)
    _number_keys(connection)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE single AS SELECT f.* FROM fresh f ANTI JOIN keys k USING ({_KEYS})"
    )
    insert_shared(connection, "single", KEY, "once")
    _add_hours(connection, is_first=not start)
    for each in ("fresh", "single"):
        connection.execute(f"DROP TABLE {each}")
    return int(taken)


def _take_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Keys of one hour that come again are judged anew, with what the tables hold of them."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT time, {_KEYS}, {_HELD} FROM once SEMI JOIN fresh USING ({_KEYS})"
    )
    same = " AND ".join(f"o.{name} = a.{name}" for name in KEY)
    connection.execute(f"DELETE FROM once o USING known a WHERE {same}")
    _join_in(connection, "fresh", KEY)


def _join_in(connection: duckdb.DuckDBPyConnection, cells: str, key: Sequence[str]) -> None:
    """Add the temporary table `known` to that of cells: what both have of a key is added up."""
    keys = ", ".join(key)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {cells} AS
        WITH shared AS (SELECT time, {keys}, {_HELD} FROM {cells} SEMI JOIN known USING ({keys})
                      UNION ALL SELECT time, {keys}, {_HELD} FROM known)
        SELECT time, {keys}, {_HELD} FROM {cells} ANTI JOIN known USING ({keys})
        UNION ALL SELECT f.time, {", ".join(f"f.{name}" for name in key)}, f.context, {", ".join(OF_CELLS)}
        FROM shared f GROUP BY ALL"""
    )
    connection.execute("DROP TABLE known")


def _number_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Keys of several hours get a number."""
    (first,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM keys").fetchall()[0]
    connection.execute(
        f"""INSERT INTO keys (id, {_KEYS}) SELECT {first:d} + row_number() OVER (ORDER BY {_KEYS}) - 1, {_KEYS}
        FROM (SELECT {_KEYS} FROM fresh GROUP BY {_KEYS} HAVING min(time) < max(time)) n
        ANTI JOIN keys k USING ({_KEYS})"""
    )


def _add_hours(connection: duckdb.DuckDBPyConnection, *, is_first: bool) -> None:
    """Cells of keys of several hours; what the tables hold of the same hours joins in."""
    told = ", ".join(f"f.{name}" for name in ("context", *ADDED, *TIMES))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE met AS SELECT f.time, k.id AS key, {told}
        FROM fresh f JOIN keys k USING ({_KEYS})"""
    )
    if not is_first:
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE known AS
            SELECT time, key, {_HELD} FROM hours SEMI JOIN met USING (time, key)"""
        )
        connection.execute("DELETE FROM hours h USING known m WHERE h.time = m.time AND h.key = m.key")
        _join_in(connection, "met", ("key",))
    insert_shared(connection, "met", ("key",), "hours")


_ALWAYS = "TIMESTAMP '1970-01-01'"
"""The time of all cells in `ever`."""


def _add_longer(connection: duckdb.DuckDBPyConnection, shorter: str, longer: str, time: str, *, is_anew: bool) -> None:
    """Make cells of longer times from those of shorter ones: all anew, or of the keys and times that were met."""
    joined = ""
    if is_anew:
        connection.execute(f"DELETE FROM {longer}")
    else:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {time.format(time='time')} AS time, key FROM met"
        )
        connection.execute(f"DELETE FROM {longer} l USING touched t WHERE l.time = t.time AND l.key = t.key")
        joined = f" SEMI JOIN touched t ON t.key = f.key AND t.time = {time.format(time='f.time')}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE summed AS
        SELECT {time.format(time="f.time")} AS time, f.key, f.context, {", ".join(OF_CELLS)}
        FROM {shorter} f{joined} GROUP BY ALL"""
    )
    insert_shared(connection, "summed", ("key",), longer)
    connection.execute("DROP TABLE summed")
