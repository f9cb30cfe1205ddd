"""A local store's file: what is none, and what stays in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreIncompatible, StoreMissing
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, keep, row, store_of


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with pytest.raises(StoreMissing, match="no store"):
        LocalStore(path).extent()
    path.write_text("not a database" * 1000)
    with pytest.raises(StoreIncompatible):
        LocalStore(path).extent()
    with pytest.raises(StoreIncompatible):
        LocalStore(path).save_setting("a", "b")


def test_settings_and_maps_stay(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    assert store.setting("decisions") is None
    assert not store.subnets.subnets
    store.save_setting("decisions", "one")
    store.save_setting("decisions", "two")
    store.save_setting("view/100%", "three")
    store.save_nsg_names({"AAAA": "web-nsg"})
    again = LocalStore(store.path)
    assert again.settings() == {"decisions": "two", "view/100%": "three"}
    assert [again.settings(begun) for begun in ("view/", "view/_", "View/")] == [{"view/100%": "three"}, {}, {}]
    assert again.setting("decisions") == "two"
    assert again.nsg_names == {"aaaa": "web-nsg"}
    assert store.fetch(FlowQuery()).iloc[0, 0] == 0


def test_a_large_text_is_read_again_after_any_change_alone(tmp_path: Path) -> None:
    """As the network is, which each page asks for five times."""
    store, other = LocalStore(tmp_path / "flows.duckdb"), LocalStore(tmp_path / "flows.duckdb")
    texts = [letter * 200_000 for letter in "abcd"]
    store.save_setting("large", texts[0])
    first = store.setting("large")
    assert first == texts[0]
    assert other.setting("large") is first, "not read again, by whoever asks"
    other.save_setting("large", texts[1])
    assert store.setting("large") == texts[1]
    shutil.copy(store.path, copy := tmp_path / "copy.duckdb")
    store.save_setting("large", texts[2])
    assert store.setting("large") == texts[2]
    shutil.copy(copy, store.path)
    assert store.setting("large") == texts[1], "put back to a copy"
    store.save_setting("large", texts[3])
    assert other.setting("large") == texts[3], "as many changes as before, of another time"
    store.path.unlink()
    assert store.setting("large") is None
    LocalStore(store.path).save_setting("other", "small")
    assert store.setting("large") is None
    store.save_setting("large", "small")
    assert store.setting("large") == "small"


def test_a_commit_changes_what_answers_are_kept_by(tmp_path: Path) -> None:
    """Else a page goes on showing what it kept of the state before."""
    store = store_of(tmp_path / "flows.duckdb", [row(("10.0.1.4", "10.0.0.4", "TCP", 443), START)], SubnetMap())
    before = store.identity
    assert store.identity == before
    keep(store, "more.json", pa.Table.from_pylist([row(("10.0.1.4", "10.0.0.4", "TCP", 22), START)], FLOW_SCHEMA))
    assert store.identity != before
