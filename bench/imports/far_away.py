"""A wire of some milliseconds before a server on this machine: `with far_away(port, seconds) as its_port`.

Bytes wait in both directions and keep their order, as on a line to a region: a request and its answer take twice the
seconds, whatever the number of connections. It runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

_PIECE = 256 << 10


@contextmanager
def far_away(port: int, seconds: float) -> Iterator[int]:
    """The port of loopback behind which the one of `port` is so many seconds away."""
    ours, theirs = multiprocessing.Pipe()
    wire = multiprocessing.get_context("spawn").Process(target=_run, args=(port, seconds, theirs), daemon=True)
    wire.start()
    try:
        yield int(ours.recv())
    finally:
        wire.terminate()
        wire.join()


def _run(port: int, seconds: float, told: Connection) -> None:
    asyncio.run(_serve(port, seconds, told))


async def _serve(port: int, seconds: float, told: Connection) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, far_writer, seconds), _carry(far_reader, writer, seconds))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    try:
        while piece := await reader.read(_PIECE):
            loop.call_later(seconds, writer.write, piece)
    except OSError:
        pass
    loop.call_later(seconds, writer.close)
