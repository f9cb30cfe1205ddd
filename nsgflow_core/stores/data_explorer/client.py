"""The door of a cluster: one query in, its columns and rows out, by azure-kusto-data's own client.

The client is told beforehand which cloud the cluster is of, so that it asks nobody for the audience of its token, and
its session leaves by one way, to one host, without what ~/.netrc holds. It does not repeat what was throttled: we do.
"""

from __future__ import annotations

import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import orjson

from nsgflow_core.credentials import (
    Cloud,
    Endpoint,
    ForeignChallenge,
    TokenCredential,
    TypedBy,
    current_cloud,
    explain_sign_in,
)
from nsgflow_core.errors import Cancelled, InputError, StoreSignIn, StoreUnreachable
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.data_explorer.endpoint import cluster_credential, read_cluster
from nsgflow_core.stores.data_explorer.errors import NO_CLUSTER, explain_answer
from nsgflow_core.stores.kusto.asking.answer import ASK_FOR_LESS, AnswerTooLarge, KustoAnswer
from nsgflow_core.stores.kusto.asking.host import broken
from nsgflow_core.stores.kusto.asking.waiting import Dropped, EngineRefused, asked_again, seconds_of, slots_of, wait_for

SERVER_SECONDS = 230
"""The service's own default is four minutes (Microsoft Learn, "Set request timeouts")."""
_WHOLE = _PARTIAL = 200
_LOADING = threading.Lock()


class ClusterClient:
    """Runs queries on one database, of which this process asks at most four at a time."""

    def __init__(
        self,
        cluster: str,
        database: str,
        *,
        credential: TokenCredential | None = None,
        reach: TypedBy = TypedBy.OWN,
        cloud: Cloud | None = None,
        first_wait: float = 1.0,
    ) -> None:
        """`reach`: who typed the cluster; `cloud` stands in for the one that NSGFLOW_CLOUD names.

        Raises InputError for what is no cluster or database, StoreSignIn for where no sign-in may go.
        """
        self.database = database.strip()
        if not self.database:
            raise InputError("No database is given.", "Name the one that holds the flows, as its cluster spells it.")
        self._cloud = cloud or current_cloud()
        self._host = read_cluster(cluster, self._cloud)
        self._credential = cluster_credential(self._host, credential, reach, self._cloud)
        self._reach = reach
        self._first_wait = first_wait
        self._slots = slots_of(self.place)
        self._client: Any = None
        self._opening = threading.Lock()

    @property
    def cluster(self) -> str:
        """Scheme, host and port that are asked."""
        return self._host.origin

    @property
    def is_signed_in(self) -> bool:
        """False for an emulator on this machine."""
        return self._credential is not None

    @property
    def place(self) -> str:
        """The cluster and the database."""
        return f"{self.cluster} {self.database}"

    @property
    def words(self) -> str:
        """Kusto database, its name and cluster."""
        return f"Kusto database {self.database} at {self._host.name}"

    def run(self, query: str, *, timespan: str | None = None, cancelled: IsCancelled | None = None) -> KustoAnswer:
        """The answer to a query; `timespan` is not used, the query has its window.

        Raises a StoreError that says what to do, or Cancelled as soon as `cancelled()` is true; the cluster is then
        told to end the query.
        """
        return asked_again(
            lambda is_over: self._send(query, is_over),
            wait=self._first_wait, who="cluster", cloud=self._cloud, cancelled=cancelled,
        )  # fmt: skip

    def _send(self, query: str, is_over: IsCancelled) -> KustoAnswer:
        """One exchange in one of the four slots."""
        mark = f"nsgflow;{uuid.uuid4()}"
        slot = self._slots.submit(self._exchange, query, mark)
        try:
            return wait_for(slot, is_over)
        except Cancelled:
            if slot.running():  # a right that everyone has for queries of their own
                threading.Thread(target=self._end, args=(mark,), daemon=True).start()
            raise

    def _end(self, mark: str) -> None:
        with suppress(Exception):  # it then ends by its own timeout
            self._open().execute_mgmt(self.database, f'.cancel query "{mark}"')

    def _exchange(self, query: str, mark: str) -> KustoAnswer:
        client = self._open()
        from azure.core.exceptions import AzureError
        from azure.kusto.data import ClientRequestProperties
        from azure.kusto.data import exceptions as kusto

        properties: Any = cast(Any, ClientRequestProperties)()
        properties.client_request_id = mark
        properties.application = "nsgflow"
        properties.set_option("servertimeout", timedelta(seconds=SERVER_SECONDS))
        properties.set_option("request_readonly", True)
        failure: Exception
        try:
            return _answer(client.execute_query(self.database, query, properties))
        except kusto.KustoAuthenticationError as refused:
            cause = refused.__context__
            is_foreign = isinstance(cause, ForeignChallenge)
            failure = StoreSignIn(*_FOREIGN) if is_foreign else explain_sign_in(Exception(str(cause)), StoreSignIn)
        except kusto.KustoNetworkError as refused:
            failure = Dropped(*self._unreachable(refused.__context__ or refused))
        except kusto.KustoError as refused:
            failure = _refusal(refused)
        except AzureError as refused:
            failure = explain_sign_in(refused, StoreSignIn)
        except (ValueError, KeyError, TypeError):
            failure = StoreUnreachable(*_GARBLED)
        raise failure  # outside of the handler, so that no request of the client's hangs on to it

    def _unreachable(self, failure: BaseException) -> tuple[str, str]:
        """To people who reach this server from elsewhere no more than that: not which ports of a host are open."""
        host = self._host.name
        if self._reach is not TypedBy.OWN:
            return NO_CLUSTER[0].format(host=host), NO_CLUSTER[1]
        return broken(failure, who="cluster", host=host, check="Check its URI and that it runs")

    def _open(self) -> Any:
        """The package's client, made on first use."""
        with self._opening:
            if self._client is None:
                self._client = _client_of(self._host, self._credential, self._cloud)
        return self._client


