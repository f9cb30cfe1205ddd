"""Remembered connections on Connect: one click, a rhythm that the server keeps, what was new, and no secrets."""

from __future__ import annotations

import gc
import time
import weakref
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.errors import SourceMissing, SourceSignIn, StoreBusy
from nsgflow_core.intake.job import ImportDesk, desk_of
from nsgflow_core.sources.base import Place
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect.places import folder
from nsgflow_core.watch.connections import Connection, load, save
from nsgflow_core.watch.keeper import Keeper, keeper_of
from nsgflow_core.watch.opening import open_connection
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, row, store_of
from tests.estates.records import LINE, vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import nta
from tests.ui.connect.test_connect import press, wait_for, words
from tests.ui.connect.test_imports import SOON, session
from tests.watch.logs import NOW, owner, write_hour

HOUR = timedelta(hours=1)
WORKSPACE = "11111111-2222-3333-4444-555555555555"
URL = "https://acc1.blob.core.windows.net"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv(folder.FOLDERS_VARIABLE, "1")
    return LocalStore(tmp_path / "flows.duckdb")


@pytest.fixture
def desk(store: LocalStore) -> ImportDesk:
    return desk_of(store.path)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_hour(tmp_path / "logs", NOW, allowed=("10.0.2.1:443",))
    return tmp_path / "logs"


def end_of_import(desk: ImportDesk) -> None:
    if job := desk.running:
        assert job.wait(SOON)


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in page.text)


def remember(page: AppTest, logs: Path, name: str) -> None:
    page.segmented_control(key="from").set_value("folder").run()
    page.text_input(key="connect_folder").set_value(str(logs))
    press(page, "See what is there")
    wait_for(page, "What is there")
    field = next(each for each in page.text_input if each.label == "Name")
    assert field.value == "Folder logs"
    field.set_value(name)
    page.button(key="remember_now").click().run()


def test_one_click_in_any_session_imports_what_is_new(logs: Path, store: LocalStore, desk: ImportDesk) -> None:
    remember(session(), logs, "Lab *x*")
    assert load(store)[0].place == str(logs)
    page = session()
    assert "Lab *x*" in texts(page)
    for _ in range(2):
        page.button(key="remembered_import_0").click().run()
        end_of_import(desk)
        write_hour(logs, NOW + HOUR, allowed=("10.0.2.9:25",), denied=("203.0.113.5",))
        page.run()
    assert "new service: 10.0.2.9 TCP 25; new denied source: 203.0.113.5" in texts(page)
    assert [each.value["dst_ip"].tolist() for each in page.dataframe if "dst_ip" in each.value] == [["10.0.2.9"]]
    page.button(key="remembered_open_0").click().run()
    wait_for(page, "What is there")
    page.button(key="remembered_remove_0").click().run()
    assert load(store) == ()
    assert "Remembered connections" not in words(page)


def test_a_name_or_place_that_cannot_be_kept_is_said(logs: Path, store: LocalStore) -> None:
    page = session()
    save(store, [Connection("Lab", str(logs), "")])
    remember(page, logs, "a?sig=b")
    assert "A connection is remembered without secrets." in words(page)
    assert [each.name for each in load(store)] == ["Lab"]


def test_what_needs_a_secret_asks_for_just_that(store: LocalStore) -> None:
    save(store, [Connection("Prod", URL, "key", ("one", "two"), "-7d", "", 15)])
    page = session()
    assert "Its rounds wait for the account key" in texts(page)
    assert "remembered_import_0" not in [each.key for each in page.button]
    page.button(key="remembered_open_0").click().run()
    assert page.selectbox(key="connect_way").value == "key"
    assert page.text_input(key="connect_account").value == URL
    assert page.text_input(key="connect_containers").value == "one, two"
    assert page.text_input(key="connect_key").value == ""
    assert "account is named" not in words(page), "it waits until the key is typed"


