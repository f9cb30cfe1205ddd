"""A local store's file: what is none, and what stays in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreIncompatible, StoreMissing
from nsgflow_core.stores.local.store import LocalStore


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
    store.save_nsg_names({"AAAA": "web-nsg"})
    again = LocalStore(store.path)
    assert again.setting("decisions") == "two"
    assert again.nsg_names == {"aaaa": "web-nsg"}
    assert store.fetch(FlowQuery()).iloc[0, 0] == 0
