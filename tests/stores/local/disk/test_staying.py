"""A file that stays open for moments: opened once for questions in a row, and in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.disk import file, opening, staying
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, row, store_of

QUERY = FlowQuery(by=("src_ip",), measures=("flows",))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []

    def open_it(path: Path, writable: bool) -> object:
        found.append(path)
        return opening.opened(path, writable)

    monkeypatch.setattr(file, "opened", open_it)
    return found


def made(path: Path, source: str = "10.0.0.1", seconds: float = 0.4) -> LocalStore:
    store = store_of(path, [row((source, "10.0.0.2", "TCP", 443), START)], SubnetMap())
    store.stay_open(seconds)
    return store


def eventually(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


def is_closed(store: LocalStore) -> bool:
    return store._file._open_file is None


def test_questions_in_a_row_open_it_once_and_it_closes_by_itself(tmp_path: Path, opened: list[Path]) -> None:
    store = made(tmp_path / "f.duckdb", seconds=5)
    opened.clear()
    answers = [store.fetch(QUERY) for _ in range(3)]
    assert len(opened) == 1
    assert not is_closed(store)
    assert answers[0].equals(answers[2])
    store.stay_open(0.1)
    store.fetch(QUERY)
    assert eventually(lambda: is_closed(store))


def test_a_command_opens_it_once(tmp_path: Path, opened: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    store = made(tmp_path / "f.duckdb", seconds=0)
    opened.clear()
    asked = ["--subnet", "10.0.0.0/24", "--direction", "Inbound", "--store", str(store.path)]
    assert main(["rules", "draft", *asked]) == 0
    assert "Allow" in capsys.readouterr().out
    assert opened == [store.path]


def test_it_stays_open_nowhere_that_nobody_asked_for(tmp_path: Path) -> None:
    store = made(tmp_path / "f.duckdb", seconds=0)
    store.fetch(QUERY)
    assert is_closed(store)


def test_a_writer_of_this_process_does_not_wait_for_it(tmp_path: Path) -> None:
    store = made(tmp_path / "f.duckdb", seconds=600)
    store.fetch(QUERY)
    store.save_setting("note", "written")
    assert store.setting("note") == "written"


def test_one_that_was_open_for_long_closes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = made(tmp_path / "f.duckdb", seconds=600)
    monkeypatch.setattr(staying, "AT_MOST", 0.0)
    store.fetch(QUERY)
    assert is_closed(store)


def test_another_process_gets_to_write(tmp_path: Path) -> None:
    store = made(tmp_path / "f.duckdb")
    store.fetch(QUERY)
    write = (
        "import sys; from pathlib import Path; from nsgflow_core.stores.local.store import LocalStore; "
        "LocalStore(Path(sys.argv[1])).save_setting('note', 'from elsewhere')"
    )
    subprocess.run([sys.executable, "-c", write, str(store.path)], check=True, timeout=120)
    assert store.setting("note") == "from elsewhere"


def test_a_file_that_took_its_place_is_the_one_that_answers(tmp_path: Path) -> None:
    store = made(tmp_path / "f.duckdb", seconds=600)
    assert store.fetch(QUERY)["src_ip"].tolist() == ["10.0.0.1"]
    other = made(tmp_path / "other.duckdb", "10.0.0.9", seconds=0)
    other.path.replace(store.path)
    assert store.fetch(QUERY)["src_ip"].tolist() == ["10.0.0.9"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
def test_a_file_that_was_copied_over_it_is_the_one_that_answers(tmp_path: Path) -> None:
    store, other = made(tmp_path / "f.duckdb", seconds=60), made(tmp_path / "g.duckdb", source="10.9.9.9")
    identity = store.identity
    assert list(store.fetch(QUERY)["src_ip"]) == ["10.0.0.1"]
    store.path.write_bytes(other.path.read_bytes())
    assert list(store.fetch(QUERY)["src_ip"]) == ["10.9.9.9"]
    assert store.identity != identity


def test_a_fork_takes_no_open_file_along(tmp_path: Path) -> None:
    store = made(tmp_path / "f.duckdb", seconds=600)
    store.fetch(QUERY)
    child = os.fork()
    if not child:
        os._exit(0 if is_closed(store) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
