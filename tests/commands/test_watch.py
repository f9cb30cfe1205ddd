"""`nsgflow watch` as a scheduler meets it: a line for each round, its exit status, who is told, and how it stops."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch.connections import Connection, save
from tests.commands.conftest import Run
from tests.conftest import ROOT
from tests.watch.logs import NOW, write_hour

HOUR = timedelta(hours=1)
QUIET = ("--silent-after", "99999d")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_hour(tmp_path / "logs", NOW, allowed=("10.0.2.1:443",))
    return tmp_path / "logs"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    return tmp_path / "flows.duckdb"


def test_one_line_a_round(logs: Path, file: Path, run: Run) -> None:
    status, printed, error = run("watch", logs, "--rounds", 2, "--every", "1s", *QUIET)
    assert (status, error) == (0, "")
    first, second = printed.splitlines()
    assert first.endswith("Z  1 blob with something new, 1 flow tuple")
    assert second.endswith("Z  0 blobs with something new, 0 flow tuples")


def test_what_is_new_is_told_to_a_command(logs: Path, file: Path, run: Run, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    command = f"'{sys.executable}' -c 'import sys; open(sys.argv[1], \"a\").write(sys.stdin.read())' '{told}'"
    assert run("watch", logs, "--once", "--command", command, *QUIET)[0] == 0
    assert not told.exists(), "nothing is new yet"
    write_hour(logs, NOW + HOUR, allowed=("10.0.2.9:25",), denied=("203.0.113.5",))
    status, printed, _ = run("watch", logs, "--once", "--command", command, *QUIET)
    assert status == 0
    assert "new service: 10.0.2.9 TCP 25; new denied source: 203.0.113.5" in printed
    assert json.loads(told.read_text())["new_services"]["rows"][0]["port"] == 25
    write_hour(logs, NOW + 2 * HOUR, allowed=("10.0.2.10:25",))
    status, printed, error = run("watch", logs, "--once", "--command", "/no/such/program", "--json", *QUIET)
    assert status == 1, "what is new was not told"
    assert json.loads(printed)["new_services"]["count"] == 1
    assert "The command /no/such/program cannot be started" in error


def test_statuses(logs: Path, file: Path, run: Run, tmp_path: Path) -> None:
    assert run("watch", tmp_path / "nothing", "--once")[0] == 2
    status, printed, error = run("watch", tmp_path / "nothing", "--rounds", 2, "--every", "1s")
    assert (status, len(printed.splitlines()), error) == (2, 2, ""), "it goes on, the source may come back"
    write_hour(logs, NOW + HOUR, allowed=("10.0.2.9:25",))
    (broken,) = logs.rglob("h=13/*/*/*.json")
    broken.write_bytes(b"<html>")
    assert run("watch", logs, "--once")[0] == 1
    for wrong in (("--every", "5"), ("--webhook", "http://example.com/"), ("--command", "'")):
        assert run("watch", logs, *wrong)[0] == 2


def test_a_remembered_connection_by_name(logs: Path, file: Path, run: Run) -> None:
    save(LocalStore(file), [Connection("Lab logs", str(logs), ""), Connection("Prod", "https://a.example", "key")])
    assert run("watch", "lab logs", "--once", *QUIET)[0] == 0
    assert LocalStore(file).extent().tuples == 1
    status, printed, _ = run("watch", "Prod", "--once")
    assert status == 2
    assert "Prod needs its account key again" in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_ends_calmly(logs: Path, tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "flows.duckdb"
    command = [sys.executable, "-m", "nsgflow_core", "watch", str(logs), "--store", str(file), "--every", "1h"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout
    assert "1 blob with something new" in running.stdout.readline()
    stopped = time.monotonic()
    running.send_signal(number)
    _, error = running.communicate(timeout=300)
    assert (running.returncode, error) == (0, "")
    assert time.monotonic() - stopped < 300, "it does not wait for the next round, an hour away"
    assert LocalStore(file).extent().tuples == 1
