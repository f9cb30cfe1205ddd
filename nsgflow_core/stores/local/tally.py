"""The table `tally`: how many flow rows have each address, port, protocol, word and hour.

So a picker's values are found busiest first without a look at the rows. It is counted up in each commit's transaction,
as lines that are added together now and then; what a replaced blob had brought is counted off.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nsgflow_core.formats.coded.rows import COUNTED, Arranged, count_each
from nsgflow_core.stores.local.naming.registering import registered

TABLE = "CREATE TABLE tally (part VARCHAR, code BIGINT, tuples BIGINT);"
CODES = COUNTED
"""Columns of `flows` that are counted by what they hold."""
HOUR = "hour"
"""The part whose codes are hours since 1970 (UTC)."""
_HOUR_LENGTH = 3_600_000_000
MADE = {code: f"{code}::BIGINT" for code in CODES} | {HOUR: f"epoch_us(date_trunc('hour', time)) // {_HOUR_LENGTH}"}

OF_FLOWS = " UNION ALL ".join(
    f"SELECT '{part}' AS part, {made} AS code, {{sign}}count(*) AS tuples FROM {{flows}} GROUP BY code"
    for part, made in MADE.items()
)
"""The lines that flow rows make."""
_MOST_LINES = """SELECT 2 * (2 * (SELECT count(*) FROM addresses) + (SELECT count(*) FROM contexts) + 200_000)"""
"""Twice the codes that there can be, or about."""


def count_rows(connection: duckdb.DuckDBPyConnection, came: Arranged) -> None:
    """Count rows that came. Raises duckdb.Error."""
    times = came.rows.column("time").cast(pa.int64()).to_numpy()
    counts = {**{part: came.counts[part] for part in CODES}, HOUR: count_each(times // _HOUR_LENGTH)}
    lines = pa.concat_tables([_lines(part, *count) for part, count in counts.items()]).unify_dictionaries()
    with registered(connection, "tally_lines", lines):
        connection.execute("INSERT INTO tally SELECT * FROM tally_lines")
    there, most = connection.execute(f"SELECT (SELECT count(*) FROM tally), ({_MOST_LINES})").fetchall()[0]
    if there > most:
        add_together(connection)


def counted_rows(part: str, of_ids: str = "") -> str:
    """SQL: what rows of `flows` have in a column of CODES, or the hours of their `time`, and how many `tuples` do; of
    the codes that the SELECT `of_ids` has, where there is one."""
    code = f"make_timestamp(code * {_HOUR_LENGTH}) AS time" if part == HOUR else f"code AS {part}"
    lines = "SELECT code, sum(tuples) AS tuples FROM tally WHERE part = "
    among = f" AND code IN ({of_ids})" if of_ids else ""
    return f"(SELECT {code}, tuples FROM ({lines}'{part}'{among} GROUP BY code HAVING sum(tuples) > 0))"


def entries_of(part: str, fits: str) -> str:
    """SQL: how many rows of `flows` have, in a column of CODES, what meets a condition on `f`."""
    lines = f"(SELECT code AS {part}, tuples FROM tally WHERE part = '{part}')"
    return f"(SELECT coalesce(sum(f.tuples), 0) FROM {lines} f WHERE {fits})"


def count_off(connection: duckdb.DuckDBPyConnection, blobs: Iterable[int]) -> None:
    """Count the rows of these blobs off: they are about to go. Raises duckdb.Error."""
    rows = "(SELECT * FROM flows WHERE blob IN (SELECT unnest($blobs::INTEGER[])))"
    connection.execute(f"INSERT INTO tally {OF_FLOWS.format(flows=rows, sign='-')}", {"blobs": list(blobs)})


def count_anew(connection: duckdb.DuckDBPyConnection) -> None:
    """Count all rows. Raises duckdb.Error."""
    connection.execute("DELETE FROM tally")
    connection.execute(f"INSERT INTO tally {OF_FLOWS.format(flows='flows', sign='')}")


def add_together(connection: duckdb.DuckDBPyConnection) -> None:
    """One line for each code. Raises duckdb.Error."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE tally_sums AS "
        "SELECT part, code, sum(tuples)::BIGINT AS tuples FROM tally GROUP BY ALL HAVING sum(tuples) > 0 ORDER BY ALL"
    )
    connection.execute("DELETE FROM tally")
    connection.execute("INSERT INTO tally SELECT * FROM tally_sums")
    connection.execute("DROP TABLE tally_sums")


def _lines(part: str, codes: npt.NDArray[np.integer], tuples: npt.NDArray[np.integer]) -> pa.Table:
    named = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(codes), np.int8)), [part])
    return pa.table({"part": named, "code": pa.array(codes, pa.int64()), "tuples": pa.array(tuples, pa.int64())})
