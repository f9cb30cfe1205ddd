"""The engines that answer the same questions: a new one joins by a row, and names what it may answer otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.sample.source import SampleSource, sample_nsg_names, sample_subnets
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.local.store import LocalStore

HOURS = 2


@dataclass(frozen=True)
class Estate:
    """The blobs that every engine is given, by name: some hours of the sample estate."""

    blobs: dict[str, bytes]
    folder: Path
    since: datetime
    until: datetime


def estate(folder: Path) -> Estate:
    source = SampleSource()
    hours = sorted({blob.hour for blob in source.blobs() if blob.hour})
    since = hours[len(hours) // 2].replace(hour=8)
    until = since + timedelta(hours=HOURS)
    blobs = {}
    for blob in source.blobs():
        if blob.hour and since <= blob.hour < until:
            part = source.read(blob, None)
            assert part is not None
            blobs[blob.location] = part.data
    return Estate(blobs, folder, since, until)


@dataclass(frozen=True)
class Difference:
    """What an engine may answer otherwise, and how that is taken out of two frames before they are compared."""

    words: str
    undone: Callable[[str, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Engine:
    """One engine: how the estate is put into it, and its allowed differences from the first."""

    name: str
    opened: Callable[[Estate], AbstractContextManager[FlowStore]]
    differences: tuple[Difference, ...] = field(default=())


@contextmanager
def duckdb(made: Estate) -> Iterator[FlowStore]:
    """Blobs imported into a store file."""
    store = LocalStore(made.folder / "flows.duckdb", subnets=sample_subnets(), nsg_names=sample_nsg_names())
    import_flows(SampleSource(), store, since=made.since, until=made.until)
    yield store


@contextmanager
def parquet(made: Estate) -> Iterator[FlowStore]:
    """The same store written as Parquet files, which are asked where they lie."""
    with duckdb(made) as store:
        assert isinstance(store, LocalStore)
        export_parquet(store, made.folder / "lake")
    yield LakeStore(
        made.folder / "lake", index=made.folder / "index.duckdb", subnets=sample_subnets(), nsg_names=sample_nsg_names()
    )


ENGINES = (Engine("DuckDB", duckdb), Engine("Parquet", parquet))
