"""The Dockerfile: a linter finds nothing, and what it copies is enough to serve and to pass its own health check.

No Docker engine is needed: its instructions are read, its files copied to an empty folder, and its command and its
health check run there with this environment's Python (the image installs the same pinned requirements).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port, node_tool, own_folders, with_sample

PORT = "8501"


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def only(word: str) -> str:
    found = [rest for name, rest in instructions() if name == word]
    assert len(found) == 1
    return found[0]


def test_the_linter_finds_nothing():
    linter = node_tool("dockerfile-utils/bin/dockerfile-utils")
    ran = subprocess.run(["node", str(linter), "lint", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (0, "")


def test_it_does_not_run_as_root_and_installs_exactly_what_is_pinned():
    assert only("USER") not in ("root", "0")
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("CMD")
    assert any(name == "RUN" and "--require-hashes -r requirements.txt" in rest for name, rest in instructions())


def test_what_is_ignored_is_not_what_is_copied():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {source for source, _ in copies()} == kept


def copies() -> list[tuple[str, str]]:
    pairs = [rest.split() for word, rest in instructions() if word == "COPY"]
    return [(source, target) for source, target in pairs]


@pytest.fixture
def served(tmp_path: Path, sample_home: Path):
    """The copied files served by the image's own command, on another port."""
    site = tmp_path / "srv"
    for source, target in copies():
        goal = site / (source if target == "./" else target)
        goal.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, goal)
    port = str(free_port())
    command = [word.replace(PORT, port).replace("0.0.0.0", "127.0.0.1") for word in json.loads(only("CMD"))]
    home = {"HOME": str(tmp_path), **own_folders(with_sample(sample_home, tmp_path))}
    server = subprocess.Popen([sys.executable, "-m", *command], cwd=site, env={**os.environ, **home})
    try:
        wait_until_healthy(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_until_healthy(port: str) -> None:
    for _ in range(450):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def test_its_files_serve_the_dashboard_and_its_health_check_passes(served: str):
    """Tried as often as Docker would before it called the container unhealthy: this machine may be busy."""
    options, _, words = only("HEALTHCHECK").partition("CMD")
    check = json.loads(words)
    command = [sys.executable, *check[1:-1], check[-1].replace(PORT, served)]
    for _ in range(int(options.partition("--retries=")[2].split()[0])):
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode == 0:
            break
    assert ran.returncode == 0, ran.stderr
