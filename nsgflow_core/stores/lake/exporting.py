"""The flows of a store as Parquet files, one an hour in a folder a day, for Spark, Fabric, DuckDB and pandas.

    FOLDER/day=2026-11-19/03.parquet      the rows as they were logged, in the order of their time
    FOLDER/_nsgflow.json                  which hours are there, and a mark of what each held

An hour is written again when its mark changed, so a second export writes what came since. A file takes its place whole,
and the list of hours after it: a kill leaves an hour that is written once more. What the store lets go stays here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.ask.text.times import floor
from nsgflow_core.errors import Cancelled, InputError
from nsgflow_core.formats.parquet.form import FORM, columns, schema
from nsgflow_core.sources.left_out import MANIFEST
from nsgflow_core.stores.lake.destination import Destination, Folder
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.sql.rows_sql import compile_rows
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words
from nsgflow_core.stores.local.store import LocalStore

_HOUR = timedelta(hours=1)
_COUNTED = ("time", "src_port", "dst_port", "protocol", "state", "src_to_dst_packets", "src_to_dst_bytes",
            "dst_to_src_packets", "dst_to_src_bytes")  # fmt: skip
"""What tells one row of the store from another, beside its ends and its words."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What a store holds of an hour: how many rows, and a mark that changes with them."""

    tuples: int
    mark: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote, and what it found written."""

    hours: int
    tuples: int
    bytes: int
    as_before: int
    """Hours that were there with the same content."""


def export_parquet(
    store: LocalStore,
    folder: Path | Destination,
    window: FlowFilter | None = None,
    *,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Exported:
    """Write the hours that a window touches and that are not in the folder as the store holds them.

    `tell` gets how many hours of how many are written. Raises InputError for a folder that holds something else,
    StoreError or SourceError when it cannot be written, Cancelled.
    """
    place = Folder(folder) if isinstance(folder, Path) else folder
    with place.working(), store.held():
        there = place.names()
        known = _known(place, there, store)
        found = _hours(store, _whole_hours(window or FlowFilter()))
        changed = [hour for hour, holds in found.items() if known.get(hour) != holds or _name(hour) not in there]
        size, last = 0, None
        try:
            for done, hour in enumerate(changed):
                tell(done, len(changed))
                if cancelled():
                    raise Cancelled("The export was stopped.", "What was written is whole; the next one goes on.")
                if last and hour.date() != last.date():
                    _keep(place, store, known)
                size += _write(store, place, hour)
                known[hour], last = found[hour], hour
            tell(len(changed), len(changed))
        finally:
            if last:
                _keep(place, store, known)
    return Exported(len(changed), sum(found[hour].tuples for hour in changed), size, len(found) - len(changed))


def _whole_hours(window: FlowFilter) -> FlowFilter:
    """A part of an hour would take the place of all of it."""
    since, until = window.since and floor(window.since, _HOUR), window.until and floor(window.until, _HOUR)
    return FlowFilter(since, until + _HOUR if until and until != window.until else until)


def _hours(store: LocalStore, asked: FlowFilter) -> dict[datetime, Hour]:
    """What the store holds of each hour of a window. Codes of addresses and words may change; what they say counts."""
    parameters = Parameters()
    stages = ",\n".join(places_and_words(parameters, Shown()))
    where = conditions_sql(asked, parameters)
    row = ", ".join(f"f.{name}" for name in _COUNTED)
    text = (
        f"WITH {stages},\nends AS (SELECT id, hash(packed) AS told FROM places),\n"
        "views AS (SELECT id, hash(*COLUMNS(* EXCLUDE (id))) AS told FROM words)\n"
        "SELECT date_trunc('hour', f.time) AS hour, count(*)::BIGINT AS tuples, "
        f"(sum(hash({row}, s.told, d.told, v.told)::HUGEINT))::VARCHAR AS mark\n"
        "FROM flows f JOIN ends s ON s.id = f.src JOIN ends d ON d.id = f.dst JOIN views v ON v.id = f.context"
        f"{where.rows}\nGROUP BY 1 ORDER BY 1"
    )
    answer = store.table(Statement(text, parameters.values)).to_pylist()
    return {row["hour"].replace(tzinfo=UTC): Hour(row["tuples"], row["mark"]) for row in answer}


def _write(store: LocalStore, place: Destination, hour: datetime) -> int:
    """One hour's file, in its place; its bytes."""
    rows = RowsQuery(FlowFilter(hour, hour + _HOUR), "time", descending=False, limit=None, also=("nsg_id",))
    table = store.table(compile_rows(rows, Shown())).select(list(columns())).cast(schema(store.uuid))
    return place.put(_name(hour), lambda opened: pq.write_table(table, opened, compression="zstd"))


def _name(hour: datetime) -> str:
    return f"day={hour:%Y-%m-%d}/{hour:%H}.parquet"


def _known(place: Destination, there: frozenset[str], store: LocalStore) -> dict[datetime, Hour]:
    """The hours that the list there names. Raises InputError where the place is not ours to write."""
    listed = place.kept(MANIFEST)
    if listed is None:
        if there:
            raise InputError(
                f"{place.words} holds something else.", "Name an empty folder, or one of an earlier export."
            )
        return {}
    try:
        held = json.loads(listed)
        is_ours, is_of_form = held["store"] == store.uuid, held["form"] == FORM
        hours = {datetime.fromisoformat(hour): Hour(**holds) for hour, holds in held["hours"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{place.words}/{MANIFEST} cannot be read.", "Remove it with its folder, and export again."
        ) from None
    if not is_ours:
        raise InputError(f"{place.words} holds the flows of another store.", "Name a folder of its own for this one.")
    return hours if is_of_form else {}


def _keep(place: Destination, store: LocalStore, hours: Mapping[datetime, Hour]) -> None:
    written = {"form": FORM, "store": store.uuid, "hours": {h.isoformat(): asdict(hours[h]) for h in sorted(hours)}}
    place.put(MANIFEST, lambda opened: _write_text(opened, json.dumps(written, indent=1) + "\n"))


def _write_text(opened: BinaryIO, text: str) -> None:
    opened.write(text.encode())
