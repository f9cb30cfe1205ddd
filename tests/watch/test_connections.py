"""Remembered connections: kept with the store, without any secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient

from nsgflow_core.errors import InputError, SourceMissing, SourceSignIn
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import (
    LONGEST_PLACE_NAME,
    Connection,
    every_words,
    load,
    named,
    of_source,
    parse_every,
    save,
)
from nsgflow_core.watch.opening import open_connection
from tests.watch.logs import owner

KEY = "c2VudGluZWwtc2VudGluZWwtc2VudGluZWw="
SAS = f"sv=2022-11-02&sp=rl&se=2099-01-01T00:00:00Z&sig={KEY}"
URL = "https://acc1.blob.core.windows.net"


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    assert load(store) == ()
    kept = (Connection("b", URL, "entra", ("c1", "c2"), "-7d", "", 15), Connection("A", "/logs", ""))
    save(store, kept)
    assert load(LocalStore(store.path)) == (kept[1], kept[0])
    assert named(load(store), " B ") == kept[0]
    store.save_setting(connections.SETTING, json.dumps([{"name": "from a newer version"}, 7]))
    assert load(store) == ()
    store.save_setting(connections.SETTING, "{")
    assert load(store) == ()


@pytest.mark.parametrize(
    ("source", "sign_in"),
    [
        (BlobStorageSource.from_url(URL, credential=KEY), "key"),
        (BlobStorageSource.from_url(f"{URL}/logs/a%20b?{SAS}"), "sas"),
        (BlobStorageSource.from_url(URL, credential=SAS, containers=["one", "two"]), "sas"),
        (
            BlobStorageSource.from_connection_string(
                f"DefaultEndpointsProtocol=https;AccountName=acc1;AccountKey={KEY};EndpointSuffix=core.windows.net"
            ),
            "string",
        ),
    ],
    ids=["key", "sas in the url", "sas", "connection string"],
)
def test_no_secret_of_a_source_is_kept(source: BlobStorageSource, sign_in: str, tmp_path: Path) -> None:
    made = of_source(source, "Production", sign_in, "-1d", "", 5)
    store = LocalStore(tmp_path / "flows.duckdb")
    save(store, [made])
    content = store.path.read_bytes()
    assert KEY.encode() not in content
    assert b"sig=" not in content
    assert made.place.startswith(URL)
    again = BlobStorageSource.from_url(made.place, credential=KEY, containers=made.containers or None)
    assert again.place == source.place
    with pytest.raises(SourceSignIn, match="Production needs its"):
        open_connection(made, owner())


def test_a_folder_needs_nothing(tmp_path: Path) -> None:
    opened = open_connection(of_source(FolderSource(tmp_path), "logs", "", "", "", 0), owner())
    assert isinstance(opened, FolderSource)
    assert opened.path == tmp_path


@pytest.mark.parametrize("name", ["name", "place"])
@pytest.mark.parametrize(
    "secret", [f"{URL}?{SAS}", f"AccountName=a;AccountKey={KEY}", "https://user:word@acc1.blob.core.windows.net", SAS]
)
def test_what_holds_a_secret_is_no_connection(name: str, secret: str) -> None:
    with pytest.raises(InputError) as refused:
        Connection(secret[:60], URL, "sas") if name == "name" else Connection("a", secret, "sas")
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("name", ["", "  ", "n" * (LONGEST_PLACE_NAME + 1), "Prod\u202euction", "two\nlines"])
def test_a_connection_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(InputError, match="needs a name"):
        Connection(name, "/logs", "")
    assert Connection("n" * LONGEST_PLACE_NAME, "/logs", "")


def test_rhythms() -> None:
    assert [every_words(minutes) for minutes in (1, 5, 60, 90, 1440)] == [
        *("every minute", "every 5 minutes", "every hour", "every 90 minutes", "every day"),
    ]
    assert parse_every("90s").total_seconds() == 90
    for wrong in ("", "5", "0m", "-5m", "5w", "²m", "9" * 5000 + "s"):
        with pytest.raises(InputError):
            parse_every(wrong)


def test_the_emulator_is_remembered_too() -> None:
    client = BlobServiceClient.from_connection_string("UseDevelopmentStorage=true")
    source = BlobStorageSource.from_connection_string("UseDevelopmentStorage=true")
    assert source.place.text == client.url.rstrip("/")


def test_the_history_names_what_is_remembered(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    connections.save(store, [Connection("Production", "/logs", "")])
    connections.save(store, [])
    assert store.history()["about"].tolist() == ["None is remembered", "Production"]


CLUSTER = "https://acme.westeurope.kusto.windows.net"
ASKED: dict[str, dict[str, Any]] = {
    "workspace": {"place": "0a-1b", "sign_in": "entra"},
    "cluster": {"place": CLUSTER, "sign_in": "device", "database": "net"},
    "lake": {"place": f"{URL}/lake/team", "sign_in": "sas"},
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_is_kept_and_never_imported(asked: str, tmp_path: Path) -> None:
    made, store = Connection("a", asked=asked, **ASKED[asked]), LocalStore(tmp_path / "flows.duckdb")
    save(store, [made])
    assert load(store) == (made,)
    with pytest.raises(SourceMissing, match="asked where it lies"):
        open_connection(made, owner())


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    "wrong",
    [
        {"every": 5},
        {"sign_in": "key"},
        {"place": f"{URL}/lake?{SAS}"},
        {"place": "relative"},
        {"database": f"net;{KEY}"},
        {"asked": "elsewhere"},
    ],
    ids=str,
)
def test_nothing_else_is_kept_of_what_is_asked(asked: str, wrong: dict[str, Any]) -> None:
    if asked == "workspace" and wrong == {"place": "relative"}:
        wrong = {"place": "a/b"}
    with pytest.raises(InputError):
        Connection(**{"name": "a", "asked": asked, **ASKED[asked], **wrong})


def test_a_workspace_that_an_earlier_version_kept_is_read(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    kept = {"name": "a", "place": "0a", "sign_in": "entra", "containers": [], "is_workspace": True}
    other = {"name": "b", "place": "/logs", "sign_in": "", "containers": [], "is_workspace": False}
    store.save_setting(connections.SETTING, json.dumps([kept, other]))
    assert [each.asked for each in load(store)] == ["workspace", ""]
