"""Children that may die: one process that has imported everything, and forks one for each piece of work.

`python -m tests.faults.harness.child` reads a `Task` a line and answers with an `End` a line. Forking before anything
was opened makes a child in 20 ms that a new interpreter would need a second for.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.errors import NsgflowError
from nsgflow_core.intake import importing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from tests.conftest import ROOT
from tests.faults.harness.points import POINTS

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Task:
    """What a child does, and what is done to it."""

    action: str
    logs: str
    store: str
    copy: str = ""
    point: int | None = None
    """Index into POINTS."""
    seconds: float | None = None
    """Killed after so long."""
    most_bytes: int | None = None
    """No file may grow beyond this: a full disk, as a limit of the process tells it (EFBIG)."""


@dataclass(frozen=True)
class End:
    """How a child ended: killed, with a sentence (1), with a traceback (2), or well (0)."""

    killed: bool
    status: int
    said: str


class Children:
    """Runs tasks, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, task: Task) -> End:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        return End(**json.loads(self._process.stdout.readline()))


@contextmanager
def children() -> Iterator[Children]:
    """The process that forks them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.harness.child"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Children(process)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait(120)
        process.stdout.close()


def do(task: Task) -> None:
    """The work, in small commits."""
    importing.BATCH_TUPLES = 100
    store = LocalStore(Path(task.store))
    match task.action:
        case "import" | "import compiled":
            if task.action != "import":
                importing.COMPILED_FROM = 0
            importing.import_flows(FolderSource(task.logs), store)
        case "step":
            store.extent()
        case "retire":
            keeping.retire(store, NOW)
        case "rebuild":
            rebuild(store, lambda into: import_flows(FolderSource(task.logs), into))
        case "backup":
            back_up(store, Path(task.copy), replace=True)


def _run_in_child(task: Task, told: int) -> int:
    if task.most_bytes is not None:
        import resource  # only where there is fork

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (task.most_bytes, task.most_bytes))
    try:
        if task.point is not None:
            POINTS[task.point].arm()
        do(task)
    except NsgflowError as error:
        os.write(told, str(error).encode()[:4000])
        return 1
    except BaseException:
        os.write(told, traceback.format_exc().encode()[-4000:])
        return 2
    return 0


def _fork(task: Task) -> End:
    hearing, telling = os.pipe()
    child = os.fork()
    if not child:
        os.close(hearing)
        os._exit(_run_in_child(task, telling))
    os.close(telling)
    if task.seconds is not None:
        time.sleep(task.seconds)
        os.kill(child, signal.SIGKILL)
    said = b""
    while select.select([hearing], [], [], 120)[0] and (more := os.read(hearing, 4096)):
        said += more
    os.close(hearing)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    return End(killed, -1 if killed else os.WEXITSTATUS(status), said.decode("utf-8", "replace"))


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_fork(Task(**json.loads(line))))) + "\n")
        sys.stdout.flush()
