"""A Kusto query endpoint on loopback that runs the KQL it is sent, with duckdb-kql, for the real KustoClient.

The frames of an answer are made by duckdb-kql's own server (`duckdb-kql serve`); its translation is not used as it
comes, since that of a question takes seconds (`translating.quickly`). It lacks nothing that the product's questions
need.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from duckdb_kql.server import RestColumn, Result, v2_response

from tests.parts.kql.by_steps import translated
from tests.parts.kql.database import functions, views
from tests.parts.stub_workspace import CUT, StubWorkspace

_ERROR_LEVEL = 2


class StubCluster(StubWorkspace):
    """`with StubCluster({"NTANetAnalytics": rows}, flows) as stub:`; `flows` are rows of Flows, `row_limit` cuts."""

    def __init__(
        self,
        tables: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
        flows: pd.DataFrame | None = None,
        *,
        row_limit: int = 500_000,
    ) -> None:
        super().__init__(tables or {}, row_limit=row_limit)
        self.cancelled: list[str] = []
        self.is_told_to_end = threading.Event()
        if flows is not None:
            self._connection.register("given", flows)
            self._connection.execute(
                "CREATE TABLE Flows AS SELECT DISTINCT ON (time, blob, place) * EXCLUDE (rejected) "
                "FROM given WHERE rejected = ''"
            )
            self._connection.execute("CREATE TABLE FlowTuples AS SELECT * FROM given")
            self._connection.execute("CREATE TABLE FlowLogBlobs (blob VARCHAR, records JSON)")
            self._connection.unregister("given")
            self._schema |= {"FlowTuples": [str(name) for name in flows], "FlowLogBlobs": ["blob", "records"]}
            self._schema["Flows"] = [str(name) for name in flows if name != "rejected"]
            self._connection.execute(f"CREATE TABLE FlowsHourly AS {translated(views()['FlowsHourly'], self._schema)}")
            hourly = self._connection.execute("SELECT * FROM FlowsHourly LIMIT 0").description or []
            self._schema["FlowsHourly"] = [name for name, *_ in hourly]

    def query_of(self, request: Mapping[str, Any]) -> str:
        if request["path"] == "/v1/rest/mgmt":
            self.cancelled.append(str(request["csl"]))
            self.is_told_to_end.set()
        assert request["path"] in ("/v1/rest/mgmt", "/v2/rest/query")
        return str(request["csl"]).replace("FlowLogProblems()", functions()["FlowLogProblems"][1].strip())

    def refusal(self, message: str) -> bytes:
        return kusto_error("General_BadRequest", f"Semantic error: SEM0100: {message}")

    def told(self, kinds: Mapping[str, str], rows: list[tuple[Any, ...]]) -> bytes:
        columns = [RestColumn(name, kind, kind, kind) for name, kind in kinds.items()]
        frames = v2_response(Result(columns, rows[: self.row_limit]), str(uuid.uuid4()))
        if len(rows) > self.row_limit:
            status = frames[-2]
            row = dict(zip((column["ColumnName"] for column in status["Columns"]), status["Rows"][0], strict=True))
            row |= {"Level": _ERROR_LEVEL, "LevelName": "Error", "Payload": CUT.format(limit=self.row_limit)}
            status["Rows"] = [list(row.values())]
            frames[-1]["HasErrors"] = True
        return json.dumps(frames).encode()


def kusto_error(code: str, message: str) -> bytes:
    """The body of a refusal."""
    error = {"code": code, "message": "Request is invalid and cannot be executed.", "@type": "Kusto.DataException"}
    return json.dumps({"error": error | {"@message": message, "@permanent": True}}).encode()


def in_band(message: str, code: str = "LimitsExceeded") -> bytes:
    """An answer that breaks off: an error among the rows of its table, as the service reports what it meets late."""
    frames = v2_response(Result([RestColumn("n", "long", "long", "long")], [(1,)]), str(uuid.uuid4()))
    error = {"error": {"code": code, "message": "Request aborted.", "@message": message}}
    frames[2]["Rows"].append({"OneApiErrors": [error]})
    return json.dumps(frames).encode()
