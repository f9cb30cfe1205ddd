"""Connect's tab for a Kusto database: asked as the user, kept in the session, never this machine for strangers."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from nsgflow_core import COMMAND
from tests.estates.records import LINE, vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster
from tests.ui.connect.test_connect import press, wait_for, words
from tests.ui.opening import open_page


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv("NSGFLOW_ALLOW_IDENTITY", "1")


def asked(cluster: str, database: str = "net", page: AppTest | None = None) -> AppTest:
    page = page or open_page("connect")
    page.segmented_control(key="from").set_value("cluster").run()
    page.text_input(key="connect_cluster").set_value(cluster)
    page.text_input(key="connect_database").set_value(database)
    return press(page, "See what is there")


def test_a_database_is_asked_by_the_pages_of_its_session_alone():
    with StubCluster(flows=tuples_of({"blob": [vnet_record([LINE, "torn"])]})) as stub:
        page = asked(stub.url)
        wait_for(page, "What it holds")
        assert "cluster" in page.query_params["from"]
        page.button(key="use_cluster").click().run()
        assert "Kusto database net at 127.0.0.1" in words(page)
        assert "1 log entry" in words(page)
        assert "1 × wrong number of fields" in words(page)
        page.switch_page("pages/flows.py").run()
        assert not page.exception
        assert not page.error
        other = open_page("connect")
        assert "Kusto database" not in words(other)
        page.switch_page("pages/connect.py").run()
        page.button(key="show_sample").click().run()
        assert page.button(key="show_cluster").label == "Show the Kusto database"


def test_a_store_of_this_machine_that_cannot_be_opened_stands_in_no_way(tmp_path):
    (tmp_path / "flows.duckdb").write_bytes(b"no store" * 1000)
    with StubCluster(flows=tuples_of({"blob": [vnet_record([LINE])]})) as stub:
        page = open_page("connect")
        assert [each.label for each in page.button] == ["Try again", "Show the sample estate"]
        page.button(key="leave").click().run()
        page = asked(stub.url, page=page)
        wait_for(page, "What it holds")
        page.button(key="use_cluster").click().run()
        assert "1 log entry" in words(page)
        assert [each.proto.title for each in page.warning] == [said := page.warning[0].proto.title], "said once"
        assert "flows.duckdb is damaged" in said.replace("\\", "")
        assert [each.value for each in page.subheader][-1] == "What the network is"
        for name in ("overview", "rules", "coverage"):
            page.switch_page(f"pages/{name}.py").run()
            assert not page.warning
        page.switch_page("pages/connect.py").run()
        page.segmented_control(key="from").set_value("folder").run()
        assert "connect_folder" not in [each.key for each in page.text_input], "nothing can be imported"


@pytest.mark.parametrize(
    ("tables", "database", "sentence"),
    [({}, "net", f"{COMMAND} kusto setup"), ({}, "", "No database is given.")],
)
def test_what_is_missing_is_said(tables, database, sentence):
    with StubCluster(tables) as stub:
        page = asked(stub.url, database)
        wait_for(page, sentence)
        assert page.get("download_button")[0].proto.label == "Script"


def test_where_others_reach_the_server_this_machine_is_not_asked(monkeypatch):
    monkeypatch.setattr(st, "get_option", lambda name: {"server.address": "0.0.0.0"}.get(name))
    with StubCluster() as stub:
        said = wait_for(asked(stub.url), "hosts that its operator lists")
        assert "Kusto clusters of AzureCloud" in said
        assert stub.requests == []


def test_who_chose_another_cloud_is_sent_to_the_field_where_it_was_chosen():
    page = open_page("connect")
    page.segmented_control(key="from").set_value("cluster").run()
    page.text_input(key="connect_cluster").set_value("https://net.westeurope.kusto.windows.net")
    page.text_input(key="connect_database").set_value("net")
    page.selectbox(key="connect_cluster_cloud").set_value("AzureUSGovernment")
    said = wait_for(press(page, "See what is there"), "and this host is none")
    assert "It is one of AzureCloud: set the field Cloud on Connect to that." in said
    assert "NSGFLOW_CLOUD" not in said
