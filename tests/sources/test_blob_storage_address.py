"""Everything that a user can paste for a storage account."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from azure.core.credentials import AccessToken

from nsgflow_core.errors import InputError, SourceError, SourceMissing, SourceSignIn
from nsgflow_core.sources import open_source
from nsgflow_core.sources.base import CONTAINERS
from nsgflow_core.sources.blob_storage.address import (
    chosen_containers,
    read_connection_string,
    read_environment,
    read_url,
)

KEY = "c2VjcmV0"
SAS = "sv=2025-01-05&sp=rl&se=2027-03-01T12:00:00Z&sig=abc%2Bdef%3D"


class Token:
    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("token", 9_999_999_999)


@pytest.mark.parametrize(
    ("url", "account_url", "account", "container", "prefix"),
    [
        ("https://acme.blob.core.windows.net", "https://acme.blob.core.windows.net", "acme", "", ""),
        ("HTTPS://acme.blob.core.windows.net/", "https://acme.blob.core.windows.net", "acme", "", ""),
        ("https://acme.dfs.core.windows.net/c", "https://acme.blob.core.windows.net", "acme", "c", ""),
        ("https://acme.blob.core.usgovcloudapi.net/c/", "https://acme.blob.core.usgovcloudapi.net", "acme", "c", ""),
        ("https://acme.z6.blob.storage.azure.net/c", "https://acme.z6.blob.storage.azure.net", "acme", "c", ""),
        (
            "https://acme.blob.core.windows.net/c/resourceId%3D/X/y=2026/",
            "https://acme.blob.core.windows.net",
            "acme",
            "c",
            "resourceId=/X/y=2026/",
        ),
        (
            "http://127.0.0.1:10000/devstoreaccount1",
            "http://127.0.0.1:10000/devstoreaccount1",
            "devstoreaccount1",
            "",
            "",
        ),
        ("http://azurite:10000/acct/c/p/", "http://azurite:10000/acct", "acct", "c", "p/"),
        ("http://localhost:10000", "http://localhost:10000/devstoreaccount1", "devstoreaccount1", "", ""),
        ("http://[::1]:10000/acct", "http://[::1]:10000/acct", "acct", "", ""),
        ("https://acme.z6.dfs.storage.azure.net/c", "https://acme.z6.blob.storage.azure.net", "acme", "c", ""),
        (
            "https://acme-secondary.blob.core.windows.net",
            "https://acme-secondary.blob.core.windows.net",
            "acme",
            "",
            "",
        ),
        ("https://ACME.blob.core.windows.net:443/c", "https://acme.blob.core.windows.net", "acme", "c", ""),
    ],
)
def test_urls(url: str, account_url: str, account: str, container: str, prefix: str) -> None:
    address = read_url(url, KEY)
    assert (address.account_url, address.account) == (account_url, account)
    assert (address.container, address.prefix) == (container, prefix)
    assert address.credential_words == "account key"


def test_a_sas_in_the_url_tells_when_it_ends() -> None:
    for address in (
        read_url(f"https://acme.blob.core.windows.net/c?{SAS}"),
        read_url("https://acme.blob.core.windows.net/c", f"?{SAS}"),
        read_connection_string(f"BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature={SAS}"),
    ):
        assert address.credential_words == "SAS"
        assert address.credential.signature == SAS
        assert address.sas_expires == datetime(2027, 3, 1, 12, tzinfo=UTC)
        assert "?" not in address.account_url


@pytest.mark.parametrize(
    ("text", "url", "account"),
    [
        ("UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1"),
        (f"AccountName=acme;AccountKey={KEY}", "https://acme.blob.core.windows.net", "acme"),
        (
            f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn",
            "https://acme.blob.core.chinacloudapi.cn",
            "acme",
        ),
        (
            f"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={KEY};BlobEndpoint=http://storage.local:1/acct;",
            "http://storage.local:1/acct",
            "acct",
        ),
        (
            f"AccountName=acme;AccountKey={KEY};BlobEndpoint=https://logs.example.com",
            "https://logs.example.com",
            "acme",
        ),
    ],
)
def test_connection_strings(text: str, url: str, account: str) -> None:
    address = read_connection_string(text)
    assert (address.account_url, address.account, address.container) == (url, account, "")
    assert address.credential.named_key.name == account


def test_the_environment_is_read_as_the_azure_cli_reads_it() -> None:
    def read(**variables: str) -> tuple[str, str, str]:
        address, named_by = read_environment(environment={f"AZURE_STORAGE_{k}": v for k, v in variables.items()})
        return address.account_url, address.credential_words, named_by.removeprefix("AZURE_STORAGE_")

    acme = "https://acme.blob.core.windows.net"
    connection = f"AccountName=acme;AccountKey={KEY}"
    assert read(CONNECTION_STRING=connection, ACCOUNT="other", KEY=KEY) == (acme, "account key", "CONNECTION_STRING")
    assert read(ACCOUNT="acme", KEY=KEY, SAS_TOKEN=SAS) == (acme, "account key", "ACCOUNT")
    assert read(ACCOUNT="acme", SAS_TOKEN=SAS) == (acme, "SAS", "ACCOUNT")
    assert read(ACCOUNT="acme") == (acme, "sign-in", "ACCOUNT")
    assert read(ACCOUNT="acme", KEY=KEY, AUTH_MODE="login") == (acme, "sign-in", "ACCOUNT")
    endpoint = "http://azurite:10000/acme"
    assert read(ACCOUNT="acme", KEY=KEY, SERVICE_ENDPOINT=endpoint) == (endpoint, "account key", "ACCOUNT")
    with pytest.raises(SourceMissing, match="AZURE_STORAGE_ACCOUNT"):
        read()


def test_a_url_takes_the_key_of_its_own_account_only() -> None:
    def words(**variables: str) -> str:
        url = "https://acme.blob.core.windows.net/c"
        return read_url(url, environment={f"AZURE_STORAGE_{k}": v for k, v in variables.items()}).credential_words

    assert words(ACCOUNT="acme", KEY=KEY) == "account key"
    assert words(KEY=KEY) == "sign-in"
    assert words(ACCOUNT="acme", KEY=KEY, SERVICE_ENDPOINT="https://logs.example.com") == "sign-in"
    assert words(ACCOUNT="other", KEY=KEY) == "sign-in"
    assert words(CONNECTION_STRING=f"AccountName=acme;AccountKey={KEY}") == "account key"
    assert words(CONNECTION_STRING=f"AccountName=other;AccountKey={KEY}") == "sign-in"


def test_a_sovereign_cloud_has_its_own_suffix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", "azureusgovernment")
    address, _ = read_environment(environment={"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": KEY})
    assert address.account_url == "https://acme.blob.core.usgovcloudapi.net"
    monkeypatch.setenv("NSGFLOW_CLOUD", "MoonCloud")
    with pytest.raises(InputError, match="AzureChinaCloud"):
        read_environment(environment={"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": KEY})


@pytest.mark.parametrize("text", ["AccountName=acme", f"AccountKey={KEY}", "BlobEndpoint=https://acme.example.com"])
def test_half_a_connection_string_says_where_the_whole_one_is(text: str) -> None:
    with pytest.raises(SourceSignIn, match="Access keys page"):
        open_source(text)


def test_a_host_without_https_is_an_account() -> None:
    assert open_source("acme.blob.core.windows.net/logs", credential=KEY).name == "Storage account acme, container logs"


def test_a_token_is_not_sent_over_plain_http() -> None:
    with pytest.raises(SourceSignIn, match="plain http"):
        open_source("http://azurite:10000/acct", credential=Token())
    assert open_source("https://acme.blob.core.windows.net", credential=Token()).name == "Storage account acme"


def test_unusable_texts_and_credentials_are_source_errors() -> None:
    with pytest.raises(SourceError):
        open_source("  ")
    with pytest.raises(SourceMissing, match=r"blob\.core\.windows\.net"):
        open_source("acmelogs")
    with pytest.raises(SourceSignIn, match="without the account"):
        open_source(f"?{SAS}")
    with pytest.raises(SourceSignIn, match="no credential"):
        open_source("https://acme.blob.core.windows.net", credential=42)


def test_the_chosen_containers() -> None:
    address = read_url("https://acme.blob.core.windows.net/from-url", KEY)
    account = read_url("https://acme.blob.core.windows.net", KEY)
    assert chosen_containers(account, None, CONTAINERS) == CONTAINERS
    assert chosen_containers(address, None, CONTAINERS) == ("from-url",)
    assert chosen_containers(address, ["named"], CONTAINERS) == ("named",)
    assert chosen_containers(account, "one", CONTAINERS) == ("one",)
