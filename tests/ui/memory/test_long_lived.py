"""Streamlit's collection after each run looks through no module, and garbage made before and after still goes."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.memory import long_lived


@pytest.fixture(autouse=True)
def a_fresh_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    gc.unfreeze()
    monkeypatch.setattr(long_lived, "_first", threading.Lock())
    yield
    gc.unfreeze()


class Circle:
    def __init__(self) -> None:
        self.itself = self


def left_alone() -> weakref.ref[Circle]:
    return weakref.ref(Circle())


def test_the_first_page_that_ends_puts_aside_what_it_imported(opened: Callable[..., AppTest]) -> None:
    opened("overview")
    held = gc.get_freeze_count()
    assert held > 20 * len(gc.get_objects()), "what is left to look through is little"
    opened("rules")
    assert gc.get_freeze_count() <= held, "what later runs hold goes as ever"


def test_garbage_of_before_and_after_goes() -> None:
    before = left_alone()
    with long_lived.put_aside():
        pass
    after = left_alone()
    gc.collect()
    assert (before(), after()) == (None, None)
