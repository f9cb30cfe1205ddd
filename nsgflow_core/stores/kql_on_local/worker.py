"""The process that runs KQL queries: `python -m nsgflow_core.stores.kql_on_local.worker TABLES`.

A query is text of strangers, and an engine in our own process could take its memory (strrep over rows took 5.9 GB under
DuckDB's limit of 1 GB), its stack and its time. So it runs here: the operating system holds the memory, and whoever
asked ends this process when the time is over. It has no secret: its environment is made anew by `process`.

Frames on standard output: one letter, eight bytes of length, content. Queries on standard input: JSON, one a line.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa

from nsgflow_core.errors import InputError, NsgflowError
from nsgflow_core.stores.kql_on_local import asking, limits

READY, ANSWER, INPUT, LIMIT = b"R", b"A", b"I", b"L"
SAID = ("partial", "render")
"""What an answer's `attrs` say of it."""
_DEEPEST = 5_000
"""Calls of the translator inside each other; a hundred parentheses take more than Python's usual 1,000."""


def main() -> None:
    """Answer query after query, until nobody asks any more."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.setrecursionlimit(_DEEPEST)
    connection = asking.open_locked(Path(sys.argv[1]))
    _bound()
    asked: queue.Queue[tuple[str, str | None]] = queue.Queue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    write_frame(out, READY, b"")
    while True:
        try:
            write_frame(out, ANSWER, to_bytes(asking.answer(connection, *asked.get())))
        except NsgflowError as error:
            kind = INPUT if isinstance(error, InputError) else LIMIT
            write_frame(out, kind, json.dumps([error.message, error.hint]).encode())


def write_frame(out: BinaryIO, kind: bytes, content: bytes) -> None:
    """One frame."""
    out.write(kind + len(content).to_bytes(8, "big") + content)
    out.flush()


def to_bytes(answer: pd.DataFrame) -> bytes:
    """An answer as an Arrow stream; a column of mixed values becomes text."""
    arrays = [_array(column) for _, column in answer.items()]
    table = pa.Table.from_arrays(arrays, list(map(str, answer.columns)))
    table = table.replace_schema_metadata({name: answer.attrs.get(name, "") for name in SAID})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def from_bytes(content: bytes) -> pd.DataFrame:
    """The answer that `to_bytes` wrote."""
    table = pa.ipc.open_stream(content).read_all()
    answer: pd.DataFrame = pd.DataFrame({name: _series(table.column(name)) for name in table.column_names})
    for name in SAID:
        if said := table.schema.metadata[name.encode()].decode():
            answer.attrs[name] = said
    return answer


def _series(column: pa.ChunkedArray) -> Any:
    """A pandas Series; whole numbers stay whole beside unknown ones."""
    types = {pa.int64(): pd.Int64Dtype()} if column.null_count else {}
    return column.to_pandas(types_mapper=types.get)


def _array(column: pd.Series) -> pa.Array:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return pa.array([None if pd.isna(value) else str(value) for value in column], pa.string())


def _listen(asked: queue.Queue[tuple[str, str | None]]) -> None:
    """Queries as they come; when nobody can ask any more, the end, also in the middle of one."""
    for line in sys.stdin.buffer:
        asked.put(tuple(json.loads(line)))
    os._exit(0)


def _bound() -> None:
    """What the operating system holds: memory, no file written, no core dumped. Windows cannot."""
    try:
        import resource
    except ImportError:
        return
    wanted = {"RLIMIT_DATA": limits.MEMORY, "RLIMIT_AS": 4 * limits.MEMORY, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in wanted.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    main()
