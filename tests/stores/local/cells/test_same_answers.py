"""Tables beside the flows change no answer: random estates that grow, every kind of question, with and without them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local import answering
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.rows import NAMES, SUBNETS, Logged, as_blobs, estates, queries


def exact(store: LocalStore, query: FlowQuery) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(answering.EXACT, "1")
        return store.fetch(query)


def grow(folder: Path, store: LocalStore, estate: list[Logged], step: int = 1_000, least: int = 0) -> None:
    for path, content in as_blobs(estate).items():
        place = folder / "logs" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    report = import_flows(FolderSource(folder / "logs"), store)
    assert report.exit_status == 0
    store.work_out_ahead(least, step)


def check(store: LocalStore, asked: list[FlowQuery]) -> int:
    ahead = 0
    for query in asked:
        statement = store._flows_statement(query).text
        ahead += " once_rows " in statement
        found, wanted = store.fetch(query), exact(store, query)
        pd.testing.assert_frame_equal(found, wanted, obj=str(query))
        assert found.attrs == wanted.attrs
    return ahead


SOME = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


@SOME
@given(estates, st.integers(0, 40), st.integers(0, 40), st.lists(queries(), min_size=12, max_size=12))
def test_estates_that_grow(estate: list[Logged], one: int, two: int, asked: list[FlowQuery]) -> None:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        store = LocalStore(folder / "flows.duckdb")
        for size in sorted({min(one, len(estate)), min(two, len(estate)), len(estate)} - {0}):
            grow(folder, store, estate[:size])
            with store_file(store.path).reading():
                check(store, asked)
        store.save_subnets(SUBNETS)
        store.save_nsg_names(NAMES)
        with store_file(store.path).reading():
            check(store, asked)
            bare = LocalStore(store.path, subnets=SubnetMap(), nsg_names={})
            check(bare, asked)
