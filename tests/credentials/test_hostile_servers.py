"""The real Azure clients against servers that want more than they were sent: a token for something else, a hop."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import HttpTransport
from azure.storage.blob import BlobServiceClient

from nsgflow_core.credentials import STORAGE_SCOPE, ForeignChallenge, ScopedCredential, TypedBy, current_cloud
from nsgflow_core.credentials.hosts import read_endpoint
from nsgflow_core.credentials.transport import OneHostTransport
from nsgflow_core.errors import (
    NsgflowError,
    SourceError,
    SourceSignIn,
    SourceUnreachable,
    StoreSignIn,
    StoreUnreachable,
)
from nsgflow_core.sources.base import BlobInfo
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from tests.conftest import free_port
from tests.parts.servers.hostile_server import (
    CHALLENGE,
    OTHER_TENANT,
    Answer,
    HostileServer,
    run_hostile,
    write_certificate,
)

SECRET = "c2VudGluZWwtb2YtdGhlLXNlY3JldA=="
SAS = f"sv=2025-01-05&sp=rl&sig={SECRET}"
BLOB = BlobInfo("a", "logs/a.json", 100, "0x1", "logs")


class User:
    """A sign-in that makes whatever token it is asked for, and remembers that."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def get_token(self, *scopes: str, tenant_id: str = "home", **_: object) -> AccessToken:
        self.asked.append((scopes[0], tenant_id))
        return AccessToken(f"token-for-{scopes[0]}-of-{tenant_id}", 9_999_999_999)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: tuple[Path, Path]) -> Iterator[HostileServer]:
    with run_hostile(*certificate) as server:
        yield server


@pytest.fixture(scope="module")
def other() -> Iterator[HostileServer]:
    """Where the first one would like the request to go."""
    with run_hostile() as server:
        yield server


