# ruff: noqa: PT012
"""Every failure of the store's file is an error of our tree, of its kind: each made by real means, on a real file."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import (
    Cancelled,
    NsgflowError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreIncompatible,
    StoreMissing,
)
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.disk import file, opening
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.hostile_places import a_folder, a_long_name, a_loop, a_pipe, below_a_file, nobodys_home, zeros

GOLDEN = ROOT / "tests" / "golden"
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden blobs, imported."""
    path = tmp_path_factory.mktemp("whole") / "flows.duckdb"
    import_flows(FolderSource(GOLDEN), LocalStore(path))
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy to be hurt."""
    return Path(shutil.copy(whole, tmp_path / "flows.duckdb"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "PATIENCE", 0.2)


def questions(path: Path) -> None:
    """What pages and commands do with a store."""
    store = LocalStore(path)
    assert store.identity
    store.extent()
    store.fetch(FlowQuery(by=("src", "rule", "dst_port"), measures=("flows", "bytes")))
    store.blobs()
    store.cursors()
    store.save_setting("a", "b")


def said(path: Path) -> NsgflowError | None:
    """What is said of a store; None when it answers. Anything but an error of the tree fails the test."""
    try:
        questions(path)
    except NsgflowError as refused:
        error = refused
    else:
        return None
    assert error.message
    assert error.hint
    assert "\n" not in str(error)
    return error


def one_after_another(path: Path) -> Iterator[bytes]:
    held = path.read_bytes()
    dice = random.Random(9)
    for at in (*range(0, 12288, 2048), *(dice.randrange(12288, len(held)) for _ in range(6))):
        for damage in (dice.randbytes(8), dice.randbytes(5000)):
            yield held[:at] + damage + held[at + len(damage) :]
    for cut in (0, 1, 100, 4095, 4096, 8192, 12288, len(held) // 2, len(held) - 1):
        yield held[:cut]
    yield dice.randbytes(50_000)
    yield bytes(50_000)
    yield b"<html>not a store</html>"


def test_a_damaged_store_says_to_move_it_away_or_answers(path: Path) -> None:
    told = 0
    for content in one_after_another(path):
        path.with_name("flows.duckdb.wal").unlink(missing_ok=True)
        path.write_bytes(content)
        error = said(path)
        if error is not None:
            told += 1
            assert isinstance(error, StoreIncompatible), error
            assert "Move it away and import again" in error.hint
            assert str(path) in error.message
    assert told > 20


def test_a_damaged_write_ahead_log_is_named(path: Path) -> None:
    dies = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
    dies += "c.execute(\"INSERT INTO settings SELECT i, 'x' FROM range(500) r(i)\"); os._exit(0)"
    subprocess.run([sys.executable, "-c", dies, str(path)], check=True)
    log = path.with_name("flows.duckdb.wal")
    store, written = path.read_bytes(), log.read_bytes()
    told = []
    for at in (0, 8, 12, 16, 30, 60, 100, len(written) // 2):
        path.write_bytes(store)
        log.write_bytes(written[:at] + b"\xa5\x5a" * 8 + written[at + 16 :])
        told.append(said(path))
    log.unlink(missing_ok=True)
    log.mkdir()
    told.append(said(path))
    log.rmdir()
    os.mkfifo(log)
    told.append(said(path))
    named = [error for error in told if error]
    assert len(named) > 4
    assert all(isinstance(error, StoreDamaged) and str(log) in error.message for error in named)


def test_a_file_of_a_newer_duckdb_is_refused_as_such(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[12] = 99
    for _ in range(2):  # its checksum is made right as DuckDB tells it
        path.write_bytes(held)
        with pytest.raises(duckdb.Error) as refused:
            duckdb.connect(str(path))
        if found := re.search(r"computed checksum (\d+)", str(refused.value)):
            held[:8] = int(found[1]).to_bytes(8, "little")
    error = said(path)
    assert isinstance(error, StoreIncompatible)
    assert "another version of DuckDB" in error.message


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from nsgflow_core.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("size", [0, 4096, 20_000, 400_000])
def test_a_file_that_may_not_grow_is_a_full_disk_also_at_the_first_page(size: int, tmp_path: Path) -> None:
    path = tmp_path / "flows.duckdb"
    words = ["import", str(GOLDEN), "--store", str(path)]
    command = [sys.executable, "-c", LIMITED, str(size), *words]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if ended.returncode == 0:  # its write-ahead log had room, and holds it all
        assert LocalStore(path).extent().tuples == 24
    else:
        assert ended.returncode == 2
        assert "disk is full" in ended.stderr
        assert ended.stderr.count("\n") == 1
    assert ended.returncode == 2 or size > 4096
    import_flows(FolderSource(GOLDEN), LocalStore(path))  # what it left is no obstacle
    assert LocalStore(path).extent().tuples == 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB, where this machine lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_and_a_read_only_disk(small_disk: Path, whole: Path) -> None:
    (small_disk / "fill").write_bytes(bytes((1 << 20) - 8192))
    assert isinstance(said(small_disk / "new.duckdb"), StoreMissing)
    with pytest.raises(StoreFull):
        LocalStore(small_disk / "new.duckdb").save_setting("a", "b")
    assert not (small_disk / "new.duckdb").exists()
    (small_disk / "fill").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="read-only"):
        LocalStore(small_disk / "new.duckdb").save_setting("a", "b")


def test_memory_and_the_place_for_what_exceeds_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sorting = "SELECT i, hash(i) AS k, repeat('x', 200) AS t FROM range(300000) r(i) ORDER BY k"
    monkeypatch.setattr(opening, "MEMORY_LIMIT", "10MB")
    Path(f"{path}.tmp").write_text("a file where a folder should be")
    with pytest.raises(StoreFull, match=r"\.tmp"), file.store_file(path).reading() as cursor:
        cursor.sql(sorting).to_arrow_table()
    with pytest.raises(StoreError, match="more memory"), file.store_file(path).reading() as cursor:
        cursor.execute("SET temp_directory = ''")
        cursor.sql(sorting).to_arrow_table()
    monkeypatch.setattr(opening, "MEMORY_LIMIT", "lots")
    with pytest.raises(StoreError, match="NSGFLOW_MEMORY_LIMIT"):
        questions(path)


def test_another_process_is_named_and_a_stopped_question_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.2)
    holds = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holds, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        error = said(path)
        assert isinstance(error, StoreBusy)
        assert f"process {holder.pid}" in error.message
        holder.kill()
    with pytest.raises(Cancelled), file.store_file(path).reading() as cursor:
        threading.Timer(0.2, cursor.interrupt).start()
        cursor.execute("SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 1")


def test_a_program_with_too_many_files_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.2)
    resource = pytest.importorskip("resource")
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))), usual[1]))  # noqa: PTH208
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        error = said(path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        for handle in taken:
            os.close(handle)
    assert error is not None
    assert "too many files" in error.message


def no_text(folder: Path) -> Path:
    return folder / os.fsdecode(b"caf\xe9.duckdb")


@pytest.mark.parametrize("place", [a_long_name, no_text, a_folder, a_pipe, a_loop, below_a_file, zeros, nobodys_home])
def test_a_place_where_no_store_can_be(place: Callable[[Path], Path], tmp_path: Path) -> None:
    started = time.monotonic()
    where = place(tmp_path)
    for ask in (questions, lambda path: LocalStore(path).save_setting("a", "b")):
        with pytest.raises(StoreError) as refused:
            ask(where)
        assert refused.value.hint
        str(refused.value).encode()
    assert time.monotonic() - started < 5


@pytest.mark.skipif(not AS_ROOT, reason="needs another user")
def test_a_file_and_a_folder_of_somebody_else(path: Path) -> None:
    locked = path.parent / "locked"
    locked.mkdir(mode=0o700)
    shutil.copy(path, locked / "flows.duckdb")
    path.chmod(0)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        told = [said(path), said(locked / "flows.duckdb"), said(locked / "new.duckdb")]
    finally:
        os.seteuid(0)
    assert all(error is not None and "no permission" in error.message for error in told)
