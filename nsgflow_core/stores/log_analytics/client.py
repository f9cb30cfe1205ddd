"""The HTTP door of a Log Analytics workspace: one query in, its columns and rows out.

Goes through the pipeline of azure-monitor-query's own client (`send_request`) for sign-in, proxies and user agent,
and reads the raw JSON: building the package's `LogsTable` took 2.3 s per 100,000 rows against 0.08 s. Retries are
ours, because the package's policy repeats a ten-minute timeout three times and ignores a 429 without Retry-After.
Source: Microsoft Learn, "Azure Monitor Log Analytics API" (request format, timeouts) and "service limits".
"""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import quote

import orjson

from nsgflow_core.credentials import (
    Cloud,
    ForeignChallenge,
    TokenCredential,
    current_cloud,
    explain_sign_in,
)
from nsgflow_core.errors import InputError, NsgflowError, StoreMissing, StoreSignIn, StoreUnreachable
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.kusto.asking.answer import KustoAnswer, garbled
from nsgflow_core.stores.kusto.asking.host import broken
from nsgflow_core.stores.kusto.asking.waiting import Dropped, EngineRefused, asked_again, seconds_of, slots_of, wait_for
from nsgflow_core.stores.log_analytics.endpoint import choose_endpoint, logs_credential
from nsgflow_core.stores.log_analytics.errors import EMPTY_WORKSPACE, FOREIGN, explain_failure, explain_partial

SERVER_SECONDS = 180
READ_SECONDS = SERVER_SECONDS + 30
_LOADING = threading.Lock()


class WorkspaceClient:
    """Runs queries on one workspace, of which this process asks at most four at a time."""

    def __init__(
        self,
        workspace_id: str,
        *,
        credential: TokenCredential | None = None,
        endpoint: str | None = None,
        cloud: Cloud | None = None,
        first_wait: float = 1.0,
    ) -> None:
        """`cloud` stands in for the one that NSGFLOW_CLOUD names. Raises InputError, and StoreSignIn: see above."""
        self.workspace_id = workspace_id.strip()
        if not self.workspace_id:
            raise InputError("No workspace ID is given.", "Copy it from the workspace's Overview page.")
        self._cloud = cloud or current_cloud()
        self._host = choose_endpoint(endpoint, self._cloud)
        self._credential = logs_credential(self._host, credential, self._cloud)
        self._first_wait = first_wait
        self._slots = slots_of(self.place)
        self._client: Any = None

    @property
    def endpoint(self) -> str:
        """Scheme, host and port that are asked."""
        return self._host.origin

    @property
    def place(self) -> str:
        """The endpoint and the workspace."""
        return f"{self.endpoint} {self.workspace_id}"

    @property
    def words(self) -> str:
        """Log Analytics workspace, and its ID."""
        return f"Log Analytics workspace {self.workspace_id}"

    def run(self, query: str, *, timespan: str | None = None, cancelled: IsCancelled | None = None) -> KustoAnswer:
        """The answer to a query. `timespan` (ISO 8601, "from/to") limits TimeGenerated.

        Raises a StoreError that says what to do, or Cancelled as soon as `cancelled()` is true; the service then ends
        the abandoned query by itself.
        """
        return asked_again(
            lambda is_over: self._asked(query, timespan, is_over),
            wait=self._first_wait, who="service", cloud=self._cloud, cancelled=cancelled,
        )  # fmt: skip

    def _asked(self, query: str, timespan: str | None, is_over: IsCancelled) -> KustoAnswer:
        """One attempt."""
        try:
            status, retry_after, body = self._send(query, timespan, is_over)
        except StoreUnreachable as broken:
            raise Dropped(broken.message, broken.hint) from None
        if status == 200:
            return read_answer(body)
        if status == 204:
            raise StoreMissing(*EMPTY_WORKSPACE)
        raise EngineRefused(status, retry_after, explain_failure(status, body))

    def _send(
        self, query: str, timespan: str | None, is_over: IsCancelled
    ) -> tuple[int, float | None, dict[str, Any] | None]:
        """One HTTP exchange in one of the four slots: status, seconds of Retry-After, JSON body or None."""
        _load_packages()
        return wait_for(self._slots.submit(self._exchange, query, timespan), is_over)

    def _exchange(self, query: str, timespan: str | None) -> tuple[int, float | None, dict[str, Any] | None]:
        from azure.core.exceptions import AzureError, ClientAuthenticationError, DecodeError
        from azure.core.rest import HttpRequest

        request = HttpRequest(
            "POST",
            f"/workspaces/{quote(self.workspace_id, safe='')}/query",
            json={"query": query, "timespan": timespan},
            headers={"Prefer": f"wait={SERVER_SECONDS}"},
        )
        failure: NsgflowError
        try:
            reply = self._open().send_request(request)
            return reply.status_code, seconds_of(reply.headers.get("Retry-After")), _json(reply.content)
        except ClientAuthenticationError as refused:
            failure = explain_sign_in(refused, StoreSignIn)
        except ForeignChallenge:
            failure = StoreSignIn(*FOREIGN)
        except AzureError as refused:
            if isinstance(refused, DecodeError) and refused.status_code:
                return refused.status_code, None, None  # said to be JSON, and is not: a proxy's page, most often
            failure = StoreUnreachable(
                *broken(refused, who="query service", host=self._host.name, check="Check NSGFLOW_CLOUD")
            )
        raise failure  # outside of the handler, so that no request of the service's hangs on to it

    def _open(self) -> Any:
        """The package's client, made on first use."""
        if self._client is None:
            from azure.monitor.query import LogsQueryClient

            from nsgflow_core.credentials.transport import OneHostTransport

            options: dict[str, Any] = {"retry_total": 0, "logging_enable": False, "permit_redirects": False}
            options["transport"] = OneHostTransport(self._host, read_timeout=READ_SECONDS)
            if self._host.scheme == "http":
                options["authentication_policy"] = _loopback_policy(self._credential, self._cloud.logs_scope)
            audience = self._cloud.logs_endpoint
            self._client = LogsQueryClient(self._credential, endpoint=self.endpoint, audience=audience, **options)
        return self._client


