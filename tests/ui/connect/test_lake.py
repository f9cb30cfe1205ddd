"""Connect's tab for a folder of Parquet: the local store's flows written to it, and the pages asking it."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.ui.connect.places import folder
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, row, store_of
from tests.ui.connect.test_connect import press, wait_for, words
from tests.ui.opening import open_page


def test_flows_are_written_to_a_folder_which_the_pages_then_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flows.duckdb"
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    monkeypatch.setenv(folder.FOLDERS_VARIABLE, "1")
    store_of(path, [row(("10.20.1.4", "10.20.2.4", "TCP", port), START) for port in (443, 8443)], SUBNETS)
    page = open_page("connect")
    page.segmented_control(key="from").set_value("lake").run()
    page.text_input(key="connect_lake").set_value(str(tmp_path / "lake"))
    page = press(page, "Write the local store's flows here")
    wait_for(page, "1 hour written, 2 log entries")
    (tmp_path / "lake" / "half.parquet").write_bytes(b"PAR1")
    page = press(page, "See what is there")
    wait_for(page, "1 file cannot be used and is left out")
    page.button(key="use_lake").click().run()
    assert isinstance(page.session_state["_store"].store, LakeStore)
    assert "Parquet in lake" in words(page)
    assert "Kept for this folder" in words(page)
    page.switch_page("pages/required_ports.py").run()
    assert not page.exception
    assert not page.error
    assert "half.parquet is no Parquet file" in words(page)


def test_where_others_reach_the_server_its_folders_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(folder.FOLDERS_VARIABLE, raising=False)
    monkeypatch.setattr(st, "get_option", lambda name: {"server.address": "0.0.0.0"}.get(name))
    page = open_page("connect")
    page.segmented_control(key="from").set_value("lake").run()
    assert not [each for each in page.text_input if each.key == "connect_lake"]
    assert folder.FOLDERS_VARIABLE in words(page)
