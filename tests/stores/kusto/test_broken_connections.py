"""Why a workspace or cluster cannot be reached: each way that a connection breaks has its sentence and next step."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken

from nsgflow_core.credentials import TypedBy, transport
from nsgflow_core.errors import StoreUnreachable
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from tests.conftest import free_port
from tests.parts.servers.hostile_server import run_hostile, write_certificate

SECRET = "token-of-the-test"


class SignedIn:
    def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken(SECRET, int(time.time()) + 3600)


@contextmanager
def unknown_name(_: Path) -> Iterator[str]:
    yield "https://nowhere.invalid"


@contextmanager
def closed_port(_: Path) -> Iterator[str]:
    yield f"https://127.0.0.1:{free_port()}"


@contextmanager
def own_certificate(folder: Path) -> Iterator[str]:
    with run_hostile(*write_certificate(folder)) as server:
        yield server.url


@contextmanager
def silent(_: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def hangs_up(_: Path) -> Iterator[str]:
    with run_hostile() as server:  # which speaks no TLS
        yield server.url.replace("http://", "https://")


WAYS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "DNS": (unknown_name, "is not known to DNS here", "DNS zones"),
    "port": (closed_port, "Nothing answers for the", "your network"),
    "certificate": (own_certificate, "is not trusted", "REQUESTS_CA_BUNDLE"),
    "silence": (silent, "does not answer in time", "firewall"),
    "no TLS": (hangs_up, "is not trusted", "REQUESTS_CA_BUNDLE"),
}
CLIENTS: dict[str, Callable[..., WorkspaceClient | ClusterClient]] = {
    "workspace": lambda url, **_: WorkspaceClient("ws", endpoint=url, credential=SignedIn(), first_wait=0.01),
    "cluster": lambda url, **more: ClusterClient(url, "net", credential=SignedIn(), first_wait=0.01, **more),
}


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.5)


def told(client: str, url: str, monkeypatch: pytest.MonkeyPatch, **more: object) -> StoreUnreachable:
    monkeypatch.setenv("NSGFLOW_ALLOW_HOSTS", url.removeprefix("https://"))
    with pytest.raises(StoreUnreachable) as caught:
        CLIENTS[client](url, **more).run("print 1")
    assert not {SECRET, "Error", "requests", "urllib3"} & {*str(caught.value).replace(".", " ").split()}
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_told(way: str, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, message, hint = WAYS[way]
    with place(tmp_path) as url:  # type: ignore[attr-defined]
        failure = told(client, url, monkeypatch)
    assert message in failure.message
    assert hint in failure.hint


@pytest.mark.parametrize("way", ["DNS", "port", "certificate"])
def test_a_shared_server_says_the_same_of_all(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WAYS[way][0](tmp_path) as url:  # type: ignore[attr-defined]
        assert "cannot be reached or broke the connection" in str(
            told("cluster", url, monkeypatch, reach=TypedBy.SHARED)
        )
