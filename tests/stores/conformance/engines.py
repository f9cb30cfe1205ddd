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
from nsgflow_core.sources.sample.source import SampleSource, sample_nsg_names, sample_subnets
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.data_explorer.store import DataExplorerStore
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local.store import LocalStore
from tests.parts.kusto_database import tuples_of
from tests.parts.stub_cluster import StubCluster


@dataclass(frozen=True)
class Estate:
    """What every engine is given: the blobs of some hours of the sample estate, by their location."""

    blobs: dict[str, bytes]
    folder: Path
    since: datetime
    until: datetime


def sample_estate(folder: Path, hours: int) -> Estate:
    """The first of the hours is eight o'clock of the day in the middle."""
    source = SampleSource()
    logged = sorted({blob.hour for blob in source.blobs() if blob.hour})
    since = logged[len(logged) // 2].replace(hour=8)
    until = since + timedelta(hours=hours)
    found = [blob for blob in source.blobs() if blob.hour and since <= blob.hour < until]
    parts = {blob.location: source.read(blob, None) for blob in found}
    return Estate({location: part.data for location, part in parts.items() if part}, folder, since, until)


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
    import_flows(SampleSource(), store, since=estate.since, until=estate.until)
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
