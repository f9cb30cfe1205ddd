"""Streamlit's collection after each run looks through no module, and garbage made before and after still goes."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import threading
import time
import tomllib
import weakref
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.memory import long_lived
from tests.conftest import ROOT


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


def test_what_other_pages_import_goes_with_it() -> None:
    """In a process that has imported nothing yet."""
    asked = (
        "import gc, sys\n"
        "from nsgflow_core.ui.frame.navigation import import_all\n"
        "from nsgflow_core.ui.memory.long_lived import put_aside\n"
        "with put_aside(import_all):\n"
        "    pass\n"
        "print(len(gc.get_objects()), *sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    objects, *modules = told.stdout.split()
    assert int(objects) < 1_000
    needed = {
        node.module
        for page in (ROOT / "pages").glob("*.py")
        for node in ast.walk(ast.parse(page.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert len(needed) > 10
    assert needed <= set(modules)


def test_garbage_of_before_and_after_goes() -> None:
    before = left_alone()
    with long_lived.put_aside(lambda: None):
        pass
    after = left_alone()
    gc.collect()
    assert (before(), after()) == (None, None)


def test_garbage_of_many_runs_goes_in_one_search_soon_after_them(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    monkeypatch.setattr(long_lived, "AFTER", 0.2)
    monkeypatch.setattr(long_lived, "_search", long_lived.GarbageSearch(lambda: searched.append("all")))
    for _ in range(3):
        with long_lived.put_aside(lambda: None):
            pass
    assert searched == []
    time.sleep(0.6)
    assert searched == ["all"]
    with long_lived.put_aside(lambda: None):
        pass
    time.sleep(0.6)
    assert searched == ["all", "all"], "and again after later ones"


def test_streamlit_looks_for_none_itself() -> None:
    assert not tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["runner"]["postScriptGC"]


def test_no_threads_of_numpy_wait_for_each_other_by_turning():
    """Its threads for matrices: beside questions and imports they took the cores that they waited for."""
    of_server = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    asked = (
        "import os, nsgflow_core, numpy\n"
        "numpy.linalg.eigh(numpy.ones((300, 300)))\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=of_server, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "1"
