"""A real nsgflow server on a free port, with stores of its own, for browser tests and screenshots."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT, free_port, own_folders

CHECKOUT = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1", "--server.port")
"""What starts the pages of this checkout, from its top folder; the port follows."""


@contextmanager
def server(
    home: Path,
    *,
    health_check: bool = True,
    store: Path | None = None,
    command: Sequence[str] = CHECKOUT,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[str]:
    """The address of a fresh server with stores in `home`; `health_check` runs app.py once, as a container does."""
    with running_server(
        home, health_check=health_check, store=store, command=command, cwd=cwd, environment=environment, port=port
    ) as (address, _):
        yield address


@contextmanager
def running_server(
    home: Path,
    *,
    health_check: bool,
    store: Path | None,
    command: Sequence[str] = CHECKOUT,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[tuple[str, int]]:
    """The same with the number of its process."""
    port = port or free_port()
    surroundings = {
        **os.environ,
        **own_folders(home),
        **({"NSGFLOW_STORE": str(store)} if store else {}),
        **(environment or {}),
    }
    log = (home / "server.log").open("ab")
    running = subprocess.Popen([*command, str(port)], cwd=cwd, env=surroundings, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/_stcore/health", running)
        if health_check:
            _wait(f"{address}/_stcore/script-health-check", running)
        yield address, running.pid
    finally:
        running.terminate()
        running.wait(timeout=60)
        log.close()


def _wait(url: str, running: subprocess.Popen[bytes], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if running.poll() is not None:
            raise RuntimeError(f"The server ended with status {running.returncode}.")
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError(f"No answer from {url}.")
