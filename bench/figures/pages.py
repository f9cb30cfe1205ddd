"""The first view of each page on a server of its own, in processor seconds of that server."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.pages.measure import Session
from tests.browser.server import running_server

_TICKS = os.sysconf("SC_CLK_TCK")


def pages_cold(store: Path, names: Sequence[str], times: int) -> Iterator[tuple[str, float]]:
    """The name of each of these pages and what its first view took: the median of so many servers that had shown
    Connect before."""
    for name in names:
        taken = []
        for _ in range(times):
            with (
                ThreadPoolExecutor(1) as in_a_thread,  # a loop may run in this one: Playwright leaves it so
                tempfile.TemporaryDirectory() as home,
                running_server(Path(home), health_check=False, store=store) as (address, process),
            ):
                taken.append(in_a_thread.submit(asyncio.run, _cold(address, process, name)).result())
        yield name, statistics.median(taken)


async def _cold(address: str, process: int, name: str) -> float:
    session = await Session.at(address)
    await session.view("connect", {})
    before = _processor_seconds(process)
    await session.view(name, {})
    took = _processor_seconds(process) - before
    await session.leave()
    return took


def _processor_seconds(process: int) -> float:
    """What a process took so far, of all its threads."""
    behind_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(behind_name[11]) + int(behind_name[12])) / _TICKS
