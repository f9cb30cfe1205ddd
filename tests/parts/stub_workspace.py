"""A Log Analytics query endpoint on loopback that runs the KQL it is sent, with duckdb-kql, over given rows.

Nothing of the product is patched: the real client sends real HTTP. The engine's gaps are listed in ENGINE_GAPS; the
product's queries need none of them, so nothing is filled in. The service's `timespan` limits TimeGenerated, as in
Azure. Faults are queued with `fail`, one reply (or dropped connection) each.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import duckdb_kql
import pandas as pd

from tests.parts.kql.by_steps import Steps, translated
from tests.parts.workspace_schemas import DUCKDB_TYPES, SCHEMAS

ENGINE_GAPS = (
    "column_ifexists: the product resolves it before sending",
    "ipv4_is_in_range, ipv6_is_in_range: the product writes parse_ipv4 ranges and parse_ipv6 starts",
    "summarize without aggregates: the product writes distinct",
    "strcat_array, count_distinct: the product joins words itself and counts the elements of make_set",
    r"\uXXXX in string literals: only for control characters in a filter value",
)
KUSTO_TYPES = {
    "BIGINT": "long",
    "HUGEINT": "long",
    "INTEGER": "int",
    "VARCHAR": "string",
    "DOUBLE": "real",
    "BOOLEAN": "bool",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "JSON": "dynamic",
}
CUT = (
    "The results of this query exceed the set limit of {limit} records, so not all records were returned "
    "(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)."
)


Reply = tuple[int, bytes, Mapping[str, str]]
"""Status, body, headers."""


@dataclass
class Fault:
    """One reply in place of an answer; `status` 0 drops the connection, `seconds` waits before it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def error_body(code: str, message: str, inner: str = "") -> bytes:
    error: dict[str, Any] = {"code": code, "message": message}
    if inner:
        error["innererror"] = {"code": "SemanticError", "message": inner}
    return json.dumps({"error": error}).encode()


def in_part(reply: Reply, why: str) -> Reply:
    """The same answer, of which the service says that it is not all."""
    body = json.loads(reply[1])
    body["error"] = {"code": "PartialError", "message": "There were some errors.", "details": [{"message": why}]}
    return reply[0], json.dumps(body).encode(), reply[2]


