"""The engines that answer the same questions: a new one joins by a row, and names what it may answer otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import fill
from typing import Any
from unittest.mock import patch

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.sample.source import SampleSource, sample_nsg_names, sample_subnets
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.store import answering
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.words.vocabulary import protocol_number
from tests.estates.records import nsg_record, vnet_record, whole_blob
from tests.estates.traffic_analytics import rows_of
from tests.parts.exported_rows import as_lines, as_parquet
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster
from tests.parts.stub_workspace import StubWorkspace


@dataclass(frozen=True)
class Estate:
    """What every engine is given: the blobs of some hours of the sample estate, by their location."""

    blobs: dict[str, bytes]
    folder: Path
    since: datetime
    until: datetime


def sample_estate(folder: Path, hours: int) -> Estate:
    """Hours from eight o'clock of the day in the middle, and a blob of what the sample has not."""
    source = SampleSource()
    logged = sorted({blob.hour for blob in source.blobs() if blob.hour})
    since = logged[len(logged) // 2].replace(hour=8)
    until = since + timedelta(hours=hours)
    found = [blob for blob in source.blobs() if blob.hour and since <= blob.hour < until]
    blobs = {blob.location: part.data for blob in found if (part := source.read(blob, None))}
    blobs[_ODD.format(day=since)] = whole_blob(_odd_records(int(since.timestamp())))
    for location, content in blobs.items():
        (folder / "blobs" / location).parent.mkdir(parents=True, exist_ok=True)
        (folder / "blobs" / location).write_bytes(content)
    return Estate(blobs, folder, since, until)


_ODD = (
    "insights-logs-flowlogflowevent/flowLogResourceID=/SUB_NETWORKWATCHERRG/NETWORKWATCHER_WE_ODD/"
    "y={day:%Y}/m={day:%m}/d={day:%d}/h={day:%H}/m=00/macAddress=000D3A0000A1/PT1H.json"
)


def _odd_records(second: int) -> list[object]:
    """Version 1, counters of one way only, IPv6, names that are no plain text, a protocol without ports."""
    ends = "FD00:DB8:0:0::1,fd00:1:0:0:2::9,40000,443"
    return [
        nsg_record(1, [f"{second + 5},10.9.0.4,10.9.0.5,50001,443,T,I,A", f"{second + 6},10.9.0.4,8.8.8.8,5,53,U,O,D"]),
        nsg_record(2, [f"{second + 9},10.9.0.4,10.9.0.5,50002,444,T,I,A,C,5,500,,", f"{second + 9},x"]),
        vnet_record([f"{second}000,{ends},6,O,B,NX,,,,", f"{second}001,{ends},6,O,E,X,3,300,,"], rule='a"b|c\\\u00e9'),
        vnet_record(
            [f"{second + 60}000,10.9.0.4,10.9.0.6,0,0,50,O,C,NX,,,7,70"], rule="UserRule_esp", acl="unspecified"
        ),
    ]


@dataclass(frozen=True)
class Engine:
    """One engine: its words, how the estate is put into it and opened, and where its answers may differ."""

    words: str
    opened: Callable[[Estate], AbstractContextManager[FlowStore]]
    unknown: frozenset[str]
    """Dimensions that it refuses by name."""
    differences: tuple[str, ...]
    """In words; everything else is compared, value by value and row by row. Ties of a limit and the order of equal
    rows are nobody's promise."""


@contextmanager
def _duckdb(estate: Estate) -> Iterator[FlowStore]:
    store = LocalStore(estate.folder / "flows.duckdb", subnets=sample_subnets(), nsg_names=sample_nsg_names())
    import_flows(FolderSource(estate.folder / "blobs"), store)
    yield store


@contextmanager
def _parquet(estate: Estate) -> Iterator[FlowStore]:
    """The first engine's rows, written as files, which are asked where they lie."""
    with _duckdb(estate) as store:
        assert isinstance(store, LocalStore)
        export_parquet(store, estate.folder / "lake")
    index, maps = estate.folder / "index.duckdb", (sample_subnets(), sample_nsg_names())
    yield LakeStore(estate.folder / "lake", index=index, subnets=maps[0], nsg_names=maps[1])


@contextmanager
def _kusto(estate: Estate) -> Iterator[FlowStore]:
    """Blobs parsed by the script's own functions, asked by the real KustoClient over HTTP."""
    flows = tuples_of({name: json.loads(blob)["records"] for name, blob in estate.blobs.items()})
    with StubCluster(flows=flows) as stub:
        yield DataExplorerStore(stub.url, "net", subnets=sample_subnets(), nsg_names=sample_nsg_names())


def _unknown(rows: KustoRows) -> frozenset[str]:
    return frozenset(key for key, column in DIMENSIONS.items() if not column.is_known_to(rows))


ENGINES = (
    Engine("DuckDB on this machine, blobs imported", _duckdb, frozenset(), ()),
    Engine("Parquet, asked where it lies (`--lake`)", _parquet, frozenset(), ()),
    Engine(
        "Kusto, single tuples (`nsgflow kusto setup`)",
        _kusto,
        _unknown(KustoRows.TUPLES),
        (
            "a block of public space that only the log shows to be inside is `Internet`: name its subnets",
            "versions 1 and 2 of one NSG in one group count together before the larger of begun and ended is taken",
        ),
    ),
)
"""The first is what the others are compared with."""


def _rows(estate: Estate) -> dict[str, list[dict[str, Any]]]:
    """What Traffic Analytics would make of the estate."""
    with _duckdb(estate) as store:
        tuples = store.rows(RowsQuery(limit=None, descending=False))
    tuples["nsg_id"], tuples["flow_state"] = tuples["nsg"], tuples["flow_state"].fillna("")
    tuples["protocol"] = [protocol_number(name) for name in tuples["protocol"]]
    return rows_of(tuples.fillna(0), {}, malicious=tuples.loc[tuples["decision"] == "Denied", "src_ip"].head(1))


@contextmanager
def _workspace(estate: Estate) -> Iterator[FlowStore]:
    """The real client over HTTP, against a stub that executes its queries."""
    with StubWorkspace(_rows(estate)) as stub, patch.dict(os.environ, NSGFLOW_LOGS_TOKEN="stub"):
        yield LogAnalyticsStore("ws", endpoint=stub.url, subnets=sample_subnets(), nsg_names=sample_nsg_names())


def _exported(write: Callable[[Path, dict[str, list[dict[str, Any]]]], None]) -> Callable[[Estate], Any]:
    @contextmanager
    def opened(estate: Estate) -> Iterator[FlowStore]:
        lake, index = estate.folder / write.__name__, estate.folder / f"{write.__name__}.duckdb"
        write(lake, _rows(estate))
        yield answering(LakeStore(lake, index=index, subnets=sample_subnets(), nsg_names=sample_nsg_names()))

    return opened


_ADDED_UP = _unknown(KustoRows.ADDED_UP)
ADDED_UP = (
    Engine("Log Analytics workspace (`--workspace`)", _workspace, _ADDED_UP, ()),
    Engine(
        "`NTANetAnalytics` as data export rules write it, JSON lines (`--lake`)", _exported(as_lines), _ADDED_UP, ()
    ),
    Engine("`NTANetAnalytics` as export jobs write it, Parquet (`--lake`)", _exported(as_parquet), _ADDED_UP, ()),
)
"""Those that ask rows of Traffic Analytics, of one estate; the first is what the others are compared with. What it
answers otherwise than single tuples is in `tests/stores/log_analytics/test_log_analytics_same_estate.py`."""


def differences() -> str:
    """What each engine refuses, and may answer otherwise than the first: the list in docs/engines.md."""
    return f"{_listed(ENGINES)}\n\n{ADDED_UP_WORDS}\n\n{_listed(ADDED_UP)}"


ADDED_UP_WORDS = fill(
    "Traffic Analytics adds flows up before a workspace, an export or a mirrored database has them, so these are "
    "compared with one another, over rows of one estate:", 120,
)  # fmt: skip


def _listed(engines: Iterable[Engine]) -> str:
    told = []
    for engine in engines:
        refused = ", ".join(f"`{key}`" for key in sorted(engine.unknown)) or "nothing"
        otherwise = "; ".join(engine.differences) or "nothing"
        words = f"- **{engine.words}**. Refused by name: {refused}. Answered otherwise: {otherwise}."
        told.append(fill(words, 118, subsequent_indent="  ", break_on_hyphens=False))
    return "\n".join(told)
