"""Microsoft's language service over many queries at once, in one node process for all (tools/kqlcheck.js)."""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.conftest import ROOT, node_tool
from tests.parts.workspace_schemas import SCHEMAS


@dataclass(frozen=True)
class Checked:
    diagnostics: list[dict[str, str]]
    columns: list[str]
    tokens: int
    pipes: int


def check_queries(
    queries: Mapping[str, str], tables: Mapping[str, Mapping[str, str]] = SCHEMAS, commands: Sequence[str] = ()
) -> dict[str, Checked]:
    """What the service says of each query against the tables' schemas (both whole tables by default).

    `commands` make the database that is asked; what the service says of each is under "commands 0", "commands 1", ...
    """
    service = _service()
    assert service.stdin
    assert service.stdout
    service.stdin.write(json.dumps({"tables": tables, "queries": queries, "commands": list(commands)}) + "\n")
    service.stdin.flush()
    answer = json.loads(service.stdout.readline())
    answer |= {f"commands {at}": found for at, found in enumerate(answer.pop("commands"))}
    return {name: Checked(**found) for name, found in answer.items()}


@cache
def _service() -> subprocess.Popen[str]:
    """The service takes a second to load, so it stays until this process ends."""
    node_tool("@kusto/language-service-next/package.json")
    command = ["node", str(ROOT / "tools" / "kqlcheck.js")]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    atexit.register(running.communicate)
    return running
