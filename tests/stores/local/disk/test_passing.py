"""Temporary folders in which flows lie go with their process, also when it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsgflow_core.stores.local.disk import locks, passing
from tests.conftest import ROOT

MAKE = (
    "import sys, time\n"
    "from nsgflow_core.stores.local.disk.passing import made\n"
    "folder = made('kql')\n"
    "(folder / 'tables.duckdb').write_text('flows')\n"
    "print(folder, flush=True)\n"
    "time.sleep(600)\n"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    monkeypatch.setattr(tempfile, "tempdir", None)


def begun() -> tuple[subprocess.Popen[str], Path]:
    """A process and its folder, which is older than any that is just being made."""
    running = subprocess.Popen([sys.executable, "-c", MAKE], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    folder = Path(running.stdout.readline().strip())
    os.utime(folder / ".held", (0, 0))
    return running, folder


@pytest.mark.skipif(os.name == "nt", reason="TMPDIR names no folder there")
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    (dead, left), (living, used) = begun(), begun()
    try:
        dead.kill()
        dead.wait()
        assert left.is_dir()
        with passing.passing("copy"):
            assert left.is_dir(), "of another kind"
        with passing.passing("kql") as own:
            assert {each for each in tmp_path.iterdir() if each.is_dir()} == {used, own}
            os.utime(own / ".held", (0, 0))
            passing.remove(passing.made("kql"))
            assert own.is_dir(), "this process lives"
        assert (used / "tables.duckdb").read_text() == "flows"
        assert not own.exists()
    finally:
        living.kill()
        living.wait()


@pytest.mark.skipif(os.name == "nt", reason="TMPDIR names no folder there")
def test_without_locks_nothing_is_taken_for_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "is_ours", lambda handle: True)
    first = passing.made("kql")
    second = passing.made("kql")
    assert {*tmp_path.iterdir()} == {first, second}
    monkeypatch.setattr(passing, "is_ours", locks.is_ours)
    third = passing.made("kql")
    assert {*tmp_path.iterdir()} == {first, second, third}
    for each in (first, second, third):
        passing.remove(each)
    assert not [*tmp_path.iterdir()]