def test_the_server_does_rounds_until_the_connection_is_removed(
    logs: Path, store: LocalStore, desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nsgflow_core.watch.keeper.LOOK", 0.05)
    monkeypatch.setattr("nsgflow_core.watch.keeper.MINUTE", timedelta(seconds=0.1))
    keeper, made = Keeper(store, owner), Connection("Prod", URL, "key", every=1)
    keeper.remember(made, store)
    assert keeper.waits_for(made) == "account key", "nobody lent its source"
    time.sleep(0.3)
    assert desk.running is None
    assert desk.changes == 0
    source = FolderSource(logs)
    keeper.remember(made, store, source)
    grown(desk, 1)
    write_hour(logs, NOW + HOUR, allowed=("10.0.2.9:25",))
    before = desk.changes
    grown(desk, before + 1)
    last = keeper.last(made)
    assert desk.ended is None, "nobody asked for these: they are no news in the frame"
    keeper.forget("Prod", store)
    end_of_import(desk)
    write_hour(logs, NOW + 2 * HOUR, allowed=("10.0.2.9:25",))
    time.sleep(0.3)
    assert store.extent().tuples == 2
    assert last
    assert last.exit_status == 0
    assert keeper.last(made) is None


def test_a_secret_is_lent_by_who_opened_it_and_let_go_when_it_is_taken_back(
    logs: Path, store: LocalStore, desk: ImportDesk
) -> None:
    keeper, made = Keeper(store, owner), Connection("Prod", URL, "sas", every=15)
    source = FolderSource(logs)
    held = weakref.ref(source)
    keeper.remember(made, store, source)
    assert keeper.waits_for(made) == ""
    with suppress(StoreBusy):  # its first round is due at once, and may be first
        keeper.start(made)
    end_of_import(desk)
    del source
    keeper.remember(replace(made, every=0), store)
    gc.collect()
    assert held() is None
    assert keeper.waits_for(made) == "SAS"
    with pytest.raises(SourceSignIn, match="Prod needs its SAS again"):
        keeper.start(replace(made, every=0))


def test_opened_again_its_rounds_can_go_on(
    logs: Path, store: LocalStore, desk: ImportDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = session()
    remember(page, logs, "Prod")
    save(store, [replace(load(store)[0], place=URL, sign_in="key", every=15)])  # as if a key had opened it
    monkeypatch.setattr(FolderSource, "place", Place(URL))
    page.run()
    assert "Its rounds wait for the account key" in texts(page)
    page.button(key="remembered_lend_0").click().run()
    assert "Its rounds wait" not in texts(page)
    assert "remembered_import_0" in [each.key for each in page.button]
    other = session()
    assert "Its rounds wait" not in texts(other)
    other.button(key="remembered_remove_0").click().run()
    end_of_import(desk)


def test_a_workspace_is_asked_again_with_one_click(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with StubWorkspace({"NTANetAnalytics": [nta(AllowedOutFlows=1)]}) as stub:
        monkeypatch.setenv("NSGFLOW_LOGS_ENDPOINT", stub.url)
        monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "token-of-the-stub")
        page = session()
        page.segmented_control(key="from").set_value("workspace").run()
        page.text_input(key="connect_workspace_id").set_value(WORKSPACE)
        press(page, "See what is there")
        wait_for(page, "What it holds")
        page.button(key="remember_workspace_now").click().run()
        (kept,) = load(store)
        assert (kept.place, kept.asked, kept.sign_in) == (WORKSPACE, "workspace", "entra")
        other = session()
        other.button(key="remembered_open_0").click().run()
        wait_for(other, "What it holds")
        assert "What it holds" in words(other)
    with pytest.raises(SourceMissing, match="Log Analytics workspace"):
        open_connection(kept, owner())


def grown(desk: ImportDesk, number: int) -> None:
    end = time.monotonic() + SOON
    while desk.changes < number:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_keeper_for_a_store(store: LocalStore) -> None:
    assert keeper_of(store.path, owner) is keeper_of(store.path.parent / "." / store.path.name, owner)


def test_a_database_is_asked_again_with_one_click(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_ALLOW_IDENTITY", "1")
    with StubCluster(flows=tuples_of({"blob": [vnet_record([LINE])]})) as stub:
        page = session()
        page.segmented_control(key="from").set_value("cluster").run()
        page.text_input(key="connect_cluster").set_value(stub.url)
        page.text_input(key="connect_database").set_value("net")
        press(page, "See what is there")
        wait_for(page, "What it holds")
        page.run().button(key="remember_cluster_now").click().run()
        (kept,) = load(store)
        assert (kept.place, kept.database, kept.asked, kept.sign_in) == (stub.url, "net", "cluster", "entra")
        assert not [each for each in page.button if each.key == "remember_cluster_now"]
        other = session()
        other.button(key="remembered_open_0").click().run()
        wait_for(other, "What it holds")
        assert kept.words == f"Database net of {stub.url}"


def test_a_folder_of_parquet_is_asked_again(store: LocalStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv(folder.FOLDERS_VARIABLE, "1")
    export_parquet(
        store_of(tmp_path / "other.duckdb", [row(("10.20.1.4", "10.20.2.4", "TCP", 443), START)], SUBNETS),
        tmp_path / "lake",
    )
    page = session()
    page.segmented_control(key="from").set_value("lake").run()
    page.text_input(key="connect_lake").set_value(str(tmp_path / "lake"))
    press(page, "See what is there")
    wait_for(page, "What it holds")
    page.run().button(key="remember_lake_now").click().run()
    (kept,) = load(store)
    assert (kept.place, kept.asked, kept.sign_in) == (str(tmp_path / "lake"), "lake", "")
    other = session()
    other.button(key="remembered_open_0").click().run()
    wait_for(other, "What it holds")
    assert "Parquet in lake" in words(other)
    with pytest.raises(SourceMissing, match="asked where it lies"):
        open_connection(kept, owner())
