"""The sample estate through a storage account, block by block, into the store: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, zip_longest
from pathlib import Path

import orjson
import pandas as pd
import pytest
from azure.storage.blob import BlobClient

from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import CONTAINERS, BlobInfo
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.local.store import LocalStore
from tests.parts.azurite import Emulator, append_minute, run_azurite, start_blob

HOURS = 2


@pytest.fixture(scope="module")
def estate() -> dict[str, list[bytes]]:
    """Blobs of two busy hours, both log kinds, by location; each as its records."""
    sample = SampleSource()
    blobs = [blob for blob in sample.blobs() if blob.hour]
    busiest = max(blobs, key=lambda blob: blob.size).hour
    chosen = [blob for blob in blobs if blob.hour and _hours_between(busiest, blob) in range(HOURS)]
    assert {blob.container for blob in chosen} == set(CONTAINERS)
    records = {}
    for blob in chosen:
        part = sample.read(blob, None)
        assert part is not None
        records[blob.location] = [orjson.dumps(record) for record in orjson.loads(part.data)["records"]]
    return records


def _hours_between(start: datetime | None, blob: BlobInfo) -> int:
    assert start is not None
    assert blob.hour is not None
    return int((blob.hour - start).total_seconds() // 3600)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with run_azurite() as running:
        for name in CONTAINERS:
            running.client().create_container(name)
        yield running


def start_all(emulator: Emulator, estate: dict[str, list[bytes]]) -> dict[str, BlobClient]:
    service = emulator.client()
    return {location: start_blob(service.get_blob_client(*location.split("/", 1))) for location in estate}


def append_between(blobs: dict[str, BlobClient], estate: dict[str, list[bytes]], first: float, last: float) -> None:
    """Append that share of each blob's records, a few records a block, the blobs in turns as in Azure."""
    minutes = []
    for location, records in estate.items():
        chosen = records[round(first * len(records)) : round(last * len(records))]
        minutes.append([(location, chosen[at : at + 20]) for at in range(0, len(chosen), 20)])
    for turn in chain.from_iterable(zip_longest(*minutes)):
        if turn:
            append_minute(blobs[turn[0]], turn[1])


def copy_to_folder(emulator: Emulator, folder: Path) -> Path:
    """What azcopy leaves: a folder per container, a file per blob."""
    for container in CONTAINERS:
        client = emulator.client().get_container_client(container)
        for name in client.list_blob_names():
            path = folder / container / name
            path.parent.mkdir(parents=True)
            path.write_bytes(client.download_blob(name).readall())
    return folder


def all_rows(store: LocalStore) -> pd.DataFrame:
    rows = store.rows(RowsQuery(limit=None))
    return rows.sort_values(list(rows.columns), ignore_index=True)


def assert_same_answers(one: LocalStore, other: LocalStore) -> None:
    pd.testing.assert_frame_equal(all_rows(one), all_rows(other))
    everything = FlowFilter()
    for question in (required_ports.services(everything), denied.by_rule_and_port(everything)):
        pd.testing.assert_frame_equal(question.ask(one), question.ask(other))


def assert_nothing_new(report: ImportReport, blobs: int) -> None:
    assert (report.blobs_seen, report.blobs_read, report.blobs_failed) == (blobs, 0, 0)
    assert (report.bytes_read, report.tuples, report.exit_status) == (0, 0, 0)


def test_growing_between_imports(emulator: Emulator, estate: dict[str, list[bytes]], tmp_path: Path) -> None:
    blobs = start_all(emulator, estate)
    source, store = open_source(emulator.connection_string), LocalStore(tmp_path / "account.duckdb")
    tuples = read = 0
    for first, last in ((0.0, 0.0), (0.0, 0.4), (0.4, 0.7), (0.7, 1.0)):
        append_between(blobs, estate, first, last)
        report = import_flows(source, store)
        assert (report.blobs_failed, report.rejected) == (0, 0)
        assert report.incomplete == 0
        tuples, read = tuples + report.tuples, read + report.bytes_read
        assert store.extent().tuples == tuples
    assert_nothing_new(import_flows(source, store), len(estate))

    folder = open_source(str(copy_to_folder(emulator, tmp_path / "copy")))
    whole = LocalStore(tmp_path / "folder.duckdb")
    once = import_flows(folder, whole)
    assert once.tuples == tuples > 1000
    assert once.bytes_read <= read <= once.bytes_read + 4 * len('{"records":[]}') * len(estate)
    assert_same_answers(store, whole)

    assert_nothing_new(import_flows(folder, store), len(estate))  # a copy of the same blobs is no news
    assert_nothing_new(import_flows(source, whole), len(estate))


