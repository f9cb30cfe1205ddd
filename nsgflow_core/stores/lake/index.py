"""What is known of a lake's files, so that a question need not read them for it: a store whose `flows` are elsewhere.

It has the tables of the local store: a row of `blobs` a file (its stamp, how many rows, from when to when), addresses
with their labels, contexts, what pickers offer; what people keep lies beside these. A file is read once, when it is
new or its stamp is another one; what it told before is taken away first. Ids are those of `rows_sql`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from nsgflow_core import COMMAND
from nsgflow_core.errors import StoreBusy, StoreError, StoreFull, StoreMissing
from nsgflow_core.formats.coded.flows import CONTEXT_WORDS
from nsgflow_core.stores.lake.files import LakeFile
from nsgflow_core.stores.lake.looking import Look, looked_at
from nsgflow_core.stores.lake.rows_sql import CONTEXT, IS_WHOLE, MADE, files_sql, number_of
from nsgflow_core.stores.lake.traffic_analytics import counting
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.disk.file import StoreFile
from nsgflow_core.stores.local.naming import own_ends, spelled
from nsgflow_core.stores.local.naming.labels import label_anew, saved_subnets
from nsgflow_core.stores.local.naming.names import name_by_mac
from nsgflow_core.stores.local.naming.nsgs import name_anew
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.stores.local.sql.filter_sql import Parameters
from nsgflow_core.stores.local.tables import bump, pairs, put
from nsgflow_core.stores.local.words import address_rows, next_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import pack

Tell = Callable[[int, int], None]
"""Told how many files of how many are known now."""
UNTALLIED = frozenset({"src_port"})
"""Source ports are as many as rows, and no page offers them."""
_ROWS = 2_000_000
_FILES = 64
"""At a time, so that a stop loses little and others get at the index in between."""
_TALLIED = tuple(code for code in tally.CODES if code not in UNTALLIED)
_IS_LAKE = "lake"
_ENGINE = "lake-engine"
_MADE_BY = f"{duckdb.__version__} 3"
"""Numbers are worked out by DuckDB, whose next version may do it otherwise; then what this index holds of files."""
_WIDE = (("addresses", "id"), ("contexts", "id"), ("own_ends", "address"), ("tenants", "id"), ("tenants", "address"))
_TABLES = "".join(f"ALTER TABLE {table} ALTER {column} TYPE BIGINT;\n" for table, column in _WIDE) + (
    "ALTER TABLE tally ADD COLUMN blob INTEGER;\n"
    "CREATE TABLE file_ends (blob INTEGER, mac VARCHAR, address BIGINT, sent BIGINT, received BIGINT, "
    "first TIMESTAMP, last TIMESTAMP);"
)
_OF_FILES = ("tally", "file_ends", "rejections", "added_up")
_TOLD = ("addresses", "contexts", "own_ends", "tenants", "blobs", *_OF_FILES)


def bring_in_step(file: StoreFile, lake: Path, found: Mapping[str, LakeFile], tell: Tell) -> None:
    """Read what is new, and forget what is gone. Raises StoreError, in words, for what the disk or DuckDB refuses."""
    known = _known(file, lake)
    fresh = [each for name, each in found.items() if known.get(name) != each.stamp]
    gone = [name for name in known if name not in found]
    if not (fresh or gone):
        return
    done = len(found) - len(fresh)
    tell(done, len(found))
    for batch in _batches(lake, fresh):
        _take_in(file, lake, batch)
        done += len(batch)
        tell(done, len(found))
    with file.writing() as connection:
        _forget(connection, gone)
        _work_out(connection)
        bump(connection)


def _known(file: StoreFile, lake: Path) -> dict[str, str]:
    """Stamps by name, of an index that this version of DuckDB made; it is made where there is none."""
    try:
        with file.reading() as connection:
            meta = pairs(connection, "SELECT key, value FROM meta")
            if meta.get(_IS_LAKE) == str(lake) and meta.get(_ENGINE) == _MADE_BY:
                return pairs(connection, "SELECT name, etag FROM blobs")
    except StoreMissing:
        pass
    with file.writing() as connection:
        meta = pairs(connection, "SELECT key, value FROM meta")
        if _IS_LAKE not in meta:
            connection.execute(_TABLES)
        connection.execute(counting.TABLE)
        for table in _TOLD:
            connection.execute(f"DELETE FROM {table}")
        put(connection, "meta", _IS_LAKE, str(lake))
        put(connection, "meta", _ENGINE, _MADE_BY)
    return {}


def _batches(lake: Path, files: Sequence[LakeFile]) -> Iterator[dict[LakeFile, Look]]:
    """Files, each with what it is by a look: so many at a time that their rows fit in memory."""
    batch: dict[LakeFile, Look] = {}
    rows = 0
    for each in files:
        look = looked_at(lake / each.name)
        if batch and (rows + look.rows > _ROWS or len(batch) == _FILES):
            yield batch
            batch, rows = {}, 0
        batch[each] = look
        rows += look.rows
    if batch:
        yield batch


def _take_in(file: StoreFile, lake: Path, batch: Mapping[LakeFile, Look]) -> None:
    """A batch in one transaction; where one of its files cannot be read to its end, each in one of its own."""
    try:
        with file.writing() as connection:
            _replace(connection, lake, batch)
    except (StoreBusy, StoreFull):
        raise
    except StoreError as failure:
        if len(batch) == 1 and all(look.reason for look in batch.values()):
            raise
        for each, look in batch.items():
            unread = Look(f"cannot be read ({failure.message.rstrip('.')})")
            _take_in(file, lake, {each: look if look.reason or len(batch) > 1 else unread})


def _replace(connection: duckdb.DuckDBPyConnection, lake: Path, batch: Mapping[LakeFile, Look]) -> None:
    """What was known of these files gives way to what they hold; of those that are none of flows, to why."""
    _forget(connection, [each.name for each in batch])
    first = next_id(connection, "blobs")
    ids = {each: first + place for place, each in enumerate(batch)}
    left_out = {ids[each]: look.reason for each, look in batch.items() if look.reason}
    rows = [{"id": ids[each], "name": each.name, "etag": each.stamp, "size": each.size} for each in batch]
    with registered(connection, "batch_files", pa.Table.from_pylist(rows)):
        connection.execute(
            """INSERT INTO blobs (id, name, location, container, resource, mac, etag, bytes_read, tuples, rejected)
               SELECT id, name, name, '', '', '', etag, size, 0, 0 FROM batch_files"""
        )
    counting.count(connection, {ids[each]: (lake / each.name, look) for each, look in batch.items() if look.table})
    if read := [each for each, look in batch.items() if look.is_of_flows]:
        _read(connection, [str(lake / each.name) for each in read], [ids[each] for each in read])
        left_out |= _unusable(connection)
        gone = {"ids": list(left_out)}
        connection.execute("DELETE FROM batch_rows WHERE blob IN (SELECT unnest($ids::INTEGER[]))", gone)
        _add_words(connection)
        _add_counts(connection)
        for table in ("batch_rows", "batch_addresses", "batch_contexts"):
            connection.execute(f"DROP TABLE {table}")
    for number, reason in left_out.items():
        connection.execute("INSERT INTO rejections VALUES ($id, $reason, 1)", {"id": number, "reason": reason})


def _read(connection: duckdb.DuckDBPyConnection, paths: list[str], ids: list[int]) -> None:
    """The rows of files, each with its file's id; and the texts that their numbers stand for."""
    parameters = Parameters()
    source, of_files = files_sql(parameters, paths), dict(parameters.values)
    numbers = f"{parameters.add(ids)}::INTEGER[]"
    made = ", ".join(f"{text} AS {name}" for name, text in MADE.items() if name not in UNTALLIED)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE batch_rows AS SELECT ({numbers})[p.file_index::BIGINT + 1] AS blob, {made}, "
        f"{IS_WHOLE} AS is_whole FROM {source} p",
        parameters.values,
    )
    ends = " UNION ".join(f"SELECT p.{end} AS text FROM {source} p" for end in ("src_ip", "dst_ip"))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE batch_addresses AS SELECT {number_of('text')} AS id, text FROM ({ends}) "
        "WHERE text IS NOT NULL",
        of_files,
    )
    words = ", ".join(f"p.{word}" for word in CONTEXT_WORDS)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE batch_contexts AS SELECT DISTINCT ON (id) {CONTEXT} AS id, {words} "
        f"FROM {source} p",
        of_files,
    )


