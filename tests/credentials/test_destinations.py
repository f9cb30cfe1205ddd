"""Which secret may go to which host: strangers get none, by whichever door they come, and nobody is asked first."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken

from nsgflow_core.__main__ import main
from nsgflow_core.credentials import (
    CLOUDS,
    CLUSTERS,
    LOGS,
    STORAGE,
    Cloud,
    Secret,
    TypedBy,
    admit,
    current_cloud,
    read_endpoint,
)
from nsgflow_core.credentials.destinations import allowed_hosts
from nsgflow_core.errors import InputError, NsgflowError, SourceMissing, SourceSignIn
from nsgflow_core.sources import open_source
from nsgflow_core.sources.blob_storage.address import Address, read_environment, read_url
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from tests.conftest import ROOT
from tests.credentials.addresses import HOSTS_OF_STRANGERS, KEY, SAS, TEXTS_NO_HOST_IS_READ_FROM


class Token:
    """A sign-in that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        self.asked.append((scopes, options))
        return AccessToken("token", 9_999_999_999)


Door = Callable[[str, Token], object]
SHARED = TypedBy.SHARED
TOKEN_DOORS: dict[str, Door] = {
    "command line": lambda text, token: list(open_source(text, credential=token).blobs()),
    "page": lambda text, token: list(BlobStorageSource.from_url(text, credential=token).blobs()),
    "shared page": lambda text, token: list(BlobStorageSource.from_url(text, credential=token, reach=SHARED).blobs()),
    "environment": lambda text, token: list(
        BlobStorageSource(read_environment(token, {"AZURE_STORAGE_SERVICE_ENDPOINT": text})[0]).blobs()
    ),
    "workspace": lambda text, token: WorkspaceClient("ws", credential=token, endpoint=text).run("x"),
    "made by hand": lambda text, token: list(
        BlobStorageSource(Address(text, "acct").with_credential(token)).blobs(),
    ),
}
HELD_DOORS: dict[str, Door] = {
    "key": lambda text, _: list(BlobStorageSource.from_url(text, credential=KEY, reach=SHARED).blobs()),
    "SAS": lambda text, _: list(BlobStorageSource.from_url(text, credential=SAS, reach=SHARED).blobs()),
    "SAS URL": lambda text, _: list(BlobStorageSource.from_url(f"{text}?{SAS}", reach=SHARED).blobs()),
    "connection string": lambda text, _: list(
        BlobStorageSource.from_connection_string(
            f"AccountName=acct;AccountKey={KEY};BlobEndpoint={text}", reach=SHARED
        ).blobs()
    ),
    "endpoint suffix": lambda text, _: list(
        BlobStorageSource.from_connection_string(
            f"AccountName=acct;AccountKey={KEY};EndpointSuffix={text.partition('://')[2]}/..", reach=SHARED
        ).blobs()
    ),
}


@pytest.mark.parametrize("text", [*TEXTS_NO_HOST_IS_READ_FROM, *HOSTS_OF_STRANGERS])
def test_no_door_lets_a_secret_out_to_a_stranger(text: str, asked: list[object]) -> None:
    for name, door in {**TOKEN_DOORS, **HELD_DOORS}.items():
        if name == "workspace" and text.startswith("https://acct.blob"):
            pass  # refused as well: no host of storage answers queries
        token = Token()
        with pytest.raises(NsgflowError) as caught:
            door(text, token)
        assert token.asked == [], name
        assert KEY not in str(caught.value)
        assert caught.value.hint, name
    assert asked == []


@pytest.mark.parametrize("text", TEXTS_NO_HOST_IS_READ_FROM)
def test_what_two_programs_could_read_in_two_ways_is_refused_everywhere(text: str) -> None:
    for reach in TypedBy:
        with pytest.raises(NsgflowError):
            read_url(text, KEY, reach=reach)


def test_the_command_line_says_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[object]
) -> None:
    for text in (f"https://acct.blob.core.windows.net:{KEY}@attacker.example", f"https://attacker.example/c?{SAS}#x"):
        assert main(["import", text, "--store", str(tmp_path / "f.duckdb")]) == 2
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 1
        assert "is not used" in told[0]
        assert KEY not in told[0]
    assert asked == []


