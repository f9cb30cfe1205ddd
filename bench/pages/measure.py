"""Views of the real server by its own protocol, no browser: seconds to the end of a run, and what memory it keeps.

    .venv/bin/python -m bench.pages.measure STORE [--views 200] [--filters 50] [--sessions 10] [--rest 0]

First every page once on a server of its own, cold, again, and after a change of its filter; then one session goes
through so many views of so many filters on one server, and its memory is printed on the way; then so many sessions ask
at once, each its own filter.
The floor in the same run is the store's own question of totals with that filter, asked in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame.navigation import PAGES
from tests.browser.server import running_server

_BIG = 1 << 30
Params = dict[str, str]


class Session:
    """One user's tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @classmethod
    async def at(cls, address: str) -> Session:
        """A new one on a server."""
        url = address.replace("http", "ws", 1) + "/_stcore/stream"
        return cls(await connect(url, subprotocols=[Subprotocol("streamlit")], max_size=_BIG, ping_interval=None))

    async def view(self, page: str, params: Params) -> float:
        """Seconds from asking for a view to the end of its run. Raises RuntimeError where the run failed."""
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(params)
        asked.rerun_script.page_name = page
        started = time.perf_counter()
        await self._socket.send(asked.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await self._answer())
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
                raise RuntimeError(f"{page}?{urlencode(params)}: {answer.delta.new_element.exception.message}")
            if kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return time.perf_counter() - started

    async def _answer(self) -> bytes:
        answer = await self._socket.recv(decode=False)
        assert isinstance(answer, bytes), "Streamlit speaks in bytes."
        return answer

    async def leave(self) -> None:
        """Close the tab."""
        await self._socket.close()


def megabytes(process: int, of: str = "VmRSS") -> int:
    """The memory that a process holds now; with VmHWM, the most that it ever held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{of}:"))) >> 10


def filters_of(store: LocalStore, count: int) -> list[Params]:
    """The first is none; then the busiest subnets, ports and addresses, which people look at."""
    ports, subnets = store.values("port", count), store.values("source", count)
    found: list[Params] = [{}]
    for way in itertools.chain.from_iterable(itertools.zip_longest(
        ({"source": each} for each in subnets), ({"port": each} for each in ports),
        ({"src_ip": each} for each in store.values("src_ip", count)))):  # fmt: skip
        if way is not None:
            found.append(way)
    return found[:count]


async def page_alone(
    address: str, name: str, params: Params, filters: Mapping[str, Params], rest: float
) -> list[float]:
    """A page of a server that showed Connect and nothing else, so many seconds ago: cold, the same again, and after
    each filter."""
    session = await Session.at(address)
    await session.view("connect", {})
    await asyncio.sleep(rest)
    taken = [await session.view(name, params | each) for each in ({}, {}, *filters.values())]
    await session.leave()
    return taken


def pages(store: Path, filters: Mapping[str, Params], rest: float) -> None:
    """Every page on a server of its own, so that cold is the first view of its questions."""
    print(f"{'page':<16}{'cold':>8}{'again':>8}" + "".join(f"{words:>22}" for words in filters))
    for name, params in (*((row.name, {}) for row in PAGES), ("denied", {"told": "story"})):
        with (
            tempfile.TemporaryDirectory() as home,
            running_server(Path(home), health_check=False, store=store) as (address, _),
        ):
            cold, again, *changed = asyncio.run(page_alone(address, name, params, filters, rest))
        told = " ".join((name, *params.values()))
        print(f"{told:<16}{cold:>8.2f}{again:>8.2f}" + "".join(f"{each:>22.2f}" for each in changed), flush=True)


async def views(address: str, process: int, filters: Sequence[Params], count: int) -> None:
    """One session through many views."""
    names = [row.name for row in PAGES if row.name not in ("connect", "rules")]
    session = await Session.at(address)
    taken: list[float] = []
    print(f"memory before {megabytes(process):,} MB")
    for number in range(count):
        page, chosen = names[number % len(names)], filters[(number // len(names)) % len(filters)]
        taken.append(await session.view(page, chosen))
        if (number + 1) % 20 == 0:
            print(f"after {number + 1:>4} views: {megabytes(process):>6,} MB, median {statistics.median(taken):.2f} s")
    await session.leave()


async def at_once(address: str, process: int, filters: Sequence[Params], count: int) -> None:
    """Many sessions, each its own filter, at the same moment."""
    sessions = [await Session.at(address) for _ in range(count)]
    Path(f"/proc/{process}/clear_refs").write_text("5")  # the most is counted from here
    page = itertools.cycle(("overview", "flows", "denied", "required_ports"))
    asked = [each.view(next(page), filters[-1 - at]) for at, each in enumerate(sessions)]
    taken = sorted(await asyncio.gather(*asked))
    print(f"{count} at once: first {taken[0]:.2f} s, median {statistics.median(taken):.2f} s, last {taken[-1]:.2f} s, "
          f"{megabytes(process):,} MB, {megabytes(process, 'VmHWM'):,} at most")  # fmt: skip
    for each in sessions:
        await each.leave()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--views", type=int, default=200)
    parser.add_argument("--filters", type=int, default=50)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--rest", type=float, default=0, help="seconds from Connect to a page's first view")
    asked = parser.parse_args()
    store = LocalStore(asked.store)
    filters = filters_of(store, asked.filters)
    started = time.perf_counter()
    store.fetch(FlowQuery(measures=("flows",), filter=FlowFilter.from_params({k: [v] for k, v in filters[1].items()})))
    print(f"floor, the totals of one filter in this process: {time.perf_counter() - started:.2f} s")
    a_subnet = next(each["source"] for each in filters if each.get("source", "Internet") != "Internet")
    pages(asked.store, {" ".join(each.values()): each for each in (
        {"destination": a_subnet}, {"source": "Internet"}, {"decision": "Denied"})}, asked.rest)  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as home,
        running_server(Path(home), health_check=True, store=asked.store) as (address, process),
    ):
        asyncio.run(views(address, process, filters, asked.views))
        if asked.sessions:
            asyncio.run(at_once(address, process, filters, asked.sessions))


if __name__ == "__main__":
    main()