@pytest.fixture
def hostile(
    secure: HostileServer, other: HostileServer, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> HostileServer:
    """It is on the operator's list and has a certificate that is trusted: nothing but our own care is left."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", secure.authority)
    secure.seen.clear()
    other.seen.clear()
    secure.answers = other.answers = Answer()
    return secure


Asking = Callable[[BlobStorageSource], object]
QUESTIONS: dict[str, Asking] = {
    "list": lambda source: list(source.blobs()),
    "look for containers": lambda source: source.containers(),
    "read": lambda source: source.read(BLOB, None),
}


def blobs(url: str, credential: object) -> BlobStorageSource:
    return BlobStorageSource.from_url(f"{url}/acct", credential=credential, containers=["logs"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_challenge_to_another_tenant_or_resource_gets_no_token(hostile: HostileServer, question: str) -> None:
    hostile.answers = Answer(401, {"WWW-Authenticate": CHALLENGE})
    user = User()
    with pytest.raises(SourceSignIn, match="not followed") as caught:
        QUESTIONS[question](blobs(hostile.url, user))
    assert user.asked == [(STORAGE_SCOPE, "home")]
    assert len(hostile.seen) == 1
    for trace in (caught.value.__cause__, caught.value.__context__):
        assert trace is None
    assert "management" not in hostile.seen[0].text
    assert OTHER_TENANT not in hostile.seen[0].text


def test_the_clients_own_way_would_have_followed_it(hostile: HostileServer) -> None:
    """What this test is about: without the wrapper the server gets a token for ARM of a tenant that it names."""
    hostile.answers = Answer(401, {"WWW-Authenticate": CHALLENGE})
    user = User()
    client = BlobServiceClient(f"{hostile.url}/acct", credential=cast(Any, user), retry_total=0)
    with pytest.raises(ClientAuthenticationError):
        list(client.get_container_client("logs").list_blobs())
    assert ("https://management.azure.com/.default", OTHER_TENANT) in user.asked
    assert any("token-for-https://management.azure.com" in seen.text for seen in hostile.seen)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("credential", ["sign-in", SECRET, SAS])
def test_a_redirect_is_a_sentence_and_nothing_follows(
    hostile: HostileServer, other: HostileServer, status: int, credential: str
) -> None:
    hostile.answers = Answer(status, {"Location": f"{other.url}/stolen?x=1"})
    for ask in QUESTIONS.values():
        with pytest.raises(SourceUnreachable, match="sends on to another address") as caught:
            ask(blobs(hostile.url, User() if credential == "sign-in" else credential))
        assert SECRET not in str(caught.value)
    assert other.seen == []
    assert len(hostile.seen) == len(QUESTIONS)


def test_the_way_out_itself_goes_to_one_host(hostile: HostileServer, other: HostileServer) -> None:
    """Even where a client would follow: the transport has one destination."""
    hostile.answers = Answer(307, {"Location": f"{other.url}/stolen"})
    client = BlobServiceClient(
        f"{hostile.url}/acct?{SAS}", transport=OneHostTransport(read_endpoint(hostile.url, like="")), retry_total=0
    )
    with pytest.raises(ServiceRequestError, match="another host"):
        list(client.get_container_client("logs").list_blobs())
    assert (len(hostile.seen), other.seen) == (1, [])


def test_what_netrc_holds_is_sent_to_nobody(
    hostile: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"default login me password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    hostile.answers = Answer(403)
    for credential in (User(), SAS):
        with pytest.raises(SourceError):
            list(blobs(hostile.url, credential).blobs())
    assert hostile.seen[0].headers["Authorization"] == f"Bearer token-for-{STORAGE_SCOPE}-of-home"
    assert "Authorization" not in hostile.seen[1].headers


def test_no_answer_of_a_listed_host_tells_others_what_is_there(
    hostile: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = f"https://127.0.0.1:{free_port()}"
    monkeypatch.setattr(HttpTransport, "sleep", lambda *_: None)  # between tries
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", "127.0.0.1")
    said = set()
    for url, answer in [
        (closed, Answer()),
        (hostile.url.replace("https", "http"), Answer()),
        (hostile.url, Answer(200, {}, b"<html>")),
        (hostile.url, Answer(404)),
        (hostile.url, Answer(403)),
        (hostile.url, Answer(302, {"Location": closed})),
        (hostile.url, Answer(401, {"WWW-Authenticate": "Basic"})),
    ]:
        hostile.answers = answer
        shared = BlobStorageSource.from_url(f"{url}/acct", credential=SAS, containers=["logs"], reach=TypedBy.SHARED)
        for ask in (QUESTIONS["list"], QUESTIONS["look for containers"]):
            with pytest.raises(SourceError) as caught:
                ask(shared)
            said.add(str(caught.value))
    assert len(said) == 1


def claims_challenge() -> str:
    claims = urlsafe_b64encode(json.dumps({"access_token": {"acrs": {"value": "c1"}}}).encode()).decode()
    return f'Bearer realm="", error="insufficient_claims", claims="{claims}"'


def test_the_query_service_gets_one_audience_and_no_claims_of_its_choice(hostile: HostileServer) -> None:
    hostile.answers = Answer(401, {"WWW-Authenticate": claims_challenge()})
    user = User()
    with pytest.raises(StoreSignIn, match="not followed"):
        WorkspaceClient("ws", credential=user, endpoint=hostile.url).run("T | take 1")
    assert user.asked == [(current_cloud().logs_scope, "home")]
    assert hostile.seen[0].headers["Authorization"] == "Bearer token-for-https://api.loganalytics.io/.default-of-home"
    assert len(hostile.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_the_query_service_is_a_sentence(
    hostile: HostileServer, other: HostileServer, status: int
) -> None:
    hostile.answers = Answer(status, {"Location": f"{other.url}/v1/stolen"})
    with pytest.raises(StoreUnreachable, match="sends on to another address"):
        WorkspaceClient("ws", credential=User(), endpoint=hostile.url).run("T | take 1")
    assert other.seen == []
    assert len(hostile.seen) == 1


def test_no_sign_in_goes_over_plain_http_or_to_this_machine(
    other: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.seen.clear()
    for listed in ("", other.authority):
        monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", listed)
        user = User()
        with pytest.raises(NsgflowError):
            WorkspaceClient("ws", credential=user, endpoint=other.url).run("T")
        with pytest.raises(SourceSignIn, match="plain http"):
            blobs(other.url, user)
        assert (user.asked, other.seen) == ([], [])


def test_a_scoped_credential_grants_one_scope() -> None:
    user = User()
    scoped = ScopedCredential(ScopedCredential(user, STORAGE_SCOPE), STORAGE_SCOPE)
    assert scoped.get_token(STORAGE_SCOPE, enable_cae=True).token.startswith("token-for-https://storage")
    refused: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("https://management.azure.com/.default",), {}),
        ((STORAGE_SCOPE, "https://vault.azure.net/.default"), {}),
        ((STORAGE_SCOPE.upper(),), {}),
        ((), {}),
        ((STORAGE_SCOPE,), {"tenant_id": OTHER_TENANT}),
        ((STORAGE_SCOPE,), {"claims": "{}"}),
    ]
    for scopes, options in refused:
        with pytest.raises(ForeignChallenge):
            scoped.get_token(*scopes, **options)
    assert len(user.asked) == 1
    assert not hasattr(scoped, "get_token_info")
    assert "User" not in repr(scoped)
