"""What to do when a sign-in is refused, in each cloud: `az` alone signs in to the public one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from azure.core.exceptions import ClientAuthenticationError

from nsgflow_core.credentials import CLOUDS, Cloud, TokenCredential, check_sign_in
from nsgflow_core.errors import NsgflowError, StoreSignIn
from nsgflow_core.sources.blob_storage import errors
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from tests.parts.servers.hostile_server import Answer, HostileServer, run_hostile

ASKED = errors.Request("acme", "logs", "the blob", "sign-in")


class Refused:
    """A credential that is given no token."""

    def get_token(self, *_: str, **__: object) -> None:
        raise ClientAuthenticationError(
            "DefaultAzureCredential failed to retrieve a token from the included credentials"
        )


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
    first = f"`az cloud set --name {cloud.name}`, then `az login"
    assert [each for each in told if "`az login" not in each] == []
    assert [each for each in told if (first in each) is (cloud.name == "AzureCloud")] == []
    assert len(told) > 5
