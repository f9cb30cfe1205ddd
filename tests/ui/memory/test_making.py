"""An answer that takes long can be left: it goes on for who still waits, and stops when nobody does."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from nsgflow_core.errors import Cancelled
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.stopping import Stop, ended_by
from nsgflow_core.ui.memory import making
from nsgflow_core.ui.memory.answers import KeptAnswers

ENDLESS = "SELECT sum(a.range + b.range) FROM range(1000000) a, range(1000000) b"
"""Hours of work for DuckDB."""


class GoneElsewhere(BaseException):
    """What Streamlit raises in a run whose user did something else."""


def leave(seconds: float) -> None:
    raise GoneElsewhere


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "LOOK", 0.005)
    monkeypatch.setattr(making, "GRACE", 0.05)


def slow_question(path: Path, ended: threading.Event) -> str:
    with store_file(path).writing():
        pass
    try:
        with store_file(path).reading() as cursor:
            cursor.sql(ENDLESS).fetchall()
    finally:
        ended.set()
    return "never"


def test_a_question_that_nobody_waits_for_is_stopped_in_the_engine(tmp_path: Path) -> None:
    answers, ended = KeptAnswers(1), threading.Event()
    with pytest.raises(GoneElsewhere):
        answers.once("slow", lambda: slow_question(tmp_path / "f.duckdb", ended), leave)
    assert ended.wait(20)
    assert answers.once("slow", lambda: "asked anew") == "asked anew"


def test_who_comes_back_in_time_waits_for_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "GRACE", 20)
    answers, go_on, made = KeptAnswers(1), threading.Event(), []

    def make() -> str:
        made.append(1)
        go_on.wait(20)
        return "answer"

    with pytest.raises(GoneElsewhere):
        answers.once("question", make, leave)
    threading.Timer(0.05, go_on.set).start()
    assert (answers.once("question", make), made) == ("answer", [1])


def test_one_who_leaves_takes_it_from_nobody_else() -> None:
    answers, go_on, found = KeptAnswers(1), threading.Event(), []
    stays = threading.Thread(target=lambda: found.append(answers.once("question", lambda: str(go_on.wait(20)))))
    stays.start()
    with pytest.raises(GoneElsewhere):
        answers.once("question", lambda: "another", leave)
    time.sleep(making.GRACE * 2)
    go_on.set()
    stays.join(20)
    assert found == ["True"]


def test_after_the_wish_nothing_more_begins() -> None:
    stop = Stop()
    with stop.minded():
        with ended_by(lambda: None):
            stop.wish()
        with pytest.raises(Cancelled), ended_by(lambda: None):
            pytest.fail("it was to end")
    with ended_by(lambda: None):
        pass  # outside, it is nobody's wish


def test_a_wish_that_an_engine_forgets_is_told_again_as_long_as_something_runs() -> None:
    """DuckDB forgets one that comes while a statement is about to begin: that question ran on to its end."""
    stop, told, heard = Stop(), list[float](), threading.Event()

    def end() -> None:
        told.append(time.monotonic())
        if len(told) == 3:
            heard.set()

    with stop.minded(), ended_by(end):
        stop.wish()
        assert heard.wait(20)
    time.sleep(0.15)  # the look that was due by then
    count = len(told)
    time.sleep(0.25)
    assert len(told) == count
