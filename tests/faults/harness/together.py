"""Processes that work at one moment. They are forked from one that has imported everything and opened nothing: each
begins in 20 ms, where a new interpreter imports for two seconds. Windows has no fork and starts interpreters."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

WHAT_THEY_USE = (
    "tests.faults.at_once.test_kept_at_once",
    "tests.faults.at_once.test_shared_file",
    "nsgflow_core.commands.given.network_files",
    "nsgflow_core.commands.rules.deciding",
)
"""The modules of what is called, and those that a command imports when it is run."""


if sys.platform == "win32":
    PROCESSES = multiprocessing.get_context("spawn")
else:
    PROCESSES = multiprocessing.get_context("forkserver")
    PROCESSES.set_forkserver_preload(list(WHAT_THEY_USE))


def at_once(work: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> list[int | None]:
    """A process for each call, whose first argument is the barrier at which all wait; their statuses."""
    start = PROCESSES.Barrier(len(calls))  # unlinked when nobody here has it: held until all have met
    people = started(work, start, calls)
    for each in people:
        each.join()
    return [each.exitcode for each in people]


def started(work: Callable[..., None], start: Any, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    """A process for each call, whose first argument is this barrier, and none of which runs our `__main__` first."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        people = [PROCESSES.Process(target=work, args=(start, *each)) for each in calls]
        for each in people:
            each.start()
    finally:
        sys.modules["__main__"] = main
    return people
