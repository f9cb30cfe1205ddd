"""A container of Parquet, asked where it lies through the real client against Azurite: fetched once, bounded, safe."""

from __future__ import annotations

import io
import random
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from nsgflow_core.__main__ import main
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import Cancelled, InputError, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources import open_source
from nsgflow_core.sources.blob_storage.writing import ContainerFolder
from nsgflow_core.stores.lake import store as lake_store
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.lake.near import fetch
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.store import TrafficAnalyticsLake, answering
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect.places import folder
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, Key, row, store_of
from tests.parts.exported_rows import as_lines, as_parquet, line_of
from tests.parts.workspace_rows import nta
from tests.sources.azurite.test_azurite_export import container_url
from tests.ui.connect.test_connect import press, wait_for
from tests.ui.opening import open_page
from tests.ui.reading import field

WEB: Key = ("10.20.1.4", "10.20.2.4", "TCP", 443)
HOUR = timedelta(hours=1)
ALL = FlowFilter()


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_store, "_FRESH", 0.0)


@pytest.fixture
def lake(account: BlobServiceClient, tmp_path: Path) -> ContainerClient:
    """Three hours of an export in a container."""
    client = account.create_container("lake")
    store = store_of(tmp_path / "f.duckdb", [row(WEB, START + each * HOUR) for each in range(3)], SUBNETS)
    export_parquet(store, ContainerFolder.from_url(container_url(account, "rcwl")))
    return client


def files(near: Path) -> list[Path]:
    return sorted(near.glob("*.parquet"))


def test_the_window_is_fetched_once_and_asked(account, lake: ContainerClient, tmp_path: Path) -> None:
    source, near = open_source(container_url(account, "rl")), tmp_path / "near"
    window = FlowFilter(START, START + 2 * HOUR)
    assert fetch(source, near, window).bytes > 0
    assert len(files(near)) == 2
    store = LakeStore(near, index=tmp_path / "index.duckdb", words=source.name)
    assert store.fetch(FlowQuery(window))["flows"].tolist() == [2]
    assert store.name.startswith("Parquet in Storage account")
    assert fetch(source, near, window).bytes == 0
    assert fetch(source, near, ALL).bytes > 0
    assert len(files(near)) == 3


def test_what_changes_and_goes_there_does_here(account, lake: ContainerClient, tmp_path: Path) -> None:
    source, near = open_source(container_url(account, "rl")), tmp_path / "near"
    fetch(source, near, ALL)
    names = sorted(each.name for each in lake.list_blobs() if each.name.endswith(".parquet"))
    table = pq.read_table(io.BytesIO(lake.download_blob(names[0]).readall()))
    written = io.BytesIO()
    pq.write_table(table.slice(0, 0), written)
    lake.upload_blob(names[0], written.getvalue(), overwrite=True)
    lake.delete_blob(names[1])
    fetch(source, near, ALL)
    assert LakeStore(near, index=tmp_path / "index.duckdb").extent().tuples == 1
    with pytest.raises(StoreMissing, match="no Parquet of this window"):
        fetch(source, near, FlowFilter(START + 9 * HOUR, START + 10 * HOUR))


