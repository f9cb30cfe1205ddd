"""What a person typed never gets the environment's secret; on the command line its very account does."""

from __future__ import annotations

import pytest

from nsgflow_core.errors import NsgflowError, SourceSignIn
from nsgflow_core.sources.blob_storage.address import read_url
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from tests.credentials.addresses import KEY, SAS


def test_what_was_typed_never_falls_back_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acct")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", SAS)
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    for text in (
        "https://acct.blob.core.windows.net",
        "https://acct.blob.core.windows.net/c?sig=",
        "https://x.example",
    ):
        with pytest.raises(SourceSignIn, match="no SAS in it"):
            BlobStorageSource.from_url(text)
    for lost in ("https://contosologs.attacker.example/c#sig=x", "https://acct.blob.core.windows.net/c#sig=x"):
        with pytest.raises(NsgflowError, match="fragment"):
            BlobStorageSource.from_url(lost)
    for sas in ("#sig=x", "sig=", "sv=1&sig=\nx", "sv=1#sig=abc"):
        with pytest.raises(SourceSignIn, match="no SAS"):
            BlobStorageSource.from_url("https://acct.blob.core.windows.net", credential=sas)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://acct.blob.core.windows.net/c", "account key"),
        ("https://acct.dfs.core.windows.net/c", "account key"),
        ("https://acct2.blob.core.windows.net", "sign-in"),
        ("https://acct-secondary.blob.core.windows.net", "sign-in"),
        ("https://acct.z6.blob.storage.azure.net", "sign-in"),
    ],
)
def test_on_the_command_line_the_environments_key_is_for_its_very_account(text: str, words: str) -> None:
    environment = {"AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_KEY": KEY}
    assert read_url(text, environment=environment).credential_words == words


def test_the_environments_key_goes_to_no_stranger_of_the_same_name(asked: list[object]) -> None:
    environment = {"AZURE_STORAGE_ACCOUNT": "acct", "AZURE_STORAGE_KEY": KEY}
    for text in (
        "https://acct.attacker.example",
        "https://acct.blob.core.windows.net.attacker.example",
        "https://acct.blob.core.windows.net:8443",
        "https://127.0.0.1/acct",
        "https://acct",
    ):
        with pytest.raises(SourceSignIn, match="token goes to"):
            read_url(text, environment=environment)
    assert asked == []
