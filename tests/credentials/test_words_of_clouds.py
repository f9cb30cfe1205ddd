"""What to do when a sign-in is refused, in each cloud: `az` alone signs in to the public one, and who is not asked for
the cloud names it in another place than who is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from azure.core.exceptions import ClientAuthenticationError

from nsgflow_core.credentials import CLOUD_VARIABLE, CLOUDS, CLUSTERS, Cloud, TokenCredential, check_sign_in
from nsgflow_core.errors import NsgflowError, StoreSignIn
from nsgflow_core.sources.blob_storage import errors
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from tests.conftest import free_port
from tests.parts.servers.hostile_server import CHALLENGE, Answer, HostileServer, run_hostile

ASKED = errors.Request("acme", "logs", "the blob", "sign-in")


@dataclass(frozen=True)
class Refused:
    """A credential that is given no token, but these words."""

    words: str = "DefaultAzureCredential failed to retrieve a token from the included credentials"

    def get_token(self, *_: str, **__: object) -> None:
        raise ClientAuthenticationError(self.words)


@pytest.fixture(scope="module")
def refusing() -> Iterator[HostileServer]:
    with run_hostile() as server:
        server.answers = Answer(401, {"Content-Type": "application/json"}, b"{}")
        yield server


def refusals(cloud: Cloud, url: str) -> Iterator[NsgflowError]:
    """Each sentence of this kind: of the sign-in itself, the services, and all rows of storage accounts."""
    credential: TokenCredential = Refused()
    asks: tuple[Callable[[], object], ...] = (
        lambda: check_sign_in(credential, cloud.logs_scope, StoreSignIn, cloud),
        lambda: WorkspaceClient("ws", endpoint=url, cloud=cloud).run("print 1"),
        lambda: ClusterClient(url, "net", cloud=cloud).run("print 1"),
    )
    for ask in asks:
        with pytest.raises(StoreSignIn) as caught:
            ask()
        yield caught.value
    for row in (*errors.BY_CODE.values(), *errors.BY_STATUS.values(), *errors.BY_BREAK.values(), errors.REDIRECTED):
        if "az login" in row[2]:
            yield errors._fill(row, ASKED)
    yield errors.explain(ClientAuthenticationError("no credential in this chain provided a token"), ASKED)


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_az_is_told_of_the_cloud_first(cloud: Cloud, refusing: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_CLOUD", cloud.name)
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
    told = [str(each) for each in refusals(cloud, refusing.url)]
    first = f"'az cloud set --name {cloud.name}', then 'az login"
    assert [each for each in told if "'az login" not in each] == []
    assert [each for each in told if (first in each) is (cloud.name == "AzureCloud")] == []
    assert len(told) > 5


FIELD = "the field Cloud on Connect"


def told_of_the_cloud(cloud: Cloud, server: HostileServer) -> Iterator[NsgflowError]:
    """What a place that is asked says where the cloud may be the wrong one: each refusal, a broken connection, a host
    of another cloud, and the sign-in."""
    elsewhere = next(other for other in CLOUDS.values() if other.name != cloud.name)
    asks: list[tuple[Answer, Callable[[], object]]] = []
    for answer in (Answer(401), Answer(404), Answer(401, {"WWW-Authenticate": CHALLENGE})):
        asks.append((answer, lambda: WorkspaceClient("ws", endpoint=server.url, cloud=cloud).run("print 1")))
    nobody = f"http://127.0.0.1:{free_port()}"
    asks += [
        (Answer(), lambda: WorkspaceClient("ws", endpoint=nobody, cloud=cloud).run("print 1")),
        (Answer(), lambda: WorkspaceClient("ws", endpoint=elsewhere.logs_endpoint, cloud=cloud)),
        (Answer(401), lambda: ClusterClient(server.url, "net", cloud=cloud).run("print 1")),
        (Answer(), lambda: ClusterClient(CLUSTERS.like(elsewhere), "net", cloud=cloud)),
    ]
    for words in ("AADSTS90002: no such tenant", "Failed to resolve the host"):
        refused: TokenCredential = Refused(words)
        asks.append((Answer(), partial(check_sign_in, refused, cloud.logs_scope, StoreSignIn, cloud)))
    for server.answers, ask in asks:
        with pytest.raises(NsgflowError) as caught:
            ask()
        yield caught.value


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
@pytest.mark.parametrize("place", [CLOUD_VARIABLE, FIELD])
def test_who_chose_the_cloud_is_told_where(
    cloud: Cloud, place: str, refusing: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page that has the field it is the field, elsewhere the variable."""
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
    chosen = cloud if place == CLOUD_VARIABLE else cloud.chosen_in(place)
    told = [each.hint for each in told_of_the_cloud(chosen, refusing)]
    other = ({CLOUD_VARIABLE, FIELD} - {place}).pop()
    assert [each for each in told if place not in each or other in each] == []


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_the_clusters_of_each_cloud_are_asked(cloud: Cloud) -> None:
    """The sign-in is what stops: azure-kusto-data refused all of China's hosts before it."""
    credential: TokenCredential = Refused()
    for suffix in cloud.kusto_suffixes:
        client = ClusterClient(f"https://net.region.{suffix}", "net", credential=credential, cloud=cloud)
        with pytest.raises(StoreSignIn, match="Nothing on this machine is signed in"):
            client.run("print 1")
