"""The engines that answer the same questions: a new one joins by a row, and names what it may answer otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import fill

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.sample.source import SampleSource, sample_nsg_names, sample_subnets
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import nsg_record, vnet_record, whole_blob
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster


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
"""The first is what the others are compared with. Traffic Analytics' rows have a suite of their own, since they are
made otherwise (`tests/stores/log_analytics/test_log_analytics_same_estate.py`)."""


def differences() -> str:
    """What each engine refuses, and may answer otherwise than the first: the list in docs/engines.md."""
    told = []
    for engine in ENGINES:
        refused = ", ".join(f"`{key}`" for key in sorted(engine.unknown)) or "nothing"
        otherwise = "; ".join(engine.differences) or "nothing"
        words = f"- **{engine.words}**. Refused by name: {refused}. Answered otherwise: {otherwise}."
        told.append(fill(words, 118, subsequent_indent="  ", break_on_hyphens=False))
    return "\n".join(told)