def test_logs_that_went_on_in_another_account_within_the_hour(
    emulator: Emulator, estate: dict[str, list[bytes]], tmp_path: Path
) -> None:
    """The first half of each blob was copied from the account before; one of the same name holds the second half."""
    halves = {location: len(records) // 2 for location, records in estate.items() if len(records) > 1}
    for location, half in halves.items():
        (path := tmp_path / "before" / location).parent.mkdir(parents=True)
        path.write_bytes(b'{"records":[' + b",".join(estate[location][:half]) + b"]}")
    blobs = start_all(emulator, {location: [] for location in halves})
    source, store = open_source(emulator.connection_string), LocalStore(tmp_path / "both.duckdb")
    before = import_flows(open_source(str(tmp_path / "before")), store)
    for first, last in ((0, 1), (1, 1_000)):
        for location, half in halves.items():
            if records := estate[location][half:][first:last]:
                append_minute(blobs[location], records)
        report = import_flows(source, store)
        assert (report.namesakes, report.rejected) == ((len(halves), 0) if not first else (0, 0))
    assert_nothing_new(import_flows(source, store), len(halves))
    assert import_flows(open_source(str(tmp_path / "before")), store).bytes_read == 0

    whole = LocalStore(tmp_path / "whole.duckdb")
    for location in halves:
        (path := tmp_path / "whole" / location).parent.mkdir(parents=True)
        path.write_bytes(b'{"records":[' + b",".join(estate[location]) + b"]}")
    once = import_flows(open_source(str(tmp_path / "whole")), whole)
    assert store.extent().tuples == once.tuples > before.tuples
    assert_same_answers(store, whole)


def test_growing_during_imports(emulator: Emulator, estate: dict[str, list[bytes]], tmp_path: Path) -> None:
    blobs = start_all(emulator, estate)
    source, store = open_source(emulator.connection_string), LocalStore(tmp_path / "account.duckdb")
    azure = threading.Thread(target=append_between, args=(blobs, estate, 0.0, 1.0))
    azure.start()
    reports: list[ImportReport] = []
    while azure.is_alive() or not reports or reports[-1].blobs_read:
        reports.append(import_flows(source, store))
    azure.join()
    assert sum(report.blobs_read > 0 for report in reports) > 1
    assert not any(report.blobs_failed or report.rejected for report in reports)

    whole = LocalStore(tmp_path / "folder.duckdb")
    once = import_flows(open_source(str(copy_to_folder(emulator, tmp_path / "copy"))), whole)
    assert sum(report.tuples for report in reports) == once.tuples
    assert_same_answers(store, whole)


def test_rewritten_and_deleted_blobs(emulator: Emulator, estate: dict[str, list[bytes]], tmp_path: Path) -> None:
    blobs = start_all(emulator, estate)
    append_between(blobs, estate, 0.0, 1.0)
    source, store = open_source(emulator.connection_string), LocalStore(tmp_path / "account.duckdb")
    before = import_flows(source, store)
    location = next(iter(estate))
    records = estate[location][len(estate[location]) // 2 :]
    blobs[location].upload_blob(b'{"records":[' + b",".join(records) + b"]}", overwrite=True)
    after = import_flows(source, store)
    assert (after.blobs_read, after.blobs_failed) == (1, 0)
    assert store.extent().tuples < before.tuples

    blobs[location].delete_blob()  # by the retention of the log: what was imported is kept
    kept = store.extent().tuples
    assert_nothing_new(import_flows(source, store), len(estate) - 1)
    assert store.extent().tuples == kept
