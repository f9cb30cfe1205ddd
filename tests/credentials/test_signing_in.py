"""Signing in: which credential, which cloud, and what a refusal says. No request leaves this machine."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import azure.identity
import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import CredentialUnavailableError

from nsgflow_core import credentials
from nsgflow_core.credentials import (
    CLOUDS,
    Cloud,
    DeviceCode,
    SignIn,
    TokenCredential,
    check_sign_in,
    explain_sign_in,
    sign_in,
)
from nsgflow_core.credentials.signing_in import _SIGN_IN_FAILURES
from nsgflow_core.errors import InputError, SourceSignIn, StoreSignIn


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("default", azure.identity.DefaultAzureCredential),
        ("azure-cli", azure.identity.AzureCliCredential),
        ("managed-identity", azure.identity.ManagedIdentityCredential),
        ("device-code", azure.identity.DeviceCodeCredential),
    ],
)
def test_each_way_to_sign_in_builds_its_credential(kind: str, expected: type) -> None:
    assert type(sign_in(kind, show_code=lambda _code: None)) is expected
    assert kind in list(SignIn)


def test_unknown_ways_and_unseen_codes_are_refused() -> None:
    with pytest.raises(InputError, match="device-code"):
        sign_in("password")
    with pytest.raises(InputError, match="shown to someone"):
        sign_in(SignIn.DEVICE_CODE)


def test_the_default_never_opens_a_browser_on_the_server() -> None:
    chain = sign_in()
    assert isinstance(chain, azure.identity.DefaultAzureCredential)
    assert not any(isinstance(each, azure.identity.InteractiveBrowserCredential) for each in chain.credentials)


@pytest.mark.parametrize(
    ("name", "authority"),
    [
        ("", "login.microsoftonline.com"),
        ("AzureUSGovernment", "login.microsoftonline.us"),
        ("azurechinacloud", "login.chinacloudapi.cn"),
    ],
)
def test_the_cloud_decides_where_to_sign_in(monkeypatch: pytest.MonkeyPatch, name: str, authority: str) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", name)
    credential = sign_in(SignIn.DEVICE_CODE, show_code=lambda _code: None)
    assert isinstance(credential, azure.identity.DeviceCodeCredential)
    assert authority in credential._authority
    assert credentials.current_cloud().authority == authority


def test_the_authorities_are_those_of_azure_identity() -> None:
    hosts = azure.identity.AzureAuthorityHosts
    assert {cloud.authority for cloud in CLOUDS.values()} == {
        hosts.AZURE_PUBLIC_CLOUD,
        hosts.AZURE_GOVERNMENT,
        hosts.AZURE_CHINA,
    }


def test_the_device_code_reaches_the_page() -> None:
    shown: list[DeviceCode] = []
    credential = sign_in(SignIn.DEVICE_CODE, show_code=shown.append)
    expires = datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert isinstance(credential, azure.identity.DeviceCodeCredential)
    assert credential._prompt_callback
    credential._prompt_callback("https://microsoft.com/devicelogin", "ABCD1234", expires)
    assert shown == [DeviceCode("https://microsoft.com/devicelogin", "ABCD1234", expires)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DefaultAzureCredential failed to retrieve a token from the included credentials.", "Nothing on this machine"),
        ("Please run 'az login' to set up an account", "Nothing on this machine"),
        ("Azure CLI not found on path", "not installed"),
        (
            "ManagedIdentityCredential authentication unavailable, no response from the IMDS endpoint.",
            "managed identity",
        ),
        ("Timed out waiting for user to authenticate", "not used in time"),
        ("AADSTS90002: Tenant 'x' not found", "no such Microsoft Entra tenant"),
        ("AADSTS7000215: Invalid client secret provided: S3CRET", "secret is wrong"),
        ("AADSTS53003: Access has been blocked by Conditional Access policies", "Conditional Access"),
        ("HTTPSConnectionPool: Failed to resolve 'login.microsoftonline.com'", "cannot be reached"),
        ("something else S3CRET", "refused the sign-in"),
    ],
)
def test_each_refused_sign_in_has_its_words(text: str, words: str) -> None:
    for error in (SourceSignIn, StoreSignIn):
        explained = explain_sign_in(ClientAuthenticationError(text), error)
        assert type(explained) is error
        assert words in str(explained)
        assert ("account key or a SAS" in explained.hint) is (error is SourceSignIn), "nothing else has those"
        assert "S3CRET" not in str(explained)


class NobodySignedIn:
    def get_token(self, *_scopes: str, **_options: object) -> None:
        raise CredentialUnavailableError("No credential in this chain provided a token: S3CRET")


def test_a_check_raises_without_the_services_own_text() -> None:
    with pytest.raises(SourceSignIn, match="Nothing on this machine") as caught:
        check_sign_in(NobodySignedIn())
    assert caught.value.__context__ is None


def test_importing_it_does_not_import_azure() -> None:
    script = """
