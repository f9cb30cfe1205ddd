"""Single rows are written as they come: a file of all of them is that of the rows at once, in little memory."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from nsgflow_core.analysis import traffic
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.errors import StoreError
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.test_cli import rows
from tests.estates.flows import START, row, store_of

ROWS = [
    row((f"10.0.1.{host}", "10.0.2.9", "TCP", port), START + timedelta(hours=hour, minutes=minute, seconds=port % 60))
    for hour in (0, 1, 5, 30)
    for minute in (0, 7, 59)
    for host in (4, 5)
    for port in (443, 443, 1433)
]


@pytest.fixture
def store(tmp_path):
    """Some hours of flows, of which some are of one moment."""
    return store_of(tmp_path / "flows.duckdb", ROWS, SubnetMap()).path


def written(run, store, most, monkeypatch, *words):
    monkeypatch.setattr(traffic, "MOST_AT_ONCE", most)
    return run("flows", *words, "--store", store)


CASES = {
    "all": (),
    "a window that cuts minutes": ("--since", "2026-11-01T00:07:30Z", "--until", "2026-11-02T06:07:40Z"),
    "a filter": ("--port", "443", "--either-way", "--src", "10.0.0.0/8"),
    "names": ("--names",),
    "JSON on another clock": ("--format", "json", "--time-zone", "Asia/Kolkata"),
    "none": ("--port", "9"),
}


@pytest.mark.parametrize("words", CASES.values(), ids=CASES)
def test_rows_of_hours_and_of_minutes_are_those_at_once(words, store, run, monkeypatch):
    at_once = written(run, store, 1_000_000, monkeypatch, *words, "--limit", 1_000_000)
    assert at_once[0] == 0
    assert at_once[1].count("10.0.2.9") > 10 or words == CASES["none"]
    assert written(run, store, 1_000_000, monkeypatch, *words) == at_once  # by hours
    assert written(run, store, 0, monkeypatch, *words) == at_once  # by minutes


def test_so_are_those_of_a_lake(store, run, monkeypatch, tmp_path):
    assert run("export", tmp_path / "lake", "--store", store)[0] == 0
    of_lake = "flows", "--lake", tmp_path / "lake"
    at_once = run(*of_lake, "--limit", 1_000)
    assert len(rows(at_once[1])) == len(ROWS)
    monkeypatch.setattr(traffic, "MOST_AT_ONCE", 0)
    assert run(*of_lake) == at_once


def test_a_limit_ends_within_an_hour_and_within_a_minute(store, run, monkeypatch):
    every = rows(written(run, store, 1_000_000, monkeypatch)[1])
    for limit in (1, 7, len(every) - 1, len(every), len(every) + 1):
        assert rows(written(run, store, 0, monkeypatch, "--limit", limit)[1]) == every[:limit]


def test_they_go_into_a_file_and_one_of_before_stays_until_it_is_whole(store, run, monkeypatch, tmp_path):
    file = tmp_path / "rows.csv"
    printed = written(run, store, 0, monkeypatch)[1]
    assert written(run, store, 0, monkeypatch, "-o", file)[1] == f"{file}\n"
    assert file.read_text() == printed
    asked, parts = LocalStore.rows, []

    def breaks_off(own, query):
        parts.append(query)
        if len(parts) == 3:
            raise StoreError("The disk is gone.", "Look for it.")
        return asked(own, query)

    monkeypatch.setattr(LocalStore, "rows", breaks_off)
    status, told, said = written(run, store, 0, monkeypatch, "-o", file)
    assert (status, told) == (2, "")
    assert "The disk is gone." in said
    assert file.read_text() == printed
    assert [each.name for each in tmp_path.glob(".nsgflow-*")] == []


def test_no_part_has_more_rows_than_a_minute(store, monkeypatch):
    monkeypatch.setattr(traffic, "MOST_AT_ONCE", 0)
    parts = list(traffic.rows_in_parts(LocalStore(store), traffic.rows(RowsQuery(limit=None))))
    assert sum(map(len, parts)) == len(ROWS)
    for part in parts:
        assert part["time"].dt.floor("min").nunique() <= 1


@pytest.mark.parametrize(("unknown", "parts"), [(frozenset(), 2), (frozenset({"minute"}), 16)])
def test_minutes_without_rows_are_asked_for_only_where_nobody_knows_which_have_some(store, monkeypatch, unknown, parts):
    monkeypatch.setattr(traffic, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(LocalStore, "unsupported", unknown)
    window = FlowFilter(START + timedelta(minutes=50, seconds=10), START + timedelta(minutes=65, seconds=30))
    told = list(traffic.rows_in_parts(LocalStore(store), traffic.rows(RowsQuery(window, limit=None))))
    assert len(told) == parts
    at_once = LocalStore(store).rows(RowsQuery(window, limit=1_000))
    assert len(at_once) == 12
    moments = ["time", "src_ip", "dst_ip", "dst_port"]
    pd.testing.assert_frame_equal(pd.concat(told, ignore_index=True)[moments], at_once[moments])