def test_it_is_bounded_and_can_be_stopped(account, lake: ContainerClient, tmp_path: Path) -> None:
    source, near = open_source(container_url(account, "rl")), tmp_path / "near"
    with pytest.raises(InputError, match="over the limit"):
        fetch(source, near, ALL, most=100)
    assert files(near) == []
    told: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        fetch(source, near, ALL, tell=lambda *seen: told.append(seen), cancelled=lambda: len(told) > 1)
    assert told[0][0] == 0 < told[0][1]
    first = FlowFilter(START, START + HOUR)
    fetch(source, near, first)
    size = sum(path.stat().st_size for path in files(near))
    fetch(source, near, FlowFilter(START + HOUR, START + 2 * HOUR), most=size + size // 2)
    assert len(files(near)) == 1  # what was asked for before gave way


def test_names_of_blobs_lead_nowhere(account, lake: ContainerClient, tmp_path: Path) -> None:
    content = lake.download_blob(f"team/day={START:%Y-%m-%d}/00.parquet").readall()
    for name in (
        "team/a..\\..\\evil.parquet",
        "team/%2e%2e/evil.parquet",
        "team/it's $HOME;\u00e9\u202e.parquet",
        f"team/{'n' * 900}.parquet",
    ):
        lake.upload_blob(name, content)
    near = tmp_path / "deep" / "near"
    found = fetch(open_source(container_url(account, "rl")), near, ALL)
    assert {path.parent for path in tmp_path.rglob("*.parquet")} == {near}
    assert LakeStore(near, index=tmp_path / "index.duckdb").extent().tuples == 7 - len(found.missing)
    assert all("evil" in name for name in found.missing)
    assert all(path.name.isascii() and len(path.name) < 100 for path in near.iterdir())


def test_exports_of_log_analytics_are_fetched_too(account, tmp_path: Path) -> None:
    client = account.create_container("lake")
    as_lines(tmp_path / "up", {"NTANetAnalytics": [nta(AllowedOutFlows=2)]})
    as_parquet(tmp_path / "up", {"NTANetAnalytics": [nta(AllowedOutFlows=3, DestPort=80)]})
    for path in (tmp_path / "up").rglob("*.*"):
        if path.is_dir():
            continue
        client.upload_blob(f"team/{path.relative_to(tmp_path / 'up').as_posix()}", path.read_bytes())
    near = tmp_path / "near"
    fetch(open_source(container_url(account, "rl")), near, FlowFilter.from_params({"since": "2025-08-25T19:00Z"}))
    store = answering(LakeStore(near, index=tmp_path / "index.duckdb"))
    assert isinstance(store, TrafficAnalyticsLake)
    assert store.fetch(FlowQuery(by=("port",)))["flows"].tolist() == [3, 2]


def test_the_command_line_asks_and_imports_a_container(account, lake, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "home" / "flows.duckdb"))
    url = container_url(account, "rl")
    assert main(["required-ports", "--lake", url, "--since", START.isoformat(), "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert "443" in said.out
    assert "sig=" not in said.out + said.err
    assert main(["import", url, "--store", str(tmp_path / "second.duckdb")]) == 0
    assert LocalStore(tmp_path / "second.duckdb").extent().tuples == 3
    assert "sig=" not in capsys.readouterr().out
    texts = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert b"sig=" not in texts


def test_large_files_come_whole(account, lake: ContainerClient, tmp_path: Path) -> None:
    """Beyond the 16 MB that a reading fetches at a time: Parquet with a column of its own, and JSON lines."""
    name = f"team/day={START:%Y-%m-%d}/00.parquet"
    table = pq.read_table(io.BytesIO(lake.download_blob(name).readall()))
    written = io.BytesIO()
    pq.write_table(table.append_column("pad", pa.array([random.Random(1).randbytes(18 << 20)])), written)
    lake.upload_blob(name, written.getvalue(), overwrite=True)
    source = open_source(container_url(account, "rl"))
    second = LocalStore(tmp_path / "second.duckdb")
    assert import_flows(source, second).blobs_failed == 0
    assert second.extent().tuples == 3
    fetch(source, tmp_path / "near", ALL)
    assert LakeStore(tmp_path / "near", index=tmp_path / "index.duckdb").extent().tuples == 3
    for each in lake.list_blobs():
        lake.delete_blob(each.name)
    lines = [f'{{"Pad": "{"x" * 900_000}", {line_of("NTANetAnalytics", nta(DestPort=port))[1:]}' for port in range(20)]
    where = "team/WorkspaceResourceId=/subscriptions/s/y=2025/m=08/d=25/h=20/m=10/PT05M.json"
    lake.upload_blob(where, "\n".join(lines))
    fetch(source, tmp_path / "near", ALL)
    store = answering(LakeStore(tmp_path / "near", index=tmp_path / "index.duckdb"))
    assert len(store.fetch(FlowQuery(by=("port",)))) == 20


def test_the_page_writes_to_a_container_and_asks_it(account, tmp_path: Path, monkeypatch) -> None:
    account.create_container("lake")
    path = tmp_path / "flows.duckdb"
    monkeypatch.setenv("NSGFLOW_STORE", str(path))
    monkeypatch.setenv(folder.FOLDERS_VARIABLE, "1")
    store_of(path, [row(WEB, START + each * HOUR) for each in range(3)], SUBNETS)
    url, _, sas = container_url(account, "rcwl").partition("?")
    page = open_page("connect")
    page.segmented_control(key="from").set_value("lake").run()

    def name(text: str, secret: str) -> None:
        field(page, "Folder, or container's URL").set_value(text)
        field(page, "SAS, for a container").set_value(secret)
        page.selectbox(key="connect_lake_window").set_value("all of it")

    name(f"{url}?{sas}", "")
    press(page, "See what is there")
    wait_for(page, "The URL has a SAS in it")
    assert "sig=" not in str(field(page, "Folder, or container's URL").value)
    name(url, sas)
    press(page, "Write the local store's flows here")
    wait_for(page, "3 hours written, 3 log entries")
    assert field(page, "SAS, for a container").value == ""
    name(url, sas)
    press(page, "See what is there")
    wait_for(page, "Parquet in Storage account devstoreaccount1")
    page.button(key="use_lake").click().run()
    assert not page.exception
    assert page.session_state["_store"].store.extent().tuples == 3
