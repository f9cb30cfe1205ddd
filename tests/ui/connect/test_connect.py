"""The Connect page as a script: what it offers, what it says when something is wrong, and where secrets go."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from nsgflow_core.analysis import coverage
from nsgflow_core.errors import InputError
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect.places import account
from nsgflow_core.ui.connect.places import folder as connect_folder
from nsgflow_core.ui.connect.work import Work
from tests.estates.flows import START, row
from tests.hostile_files import CONTENTS
from tests.inventory import network
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.opening import open_page
from tests.ui.reading import field

SECRET = "c2VudGluZWwtc2VudGluZWwtc2VudGluZWw="


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    for name in ("CONNECTION_STRING", "ACCOUNT", "SERVICE_ENDPOINT", "KEY"):
        monkeypatch.delenv(f"AZURE_STORAGE_{name}", raising=False)
    return open_page("connect")


def wait_for(page: AppTest, text: str) -> str:
    """Run the page until it says something; all that it says then."""
    for _ in range(600):
        said = words(page)
        if text in said:
            return said
        time.sleep(0.1)
        page.run()
    raise AssertionError(f"It never says {text!r}, but: {words(page)}")


def words(page: AppTest) -> str:
    boxes = [*page.warning, *page.info, *page.success, *page.error]
    texts = [f"{getattr(box.proto, 'title', '')} {box.value}" for box in boxes]
    texts += [each.value for each in (*page.caption, *page.markdown, *page.subheader)]
    return as_it_reads("\n".join(texts))


def press(page: AppTest, label: str) -> AppTest:
    """Once it can be: a run in which an import ends may have drawn its button before."""

    def button() -> Button:
        return next(each for each in page.button if as_it_reads(each.label) == label)

    for _ in range(50):
        if not button().proto.disabled:
            break
        time.sleep(0.1)
        page.run()
    return button().click().run()


def write_folder(folder: Path, blobs: int = 3) -> Path:
    sample = SampleSource()
    for blob in [blob for blob in sample.blobs() if blob.hour][-blobs:]:
        part = sample.read(blob, None)
        assert part is not None
        (folder / blob.location).parent.mkdir(parents=True, exist_ok=True)
        (folder / blob.location).write_bytes(part.data)
    return folder


def test_says_what_is_missing(page: AppTest) -> None:
    press(page, "See what is there")
    assert "No storage account is named." in wait_for(page, "No storage account is named.")


def test_secret_is_taken_out_of_its_field(page: AppTest) -> None:
    page.selectbox(key="connect_way").set_value("key").run()
    page.text_input(key="connect_account").set_value("http://127.0.0.1:9/devstoreaccount1")
    page.text_input(key="connect_key").set_value(SECRET)
    press(page, "See what is there")
    assert field(page, "Account key").value == ""
    assert str(page.text_input(key="connect_account").value).endswith("devstoreaccount1")
    said = wait_for(page, "Nothing answers at")
    assert SECRET not in said
    assert SECRET not in str(page.query_params)


def test_expired_sas_is_named(page: AppTest) -> None:
    page.selectbox(key="connect_way").set_value("sas").run()
    url = f"https://acc1.blob.core.windows.net/?sv=2022-11-02&sp=rl&se=2024-01-01T00:00:00Z&sig={SECRET}"
    page.text_input(key="connect_sas").set_value(url)
    press(page, "See what is there")
    assert SECRET not in wait_for(page, "expired at 2024-01-01T00:00:00Z")


def test_environment_is_offered_when_it_names_an_account(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The account that the environment names" not in page.selectbox(key="connect_way").options
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acc1")
    page.run()
    assert page.selectbox(key="connect_way").options[0] == "The account that the environment names"


def test_folder_is_not_offered_to_others(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", lambda name: {"server.address": "0.0.0.0"}.get(name))
    page.segmented_control(key="from").set_value("folder").run()
    assert "Folders are not offered here" in words(page)
    assert "connect_folder" not in [each.key for each in page.text_input]
    monkeypatch.setenv(connect_folder.FOLDERS_VARIABLE, "1")
    page.run()
    assert "connect_folder" in [each.key for each in page.text_input]


def test_folder_without_logs(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connect_folder.FOLDERS_VARIABLE, "1")
    (tmp_path / "empty").mkdir()
    page.segmented_control(key="from").set_value("folder").run()
    page.text_input(key="connect_folder").set_value(str(tmp_path / "empty"))
    press(page, "See what is there")
    wait_for(page, "There is no .json file in")


def test_folder_import_switches_from_the_sample(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connect_folder.FOLDERS_VARIABLE, "1")
    folder, started = write_folder(tmp_path / "logs"), pd.Timestamp.now(UTC).floor("us")
    page.segmented_control(key="from").set_value("folder").run()
    page.text_input(key="connect_folder").set_value(str(folder))
    press(page, "See what is there")
    wait_for(page, "What is there")
    page.button(key="start_import").click().run()
    wait_for(page, "new log entries")
    held = LocalStore(tmp_path / "flows.duckdb").extent()
    assert held.tuples > 0
    page.run()
    assert f"{held.tuples:,} log entries" in words(page)
    logs = next(each.value for each in page.dataframe if "last_read" in each.value)
    assert logs["last_read"].between(started, pd.Timestamp.now(UTC)).all()
    assert "first" not in logs
    page.button(key="refresh").click().run()
    wait_for(page, "Nothing new")
    assert LocalStore(tmp_path / "flows.duckdb").extent() == held
    page.button(key="show_sample").click().run()
    assert page.button(key="show_local")


def test_account_names() -> None:
    assert account.account_url("Acc1") == "https://acc1.blob.core.windows.net"
    assert account.account_url("acc1.blob.core.windows.net") == "https://acc1.blob.core.windows.net"
    for wrong in ("", "a", "no-hyphens", "x" * 25):
        with pytest.raises(InputError):
            account.account_url(wrong)


def test_work_logs_no_text_of_foreign_errors(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_work: Work[int]) -> int:
        raise ValueError(f"https://acc1.blob.core.windows.net/?sig={SECRET}")

    work = Work("", fail)
    while not work.is_done:
        time.sleep(0.01)
    assert work.error is not None
    assert SECRET not in str(work.error) + caplog.text
    assert "ValueError in the background" in caplog.text


def give(page: AppTest, **files: bytes) -> AppTest:
    """Choose files in the one place for what the network is."""
    chosen = [(name.replace("_", "."), content, "application/octet-stream") for name, content in files.items()]
    return page.file_uploader[0].set_value(chosen).run()


def test_any_files_at_once_say_what_the_network_is_and_can_be_forgotten(page: AppTest, tmp_path: Path) -> None:
    assert "Nothing is kept." in words(page)
    give(
        page,
        net_json=json.dumps(network.AZ).encode("utf-16"),
        map_csv=b"name,prefix\nlab,10.5.0.0/24\nx,y\n",
        odd_json=b"{",
    )
    said = words(page)
    assert "net.json: 1 VNet, 2 subnets, 1 NSG, 1 NIC." in said
    assert "map.csv: 1 subnet." in said
    assert "Subnet 'x' (line 3): 'y' is not a CIDR prefix" in said
    assert "odd.json: The file is not valid JSON" in said
    store = LocalStore(tmp_path / "flows.duckdb")
    assert store.subnets.names == ("db", "lab", "web")
    assert store.nsg_names[network.GUID] == "web_nsg"
    assert set(store.nsg_names.values()) == {"web_nsg"}
    kept_files = next(each.value for each in page.dataframe if "found" in each.value)
    assert kept_files["file"].unique().tolist() == ["net.json", "map.csv"]
    assert kept_files["found"].tolist() == ["1 VNet, 2 subnets, 1 NSG, 1 NIC", "1 subnet"]
    assert kept_files["findings"].tolist() == [0, 1]
    assert kept_files["read"].notna().all()
    press(page, "Forget net.json")
    assert "net.json is forgotten." in words(page)
    left = LocalStore(store.path)
    assert (left.subnets.names, left.nsg_names) == (("lab",), {})


def test_whatever_is_given_is_a_sentence(page: AppTest, tmp_path: Path) -> None:
    names = {f"{number} {'n' * 300} café.json": content for number, content in enumerate(CONTENTS.values())}
    chosen = [(name, content, "application/json") for name, content in names.items()]
    page.file_uploader[0].set_value(chosen).run()
    assert not page.exception
    said = words(page)
    assert "our mistake" not in said
    assert "Something went wrong" not in said
    assert [list(CONTENTS)[number] for number in range(len(names)) if f"{number} nnn" not in said] == []
    LocalStore(tmp_path / "flows.duckdb").setting("inventory")


def test_what_overlaps_without_a_peering_is_said(page: AppTest) -> None:
    other = {"name": "other", "addressSpace": {"addressPrefixes": ["10.0.0.0/20"]}, "subnets": []}
    give(page, net_json=json.dumps([network.VNET, other]).encode())
    assert "are not peered and both hold 10.0.0.0/20" in words(page)


def test_coverage_of_one_log_fills_its_gap(tmp_path: Path) -> None:
    hours = pd.to_datetime([datetime(2026, 11, 1, at, tzinfo=UTC) for at in (1, 4)])
    names = [f"flowLogResourceID=/S/{log}/y=2026/m=11/d=01/h=01/m=00/macAddress=A/PT1H.json" for log in "AAb"]
    told = {"hour": [hours[0], pd.NaT, hours[1]], "first": [pd.NaT, hours[1] + pd.Timedelta(minutes=7), pd.NaT]}
    stored = pd.DataFrame({"name": names, "tuples": [5, 7, 9], **told})
    assert coverage.of_log(stored, "/s/a")["tuples"].tolist() == [5, 0, 0, 7]


def test_a_flow_log_that_ended_while_others_went_on_is_named(page: AppTest, tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    for log, hours in (("NW_HUB", 8), ("NW_SPOKE", 3), ("NW_DMZ", 7), ("", 8)):
        for hour in range(hours):
            path = f"flowLogResourceID=/S_NETWORKWATCHERRG/{log}/y=2026/m=11/d=01/h={hour:02}/m=00/PT1H.json"
            path = path if log else f"copied-{hour}.json"
            blob = BlobInfo(name=path, location=path, size=1, etag="1", container="c", resource=log)
            rows = [row(("10.0.0.4", "10.0.1.4", "TCP", 443), START + timedelta(hours=hour))]
            store.commit([Reading(blob, pa.Table.from_pylist(rows, schema=FLOW_SCHEMA), Cursor("1", 1, ""))])
    page.run()
    (box,) = (each for each in page.warning if "silent" in each.proto.title)
    assert as_it_reads(box.proto.title) == "1 flow log silent while others went on"
    assert as_it_reads(box.value) == "NW_SPOKE: its last entry is of 2026-11-01 02:00 UTC"
    logs = next(each.value for each in page.dataframe if "flow_log" in each.value)
    assert "other files" in set(logs["flow_log"]), "a path may name none"