def _unusable(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Files that hold what no flow log says, by id: they are left out whole."""
    texts = [text for (text,) in connection.execute("SELECT text FROM batch_addresses").fetchall()]
    wrong = [text for text in texts if pack(text) is None]
    found = connection.execute(
        f"""WITH wrong AS (SELECT {number_of("text")} AS id FROM (SELECT unnest($wrong::VARCHAR[]) AS text))
            SELECT blob, count(*) FROM batch_rows
            WHERE NOT is_whole OR src IN (SELECT id FROM wrong) OR dst IN (SELECT id FROM wrong) GROUP BY blob""",
        {"wrong": wrong},
    ).fetchall()
    connection.execute("DELETE FROM batch_addresses WHERE text IN (SELECT unnest($wrong::VARCHAR[]))", {"wrong": wrong})
    return {number: f"has {counted(rows, 'row')} without a log entry" for number, rows in found}


def _add_words(connection: duckdb.DuckDBPyConnection) -> None:
    """Addresses and contexts that are met for the first time."""
    fresh = connection.execute(
        """SELECT DISTINCT b.text FROM batch_addresses b
           JOIN (SELECT src AS id FROM batch_rows UNION SELECT dst FROM batch_rows) r USING (id)
           ANTI JOIN addresses a ON a.text = b.text ORDER BY 1"""
    ).fetchall()
    if fresh:
        rows = address_rows(connection, [text for (text,) in fresh], saved_subnets(connection))
        with registered(connection, "fresh_addresses", rows):
            connection.execute(f"INSERT INTO addresses SELECT {number_of('text')} AS id, * FROM fresh_addresses")
    connection.execute(
        f"""INSERT INTO contexts (id, {", ".join(spelled.COLUMNS)}) SELECT id, {", ".join(spelled.GIVEN)}
            FROM batch_contexts b
            SEMI JOIN batch_rows r ON r.context = b.id ANTI JOIN contexts c ON c.id = b.id"""
    )


def _add_counts(connection: duckdb.DuckDBPyConnection) -> None:
    """How many rows a file has, what pickers offer, and which address each NIC has, by file."""
    connection.execute(
        """UPDATE blobs SET hour = date_trunc('hour', r.first), tuples = r.tuples, first = r.first, last = r.last
           FROM (SELECT blob, count(*) AS tuples, min(time) AS first, max(time) AS last
               FROM batch_rows GROUP BY blob) r WHERE r.blob = blobs.id"""
    )
    made = {code: f"{code}::BIGINT" for code in _TALLIED} | {tally.HOUR: tally.MADE[tally.HOUR]}
    for part, code in made.items():
        connection.execute(
            f"INSERT INTO tally (part, code, tuples, blob) SELECT '{part}', {code}, count(*), blob "
            f"FROM batch_rows GROUP BY ALL"
        )
    ends = own_ends.OF_FLOWS.format(flows="batch_rows", contexts="contexts")
    connection.execute(f"INSERT INTO file_ends SELECT f.blob, {ends.removeprefix('SELECT ')}")


def _forget(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    if not names:
        return
    found = connection.execute("SELECT id FROM blobs WHERE name IN (SELECT unnest($n::VARCHAR[]))", {"n": names})
    ids = {"ids": [number for (number,) in found.fetchall()]}
    if ids["ids"]:
        for table, column in (*((each, "blob") for each in _OF_FILES), ("blobs", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest($ids::INTEGER[]))", ids)


def _work_out(connection: duckdb.DuckDBPyConnection) -> None:
    """What all files together tell: that numbers stand for one text each, what is inside, what NSGs are called."""
    shared = connection.execute("SELECT id FROM addresses GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchall()
    if shared:
        raise StoreError(
            "Two addresses of these files share a number, so that answers would mix them.",
            f"Import the files into a local store instead: {COMMAND} import FOLDER.",
        )
    connection.execute("DELETE FROM own_ends")
    connection.execute(
        "INSERT INTO own_ends SELECT mac, address, sum(sent), sum(received), min(first), max(last) "
        "FROM file_ends GROUP BY mac, address"
    )
    if own_ends.look_again(connection):
        label_anew(connection)
    spelled.spell_alike(connection)
    _name_by_files(connection)
    name_anew(connection)
    name_by_mac(connection)


def _name_by_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Whoever wrote the files knew names for guids; who asks them need not."""
    connection.execute(
        """INSERT INTO nsg_names SELECT lower(c.nsg_id), any_value(c.nsg) FROM contexts c
           WHERE c.nsg_id <> '' AND NOT contains(c.nsg_id, '/') AND lower(c.nsg) <> lower(c.nsg_id)
               AND lower(c.nsg_id) NOT IN (SELECT id FROM nsg_names) GROUP BY ALL"""
    )
