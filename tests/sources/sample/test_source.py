"""The sample as a source: read again, a window of it, and written to a folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nsgflow_core.errors import SourceDenied
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.sources.sample.source import (
    SampleSource,
    sample_nsg_names,
    sample_nsgs,
    sample_subnets,
    write_sample,
)
from tests.faults.harness.full import no_file_beyond


def read(source: SampleSource | FolderSource, blob: BlobInfo, cursor: Cursor | None = None) -> ReadPart:
    part = source.read(blob, cursor)
    assert part is not None
    return part


def test_a_second_read_finds_nothing_new():
    source = SampleSource()
    blob = next(iter(source.blobs()))
    part = read(source, blob)
    end = len(part.data) - 2
    assert source.read(blob, Cursor(blob.etag, end, part.fingerprint(end))) is None
    assert source.read(blob, Cursor("of a copy", end, part.fingerprint(end))) is None
    assert read(source, blob, Cursor("of a copy", 900, part.fingerprint(900))).offset == 900
    assert read(source, blob, Cursor("of a copy", 900, "another")).offset == 0


def test_a_window_lists_its_own_hours():
    listed = list(SampleSource().blobs(datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22, 10, tzinfo=UTC)))
    assert {blob.hour for blob in listed} == {datetime(2026, 11, 22, 9, tzinfo=UTC)}
    assert len(listed) == 13  # 15 machines less the two of dev, which sleep at weekends


def test_the_written_files_are_the_same_blobs(tmp_path):
    source = SampleSource()
    assert write_sample(tmp_path) == len(list(source.blobs()))
    copy = {blob.name: blob for blob in FolderSource(tmp_path / "flow-logs").blobs()}
    assert {blob.name for blob in source.blobs()} == set(copy)
    for blob in list(source.blobs())[::211]:
        part = read(FolderSource(tmp_path), copy[blob.name])
        assert part.data == read(source, blob).data
        assert source.read(blob, Cursor(part.etag, len(part.data) - 2, part.fingerprint(len(part.data) - 2))) is None
    assert read_subnet_map((tmp_path / "vnets.json").read_bytes()) == sample_subnets()
    assert json.loads((tmp_path / "nsgs.json").read_text()) == sample_nsgs()
    assert json.loads((tmp_path / "nsg-names.json").read_text()) == sample_nsg_names()


def test_where_the_disk_is_full_every_file_that_is_there_is_whole(tmp_path):
    with no_file_beyond(20_000), pytest.raises(SourceDenied, match="cannot be written"):
        write_sample(tmp_path)
    there = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(there) == 4
    assert all(json.loads(path.read_bytes())["records"] for path in there)
