"""A real nsgflow server on a free port, with stores of its own, for browser tests and screenshots."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(home: Path, *, health_check: bool = True, store: Path | None = None) -> Iterator[str]:
    """The address of a fresh server with stores in `home`; `health_check` runs app.py once, as a container does."""
    port = free_port()
    environment = {
        **os.environ,
        "NSGFLOW_STORE": str(store or home / "flows.duckdb"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1"]
    log = (home / "server.log").open("ab")
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/_stcore/health", running)
        if health_check:
            _wait(f"{address}/_stcore/script-health-check", running)
        yield address
    finally:
        running.terminate()
        running.wait(timeout=20)
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