def test_a_shared_server_says_the_same_of_every_host_that_it_does_not_ask(asked: list[object]) -> None:
    said = set()
    for text in HOSTS_OF_STRANGERS:
        for credential in (KEY, SAS, Token()):
            with pytest.raises(SourceSignIn) as caught:
                read_url(text, credential, reach=SHARED)
            said.add(str(caught.value))
    assert len(said) == 1
    assert asked == []


@pytest.mark.parametrize(
    ("cloud", "text"),
    [
        ("AzureCloud", "https://acct.blob.core.windows.net/c"),
        ("AzureCloud", "https://acct.dfs.core.windows.net"),
        ("AzureCloud", "https://ACCT.Blob.Core.Windows.Net:443"),
        ("AzureCloud", "https://acct-secondary.blob.core.windows.net"),
        ("AzureCloud", "https://acct-microsoftrouting.blob.core.windows.net"),
        ("AzureCloud", "https://acct.z6.blob.storage.azure.net"),
        ("AzureCloud", "https://acct.z46.dfs.storage.azure.net"),
        ("AzureUSGovernment", "https://acct.blob.core.usgovcloudapi.net"),
        ("AzureChinaCloud", "https://acct.blob.core.chinacloudapi.cn"),
    ],
)
def test_accounts_of_the_chosen_cloud_get_each_secret_from_everywhere(
    monkeypatch: pytest.MonkeyPatch, asked: list[object], cloud: str, text: str
) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", cloud)
    for reach in TypedBy:
        for credential in (KEY, SAS, Token()):
            address = read_url(text, credential, reach=reach)
            assert address.account == "acct"
            assert ".blob." in address.account_url
    assert asked == []


def test_the_query_services_of_the_clouds() -> None:
    for cloud in CLOUDS.values():
        for host in cloud.logs_hosts:
            for url in (f"https://{host}", f"https://{host}/v1", f"https://westeurope.{host}"):
                admit(read_endpoint(url, like=""), LOGS, Secret.TOKEN, SHARED, cloud, NsgflowError)
        others = [other for other in CLOUDS.values() if other is not cloud]
        for other in others:
            with pytest.raises(NsgflowError, match="alone"):
                admit(read_endpoint(other.logs_endpoint, like=""), LOGS, Secret.TOKEN, TypedBy.OWN, cloud, NsgflowError)


def test_a_key_names_its_own_host_for_whoever_owns_the_machine() -> None:
    for text in (
        "https://logs.example.com",
        "https://10.0.0.4",
        "http://127.0.0.1:10000/acct",
        "http://azurite:10000/acct",
        "http://[fd00::4]:10000/acct",
        "https://acct.blob.core.usgovcloudapi.net",
    ):
        assert read_url(text, KEY).credential_words == "account key"
        assert read_url(f"{text}/c?{SAS}").credential_words == "SAS"
    for text in ("http://logs.example.com", "http://8.8.8.8/acct", "http://acct.blob.core.windows.net"):
        with pytest.raises(SourceSignIn, match="plain http"):
            read_url(text, KEY)


def test_a_token_for_another_cloud_says_which() -> None:
    with pytest.raises(SourceSignIn, match="set NSGFLOW_CLOUD") as caught:
        read_url("https://acct.blob.core.usgovcloudapi.net", Token())
    assert "AzureUSGovernment" in str(caught.value)