class StubWorkspace:
    """`with StubWorkspace({"NTANetAnalytics": rows}) as stub:` and then `stub.url`; `row_limit` cuts answers, and its
    tables are `without` these columns."""

    def __init__(
        self,
        tables: Mapping[str, Iterable[Mapping[str, Any]]],
        *,
        row_limit: int = 500_000,
        without: Collection[str] = (),
    ) -> None:
        self.row_limit = row_limit
        self.change: Callable[[str, Reply], Reply] = lambda _, reply: reply
        """What becomes of the answer to a query."""
        self.requests: list[dict[str, Any]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._connection = duckdb_kql.connect()
        kept = {name: {each: kind for each, kind in SCHEMAS[name].items() if each not in without} for name in tables}
        for name, rows in tables.items():
            self._create(name, pd.DataFrame(list(rows)).drop(columns=[*without], errors="ignore"), kept[name])
        self._schema = {name: list(columns) for name, columns in kept.items()}
        self._steps = Steps(self._schema)
        self._answered = lru_cache(maxsize=None)(self._answer)  # the rows stay: a question asked again is answered so
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                stub.reply(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, *faults: Fault) -> None:
        self._faults += faults

    def forget_faults(self) -> None:
        """Those that nobody met."""
        self._faults.clear()

    @property
    def queries(self) -> list[str]:
        """What was asked, without the product's questions for columns."""
        return [request["query"] for request in self.requests if not request["query"].endswith("| take 0")]

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        request |= {"path": handler.path, "authorization": handler.headers.get("Authorization")}
        request["query"] = self.query_of(request)
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            fault = self._faults.pop(0) if self._faults and not request["query"].endswith("| take 0") else None
        try:
            if fault is not None and fault.seconds:
                threading.Event().wait(fault.seconds)
            if fault is not None and fault.status == 0:
                handler.close_connection = True
                handler.connection.close()
                return
            answer = (fault.status, fault.body, fault.headers) if fault else self.answer(request)
            status, body, headers = self.change(request["query"], answer)
            handler.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        finally:
            with self._lock:
                self._at_once -= 1

    def answer(self, request: Mapping[str, Any]) -> tuple[int, bytes, Mapping[str, str]]:
        """What the service would say: 200 with a table, 400 for a query that it cannot run."""
        first, _, last = (request.get("timespan") or "").partition("/")
        with self._lock:
            return self._answered(request["query"], first, last)

    def _answer(self, query: str, first: str, last: str) -> tuple[int, bytes, Mapping[str, str]]:
        cursor = self._connection.cursor()
        cursor.execute("SET TimeZone = 'UTC'")
        for name, moment in (("first", first), ("last", last)):
            value = datetime.fromisoformat(moment).astimezone(UTC).replace(tzinfo=None) if moment else None
            cursor.execute(f"SET VARIABLE {name}_generated = ?::TIMESTAMP", [value])
        try:
            # Run at once: a relation would bind the SQL, hundreds of kilobytes of it, a second time.
            cursor.execute(translated(self._steps.shortened(query, (first, last), cursor), self._schema))
        except Exception as refused:  # whatever the engine dislikes is a bad query to the client
            message = "Failed to resolve table or column expression" if "does not exist" in str(refused) else ""
            return 400, self.refusal(f"{message} {refused}"), {}
        kinds = {name: KUSTO_TYPES[str(kind).split("(")[0]] for name, kind, *_ in cursor.description or []}
        return 200, self.told(kinds, cursor.fetchall()), {}

    def query_of(self, request: Mapping[str, Any]) -> str:
        """The KQL of a request."""
        return str(request["query"])

    def refusal(self, message: str) -> bytes:
        """The body for a query that cannot be run."""
        return error_body("BadArgumentError", "The request had some invalid properties", message)

    def told(self, kinds: Mapping[str, str], rows: list[tuple[Any, ...]]) -> bytes:
        """The body of an answer: its columns with their Kusto types, and its rows."""
        columns = [{"name": name, "type": kind} for name, kind in kinds.items()]
        reply: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": columns}]}
        reply["tables"][0]["rows"] = [[_wire(value) for value in row] for row in rows[: self.row_limit]]
        if len(rows) > self.row_limit:
            inner = {"code": "-2133196797", "message": CUT.format(limit=self.row_limit)}
            details = [{"code": "EngineError", "message": "Something went wrong.", "innererror": inner}]
            reply["error"] = {"code": "PartialError", "message": "There were some errors.", "details": details}
        return json.dumps(reply).encode()

    def _create(self, name: str, rows: pd.DataFrame, columns: Mapping[str, str]) -> None:
        listed = ", ".join(f'"{column}" {DUCKDB_TYPES[kind]}' for column, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {name}_rows ({listed})")
        if len(rows):
            held = [column for column in columns if column in rows]
            assert len(held) == len(rows.columns), set(rows.columns) - set(columns)
            quoted = ", ".join(f'"{column}"' for column in held)
            self._connection.register("given", rows)
            self._connection.execute(f"INSERT INTO {name}_rows ({quoted}) SELECT {quoted} FROM given")
            self._connection.unregister("given")
        self._connection.execute(
            f"CREATE VIEW {name} AS SELECT * FROM {name}_rows WHERE "
            "(getvariable('first_generated') IS NULL OR TimeGenerated >= getvariable('first_generated')::TIMESTAMP) "
            "AND (getvariable('last_generated') IS NULL OR TimeGenerated <= getvariable('last_generated')::TIMESTAMP)"
        )


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
