"""What a kill leaves beside a file does not stay: the next who writes there removes it, once it can be nobody's."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.commands.telling.written import put_file
from nsgflow_core.stores.lake.destination import Folder
from nsgflow_core.stores.local.disk import opening
from nsgflow_core.stores.local.disk.engines import overflow_of
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.backup import back_up
from nsgflow_core.stores.local.upkeep.copying import STALE_SECONDS
from nsgflow_core.ui.frame import session
from tests.faults.harness.points import POINTS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no fork and no kill -9")


def killed(work: Callable[[], object], is_time: Callable[[], bool]) -> None:
    """A process that does this, killed as soon as it is time."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    until = time.monotonic() + 60
    while not is_time() and time.monotonic() < until:
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended before it was killed"


def into_a_file(place: Path) -> None:
    put_file(place, b"x" * (64 << 20))


def into_a_lake(place: Path) -> None:
    Folder(place.parent).put(place.name, lambda opened: opened.writelines([b"x" * (1 << 20)] * 64))


def a_copy(place: Path) -> None:
    store = LocalStore(place.parent.parent / "flows.duckdb")
    store.save_setting("note", "kept")
    back_up(store, place, replace=True)


WRITERS = {"put": into_a_file, "lake": into_a_lake, "copy": a_copy, "sample": session._fill}
"""Each way to write beside a file and then in its place."""


@pytest.mark.parametrize("way", WRITERS)
def test_what_was_half_written_goes_with_the_next_writing(way: str, tmp_path: Path) -> None:
    place = tmp_path / "written" / "whole"
    place.parent.mkdir()
    killed(lambda: WRITERS[way](place), lambda: any(place.parent.iterdir()))
    left = [each for each in place.parent.iterdir() if each != place]
    assert left or way == "copy", "it writes in place"
    WRITERS[way](place)
    assert {*left, place} == {*place.parent.iterdir()}, "another may be writing there"
    long_ago = time.time() - STALE_SECONDS - 1
    for each in left:
        os.utime(each, (long_ago, long_ago))
    WRITERS[way](place)
    assert [*place.parent.iterdir()] == [place]


def spill(store: LocalStore) -> None:
    opening.MEMORY_LIMIT = "60MB"
    with store.asking() as connection:
        connection.execute("CREATE TEMP TABLE t AS SELECT uuid()::VARCHAR AS u FROM range(3_000_000)")
        connection.execute("SELECT * FROM t ORDER BY u").fetchall()


def test_what_exceeded_a_killed_questions_memory_goes_with_the_next_change(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "flows.duckdb")
    store.save_setting("note", "there")
    overflow = overflow_of(store.path)
    killed(lambda: spill(store), lambda: any(overflow.glob("*_storage_*")))
    (overflow / "mine.txt").write_text("somebody's")
    store.save_setting("note", "changed")
    assert [each.name for each in overflow.iterdir()] == ["mine.txt"]
    (overflow / "mine.txt").unlink()
    store.save_setting("note", "again")
    assert [each.name for each in tmp_path.iterdir()] == ["flows.duckdb"]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.words)
def test_every_point_of_the_campaign_is_there(point) -> None:
    assert callable(point.found[-1])
