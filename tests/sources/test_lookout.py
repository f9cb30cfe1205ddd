"""One thread looks at all watches with answers on their way, and ends when there are none."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from nsgflow_core.sources.blob_storage import stalls
from nsgflow_core.sources.blob_storage.stalls import Watch


class Body:
    closed = False

    def __init__(self) -> None:
        self.was_shut = threading.Event()

    def tell(self) -> int:
        return 0

    def shutdown(self) -> None:
        self.was_shut.set()


def lookers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "nsgflow-watch"]


def answer(body: Body) -> tuple[SimpleNamespace, SimpleNamespace]:
    return SimpleNamespace(headers={}), SimpleNamespace(status_code=200, internal_response=SimpleNamespace(raw=body))


def await_no_lookers() -> None:
    deadline = time.monotonic() + 5
    while lookers():
        assert time.monotonic() < deadline, "the thread outlives what it looks at"
        time.sleep(0.01)


def test_many_watches_have_one_thread_that_ends_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "_LOOK_SECONDS", 0.01)
    bodies = [Body() for _ in range(20)]
    for body in bodies[1:]:
        with Watch(lambda: False) as watch:
            watch.follow(*answer(body))
    with Watch(lambda: True) as cancelled:
        cancelled.follow(*answer(bodies[0]))
        assert len(lookers()) == 1
        assert bodies[0].was_shut.wait(5)
    assert not any(body.was_shut.is_set() for body in bodies[1:])
    await_no_lookers()


def test_a_watch_that_fails_takes_no_later_one_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fails() -> bool:
        raise RuntimeError("asked too often")

    with Watch(fails) as broken:
        broken.follow(*answer(Body()))
        await_no_lookers()
    body = Body()
    with Watch(lambda: True) as cancelled:
        cancelled.follow(*answer(body))
        assert body.was_shut.wait(5)
