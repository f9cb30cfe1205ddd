"""Flows as Parquet straight into a container, through the real client against Azurite."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from nsgflow_core.__main__ import main
from nsgflow_core.errors import InputError, SourceDenied, SourceMissing
from nsgflow_core.sources.blob_storage.writing import ContainerFolder
from nsgflow_core.sources.left_out import MANIFEST
from nsgflow_core.stores.lake.exporting import export_parquet
from tests.estates.daily import SUBNETS
from tests.estates.flows import START, Key, row, store_of
from tests.parts.azurite import Emulator

WEB: Key = ("10.20.1.4", "10.20.2.4", "TCP", 443)


def container_url(account: BlobServiceClient, permissions: str, name: str = "lake") -> str:
    """With a SAS of these rights."""
    assert account.account_name
    sas = generate_container_sas(
        account.account_name, name, account_key=account.credential.account_key,
        permission=ContainerSasPermissions.from_string(permissions), expiry=START + timedelta(days=9_000),
    )  # fmt: skip
    return f"{account.url.rstrip('/')}/{name}/team?{sas}"


def test_an_export_fills_a_container_and_goes_on_where_it_was(
    account: BlobServiceClient, emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.create_container("lake")
    store = store_of(tmp_path / "f.duckdb", [row(WEB, START + timedelta(hours=each)) for each in range(3)], SUBNETS)
    url = container_url(account, "rcwl")
    assert main(["export", url, "--store", str(store.path)]) == 0
    said = capsys.readouterr().out
    assert "3 hours written, 3 log entries" in said
    assert "sig=" not in said
    client = account.get_container_client("lake")
    days = f"team/day={START:%Y-%m-%d}"
    names = [f"{days}/{hour:02d}.parquet" for hour in range(3)]
    assert [each.name for each in client.list_blobs()] == [f"team/{MANIFEST}", *names]
    table = pq.read_table(io.BytesIO(client.download_blob(names[1]).readall()))
    assert table["src_ip"].to_pylist() == [WEB[0]]
    client.delete_blob(names[1])
    done = export_parquet(store, ContainerFolder.from_url(url))
    assert (done.hours, done.as_before) == (1, 2)
    assert json.loads(client.download_blob(f"team/{MANIFEST}").readall())["store"] == store.uuid


def test_who_may_only_read_and_what_is_not_there_is_said(account: BlobServiceClient, tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", [row(WEB, START)], SUBNETS)
    with pytest.raises(SourceMissing):
        export_parquet(store, ContainerFolder.from_url(container_url(account, "rcwl")))
    client = account.create_container("lake")
    with pytest.raises(SourceDenied, match="Storage Blob Data Contributor"):
        export_parquet(store, ContainerFolder.from_url(container_url(account, "rl")))
    client.upload_blob("team/holiday.jpg", b"x")
    with pytest.raises(InputError, match="holds something else"):
        export_parquet(store, ContainerFolder.from_url(container_url(account, "rcwl")))
    with pytest.raises(InputError, match="names no container"):
        ContainerFolder.from_url(account.url)
