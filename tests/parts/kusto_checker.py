"""Microsoft's language service over many queries at once, in one node process (tools/kqlcheck.js)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tests.conftest import ROOT, node_tool
from tests.parts.workspace_schemas import SCHEMAS


@dataclass(frozen=True)
class Checked:
    diagnostics: list[dict[str, str]]
    columns: list[str]
    tokens: int
    pipes: int


def check_queries(queries: Mapping[str, str], tables: Mapping[str, Mapping[str, str]] = SCHEMAS) -> dict[str, Checked]:
    """What the service says of each query against the tables' schemas (both whole tables by default)."""
    node_tool("@kusto/language-service-next/package.json")
    done = subprocess.run(
        ["node", str(ROOT / "tools" / "kqlcheck.js")],
        input=json.dumps({"tables": tables, "queries": queries}),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return {name: Checked(**found) for name, found in json.loads(done.stdout).items()}