def _load_packages() -> None:
    """Import the packages on first use, which takes 0.1 s, in one thread at a time.

    They import each other in circles, of which two threads at once see halves: "cannot import name".
    """
    with _LOADING:
        import azure.core.exceptions
        import azure.core.rest
        import azure.monitor.query  # noqa: F401

        import nsgflow_core.credentials.transport  # noqa: F401


def _loopback_policy(credential: TokenCredential, scope: str) -> Any:
    """Sends the token over plain http, which the package refuses; only ever made for a loopback endpoint."""
    from azure.core.pipeline.policies import BearerTokenCredentialPolicy

    class LoopbackBearer(BearerTokenCredentialPolicy[Any, Any]):
        def on_request(self, request: Any) -> None:
            request.context.options["enforce_https"] = False
            super().on_request(request)

    return LoopbackBearer(credential, scope)


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def read_answer(body: dict[str, Any] | None) -> KustoAnswer:
    """The primary table of a reply's JSON. Raises StoreUnreachable when it is no reply of the service."""
    try:
        tables = body["tables"] if body else []
        table = next((table for table in tables if table.get("name") == "PrimaryResult"), tables[0])
        names, types = (tuple(column[key] for column in table["columns"]) for key in ("name", "type"))
        rows = table["rows"]
        is_whole = all(isinstance(row, list) and len(row) == len(names) for row in rows)
        if not is_whole or not all(isinstance(word, str) for word in (*names, *types)):
            raise ValueError
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise garbled() from None
    return KustoAnswer(names, types, rows, explain_partial(body["error"]) if body and body.get("error") else "")
