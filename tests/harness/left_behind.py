"""What tests change in their process is put back after each module: which others come after them is chance."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from nsgflow_core.words.log_lines import log

OF_PYTEST = "PYTEST_CURRENT_TEST"


@dataclass(frozen=True)
class State:
    """Something of the process that tests change."""

    look: Callable[[], Any]
    put: Callable[[Any], object]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != OF_PYTEST}


def _put_environment(before: dict[str, str]) -> None:
    for name in _environment().keys() - before:
        del os.environ[name]
    os.environ.update(before)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put_log(before: tuple[int, list[Any]]) -> None:
    level, log.handlers = before
    log.setLevel(level)


STATES = {
    "environment": State(_environment, _put_environment),
    "working folder": State(os.getcwd, os.chdir),
    "arguments": State(lambda: list(sys.argv), lambda before: setattr(sys, "argv", before)),
    "main module": State(lambda: sys.modules["__main__"], lambda before: sys.modules.update(__main__=before)),
    "umask": State(_umask, os.umask),
    "our log": State(lambda: (log.level, list(log.handlers)), _put_log),
}
"""A command run with --verbose leaves a log that is written to the standard error of its test, a page its script as
the main module, which every process that multiprocessing begins would run first."""


@contextmanager
def put_back() -> Iterator[None]:
    """At the end all of it is as it was."""
    before = {name: state.look() for name, state in STATES.items()}
    yield
    for name, state in STATES.items():
        if state.look() != before[name]:
            state.put(before[name])


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A module finds the process as it is for the first one, whatever the tests before did to it."""
    with put_back():
        yield