@pytest.mark.parametrize(
    ("listed", "text", "is_listed"),
    [
        ("logs.contoso.com", "https://logs.contoso.com/c", True),
        ("logs.contoso.com", "https://LOGS.contoso.com:8443", True),
        ("logs.contoso.com", "https://xlogs.contoso.com", False),
        ("logs.contoso.com", "https://a.logs.contoso.com", False),
        ("logs.contoso.com", "https://logs.contoso.com.attacker.example", False),
        ("logs.contoso.com:8443", "https://logs.contoso.com:8443", True),
        ("logs.contoso.com:8443", "https://logs.contoso.com", False),
        ("logs.contoso.com:443", "https://logs.contoso.com", True),
        (" a.example , Logs.Contoso.Com ", "https://logs.contoso.com", True),
        ("10.0.0.4", "https://10.0.0.4", True),
        ("10.0.0.4", "https://10.0.0.40", False),
        ("[fd00::4]:10000", "https://[fd00:0::4]:10000/acct", True),
        ("127.0.0.1:10000", "http://127.0.0.1:10000/acct", True),
        ("azurite:10000", "http://azurite:10000/acct", True),
        ("*.contoso.com", "https://contoso.com", False),
        ("*.contoso.com", "https://a.b.contoso.com", False),
        ("", "https://logs.contoso.com", False),
    ],
)
def test_the_operators_list(
    monkeypatch: pytest.MonkeyPatch, asked: list[object], listed: str, text: str, is_listed: bool
) -> None:
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", listed)
    if is_listed:
        assert read_url(text, KEY, reach=SHARED).credential_words == "account key"
        if text.startswith("https"):
            assert read_url(text, Token(), reach=SHARED).credential_words == "sign-in"
        else:
            with pytest.raises(SourceSignIn, match="plain http"):
                read_url(text, Token())
    else:
        with pytest.raises(SourceSignIn, match="operator"):
            read_url(text, KEY, reach=SHARED)
    assert asked == []


@pytest.mark.parametrize(
    "listed", ["https://logs.contoso.com", "*", "*.", "*.com", "a b", "logs..com", "x/y", "10.1", "*.10.0.0.1"]
)
def test_an_entry_that_is_no_host_is_said_to_whoever_wrote_it(monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", f"logs.contoso.com,{listed}")
    with pytest.raises(InputError, match="Entry 2 of NSGFLOW_ALLOW_HOSTS"):
        allowed_hosts()
    assert read_url("https://acct.blob.core.windows.net", KEY, reach=SHARED).credential_words == "account key"


@pytest.mark.parametrize(
    ("addresses", "is_public"),
    [
        (["20.60.1.1"], True),
        (["20.60.1.1", "2603:1030:401::1"], True),
        (["10.0.0.4"], False),
        (["20.60.1.1", "127.0.0.1"], False),
        (["169.254.169.254"], False),
        (["fe80::1%2"], False),
        (["::ffff:10.0.0.4"], False),
        ([], False),
    ],
)
def test_a_pattern_opens_no_private_address_to_others(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], is_public: bool
) -> None:
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", "*.contoso.com")
    found = [(0, 0, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert read_url("https://logs.contoso.com", KEY).credential_words == "account key"
    if is_public:
        assert read_url("https://logs.contoso.com", KEY, reach=SHARED).credential_words == "account key"
    else:
        with pytest.raises(SourceSignIn, match="this is neither"):
            read_url("https://logs.contoso.com", KEY, reach=SHARED)


def test_the_services_words_name_what_to_write() -> None:
    assert STORAGE.like(current_cloud()) == "https://ACCOUNT.blob.core.windows.net"
    assert LOGS.like(current_cloud()) == "https://api.loganalytics.io"


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_an_example_is_of_the_chosen_cloud(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, tmp_path: Path) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", cloud.name)
    for service in (STORAGE, CLUSTERS, LOGS):
        example = read_endpoint(service.example.lower(), like="")
        assert [each.name for each in CLOUDS.values() if service.is_at(example, each)] == [cloud.name]
    with pytest.raises(SourceMissing) as told:
        FolderSource(tmp_path / "nowhere")
    assert f"https://ACCOUNT.blob.{cloud.blob_suffix}" in told.value.hint
    monkeypatch.setenv("NSGFLOW_CLOUD", "AzureMoonCloud")
    assert STORAGE.example == "https://ACCOUNT.blob.core.windows.net", "where nobody signs in nothing fails of it"


def test_hosts_of_clouds_are_written_in_one_table() -> None:
    """A host that stands elsewhere is one of the public cloud, and is shown or asked in every other."""
    hosts = [
        host
        for cloud in CLOUDS.values()
        for host in (cloud.authority, cloud.blob_suffix, cloud.zone_suffix, *cloud.logs_hosts, *cloud.kusto_suffixes)
        if host
    ]
    table = ROOT / "nsgflow_core" / "credentials" / "clouds.py"
    files = [file for folder in ("nsgflow_core", "pages") for file in (ROOT / folder).rglob("*.py") if file != table]
    assert len(files) > 300
    found = [(file.name, host) for file in files for host in hosts if host in file.read_text(encoding="utf-8")]
    assert found == []
