"""What a KQL query can take is bounded while it takes it: memory, time, rows, bytes, depth; and it meets no secret."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.errors import NsgflowError, StoreError, StoreLimit
from nsgflow_core.stores.kql_on_local import asking, limits, worker
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.process import QueryProcess
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.stopping import Stop

ALL = "NTANetAnalytics"
MANY = f"{ALL} | extend k = 1 | project k"
JOINED = f"{MANY} | join kind=inner ({MANY}) on k | join kind=inner ({MANY}) on k"


@pytest.fixture(scope="module")
def engine(three_hours: LocalStore) -> KqlOnLocal:
    return KqlOnLocal(three_hours)


@pytest.fixture
def most_held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The most MB that each process held when it was ended."""
    held: list[int] = []
    end = QueryProcess.end

    def noted(process: QueryProcess) -> None:
        status = Path(f"/proc/{process.pid}/status")
        if status.exists() and (found := re.search(r"VmHWM:\s+(\d+)", status.read_text())):
            held.append(int(found[1]) >> 10)
        end(process)

    monkeypatch.setattr(QueryProcess, "end", noted)
    return held


@pytest.mark.parametrize(
    "bomb",
    [
        f'{ALL} | extend x = strrep("x", 1000000) | project x',
        'print x = strrep("x", 100000000)',
        "print x = parse_json(strcat('[', strrep('1,', 5000000), '1]')) | mv-expand x",
        f'{ALL} | summarize x = strcat_array(make_list(strrep("x", 1000000)), "")',
    ],
)
def test_memory_is_bounded_while_it_is_taken(bomb: str, engine: KqlOnLocal, most_held: list[int]) -> None:
    with pytest.raises(NsgflowError) as refused:
        engine.run(bomb)
    assert isinstance(refused.value, StoreLimit) or "not answered" in str(refused.value)
    assert all(megabytes < limits.MEMORY >> 20 for megabytes in most_held)
    assert len(engine.run(f"{ALL} | take 1")) == 1


def test_an_answer_is_cut_while_it_is_fetched(engine: KqlOnLocal) -> None:
    cut = engine.run(f'{ALL} | extend x = strrep("x", 100000) | project x')
    assert 300 < len(cut) < 336
    assert "32 MB" in cut.attrs["partial"]
    many = engine.run(JOINED)
    assert len(many) == limits.ROW_LIMIT
    assert "first 30,000 rows" in many.attrs["partial"]


@pytest.mark.parametrize(
    "deep",
    [
        "print x = " + "(" * 5000 + "1" + ")" * 5000,
        "print x = " + "not(" * 3000 + "true" + ")" * 3000,
        "print x = dynamic(" + "[" * 20000 + "]" * 20000 + ")",
        ALL + " | extend a = 1" * 1000,
        f"{ALL} | where {' and '.join(['1 == 1'] * 20000)}",
        "print '" + "x" * 200_000 + "'",
    ],
)
def test_a_deep_or_long_query_is_a_sentence(deep: str, engine: KqlOnLocal) -> None:
    with pytest.raises(NsgflowError, match=r"nests too deeply|longer than|give up|MB of memory"):
        engine.run(deep)
    assert len(engine.run("print x = " + "(" * 60 + "1" + ")" * 60)) == 1


def test_the_time_is_that_of_reading_running_and_making_the_answer(three_hours: LocalStore) -> None:
    for slow in (f"{JOINED} | summarize count()", f"{ALL} | where {' and '.join(['1 == 1'] * 9000)}"):
        started = time.monotonic()
        with pytest.raises(StoreLimit, match=r"longer than 1\.5 seconds"):
            KqlOnLocal(three_hours, seconds=1.5).run(slow)
        assert time.monotonic() - started < limits.START_SECONDS


def test_a_query_that_nobody_waits_for_ends_with_its_process(engine: KqlOnLocal) -> None:
    engine.run("print 1")
    stop, started = Stop(), time.monotonic()
    threading.Timer(0.3, stop.wish).start()
    with stop.minded(), pytest.raises(StoreLimit, match="give up"):
        engine.run(f"{JOINED} | summarize count()")
    assert time.monotonic() - started < engine._seconds
    assert len(engine.run("print 1")) == 1


def test_a_process_that_dies_is_a_sentence_and_the_next_query_runs(engine: KqlOnLocal) -> None:
    engine.run("print 1")
    (waiting,) = engine._idle
    waiting._process.kill()
    waiting._process.wait()
    assert len(engine.run("print 1")) == 1


def test_a_process_that_does_not_start_is_a_sentence(three_hours: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = KqlOnLocal(three_hours)
    for python in ("/nowhere/python", "/bin/false"):
        monkeypatch.setattr("sys.executable", python)
        with pytest.raises(StoreError, match="could not be started"):
            engine.run("print 1")


def test_the_process_has_no_secret_and_leaves_nothing(three_hours: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush-hush")
    engine = KqlOnLocal(three_hours)
    engine.run("print 1")
    (process,) = engine._idle
    environment = Path(f"/proc/{process.pid}/environ")
    assert not environment.exists() or b"hush-hush" not in environment.read_bytes()
    folder = engine.tables.parent
    del engine
    assert not folder.exists()
    assert not process.is_alive


def test_every_value_travels_as_what_it_is(engine: KqlOnLocal) -> None:
    kql = "print a = 1, a = 2, b = 2.5, c = 'x', d = datetime(2026-01-01), e = 1h, f = true, g = dynamic([1, 2])"
    found = engine.run(kql)
    local = asking.answer(asking.open_locked(engine.tables), kql)
    assert list(found.columns) == list(local.columns)
    assert list(found.columns)[:2] == ["a", "a1"]
    assert found.iloc[0].tolist() == local.iloc[0].tolist()
    mixed = pd.DataFrame({"x": [1, "two", None], "y": [2**80, 1, 2], "z": pd.to_datetime(["2026-01-01"] * 3)})
    assert worker.from_bytes(worker.to_bytes(mixed))["x"].tolist()[:2] == ["1", "two"]