_FOREIGN = (
    "The cluster refuses the sign-in and asks for one of its own choice, which is not followed.",
    "Sign in again with 'az login --tenant TENANT', and check the cluster and NSGFLOW_CLOUD.",
)
_GARBLED = (
    "The cluster answered with something that is not a query result.",
    "Check its URI, and the proxy in between.",
)


def _client_of(host: Endpoint, credential: TokenCredential | None, cloud: Cloud) -> Any:
    with _LOADING:
        from azure.kusto.data import KustoClient, KustoConnectionStringBuilder

        from nsgflow_core.credentials.transport import confine
        from nsgflow_core.stores.data_explorer.cloud import trust
    if credential is None:
        made = KustoClient(KustoConnectionStringBuilder.with_no_authentication(host.origin))
    else:
        trust(host, cloud)
        made = KustoClient(KustoConnectionStringBuilder.with_azure_token_credential(host.origin, credential))
    confine(made._session, host)
    return made


def _answer(reply: Any) -> KustoAnswer:
    """The primary table of a reply."""
    (table, *_) = reply.primary_results
    return KustoAnswer(
        tuple(column.column_name for column in table.columns),
        tuple(column.column_type for column in table.columns),
        table.raw_rows,
        _partial_words(reply.get_exceptions()),
    )


def _partial_words(exceptions: list[str]) -> str:
    if not exceptions:
        return ""
    told = explain_answer(_PARTIAL, " ".join(exceptions))
    reason = str(told).rstrip(".") if not isinstance(told, AnswerTooLarge) else "it exceeds 500,000 rows or 64 MB"
    return f"The cluster returned only part of the answer: {reason}. {ASK_FOR_LESS}"


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except ValueError:
        return False
    return True


def _refusal(refused: Any) -> EngineRefused:
    """Status and words of what the client raises for an answer that is none."""
    reply = next((each for each in refused.args if hasattr(each, "status_code")), None)
    reply = getattr(refused, "http_response", reply)
    status = reply.status_code if reply is not None else _PARTIAL
    if reply is not None and status == _WHOLE and not _is_json(reply.content):
        return EngineRefused(status, None, StoreUnreachable(*_GARBLED))
    said = [str(refused)]
    if reply is not None and (content := reply.content):
        said.append(content[:4000].decode(errors="replace"))
    for error in [getattr(refused, "error", None), *getattr(refused, "errors", [])]:
        if error is not None:
            said += [error.code or "", error.message or ""]
            said.insert(0, error.description or "")
    text = next((each for each in said if each), "")
    retry_after = seconds_of(reply.headers.get("Retry-After")) if reply is not None else None
    return EngineRefused(status, retry_after, explain_answer(status, text))