import sys, nsgflow_core.credentials, nsgflow_core.sources
print(any(module.startswith('azure') for module in sys.modules))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_nothing_that_signs_in_is_shown_to_another_cloud(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A secret, the token of a pod, a device code: each credential of this machine, and those that are asked for."""
    asked: list[str] = []

    def send(_: requests.Session, request: requests.PreparedRequest, **__: object) -> None:
        asked.append(urlsplit(str(request.url)).hostname or "")
        raise requests.ConnectionError("there is no network")

    token = tmp_path / "token"
    token.write_text("the token of a pod")
    monkeypatch.setattr(requests.Session, "send", send)
    monkeypatch.setattr(RequestsTransport, "sleep", lambda *_: None)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(token))
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "11111111-2222-3333-4444-555555555555")
    for elsewhere in (None, "login.elsewhere.example"):
        if elsewhere:
            monkeypatch.setenv("AZURE_AUTHORITY_HOST", elsewhere)
        chain = sign_in(cloud=cloud)
        assert isinstance(chain, azure.identity.DefaultAzureCredential)
        asked_for = [sign_in(kind, cloud=cloud, show_code=print) for kind in SignIn if kind is not SignIn.DEFAULT]
        for each in cast(list[TokenCredential], [*chain.credentials, *asked_for]):
            with suppress(AzureError):
                each.get_token(cloud.logs_scope)
    assert set(asked) <= {cloud.authority, "169.254.169.254"}, "the other is this machine's own"
    assert asked.count(cloud.authority) > 5


class Says:
    """One of those that this machine may be signed in with: it says why it gives no token."""

    def __init__(self, why: AzureError) -> None:
        self.why = why

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        raise self.why


@pytest.mark.parametrize("row", _SIGN_IN_FAILURES[1:], ids=lambda row: row[0][0])
def test_the_one_that_was_refused_is_heard_among_all_of_this_machine(row: tuple[tuple[str, ...], str, str]) -> None:
    """An expired secret, a policy, a proxy in the way: each was told as "Nothing on this machine is signed in"."""
    chain = sign_in()
    assert isinstance(chain, azure.identity.DefaultAzureCredential)
    asked = Says(CredentialUnavailableError("Azure CLI not found on path"))
    refused = Says(ClientAuthenticationError(f"Authentication failed: {row[0][0]}"))
    chain.credentials = (asked, refused, *chain.credentials)
    with pytest.raises(SourceSignIn) as caught:
        check_sign_in(chain)
    assert caught.value.message == row[1]


def test_where_nobody_is_signed_in_that_is_said() -> None:
    chain = sign_in()
    assert isinstance(chain, azure.identity.DefaultAzureCredential)
    asked = [Says(CredentialUnavailableError(words)) for words in ("Azure CLI not found on path", "no IMDS: timed out")]
    chain.credentials = (*asked, chain.credentials[-1])
    with pytest.raises(SourceSignIn, match="Nothing on this machine is signed in"):
        check_sign_in(chain)
