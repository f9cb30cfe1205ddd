"""Nothing of the process that a test changes reaches the tests of other modules."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from types import ModuleType

import pytest

from nsgflow_core.words.log_lines import log
from tests.harness.left_behind import STATES, put_back

CHANGES: Mapping[str, Callable[[], object]] = {
    "environment": lambda: (os.environ.pop("PATH"), os.environ.update(NSGFLOW_STORE="/tmp/of-a-test")),
    "working folder": lambda: os.chdir(".."),
    "arguments": lambda: sys.argv.append("--of-a-test"),
    "main module": lambda: sys.modules.update(__main__=ModuleType("page")),
    "umask": lambda: os.umask(0o200),
    "our log": lambda: log.handlers.append(logging.StreamHandler()),
}


@pytest.mark.parametrize("name", STATES)
def test_what_a_test_changes_is_put_back(name: str) -> None:
    before = STATES[name].look()
    with put_back():
        CHANGES[name]()
        assert STATES[name].look() != before
    assert STATES[name].look() == before
