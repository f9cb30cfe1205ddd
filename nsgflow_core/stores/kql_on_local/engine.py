"""KQL on local logs: the local store as the Traffic Analytics tables, asked with duckdb-kql.

The flows of a window are added up as Traffic Analytics does (per hour and equal addresses, destination port, NSG,
rule, direction, protocol and verdict; VNet logs in `NTANetAnalytics`, NSG logs in `AzureNetworkAnalytics_CL`) and
copied into a database of their own (`tables`). Queries run in a process beside ours that opens it read-only and locked:
a query sees those tables, and no file, network, setting or Python variable, and takes no more than `limits` say. Two
differences from Azure, both on purpose: a public address has a row of its own and stands in its address column as well
as in the packed one, and rule names keep their case.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import InputError, StoreError, StoreLimit
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.kql_on_local import limits
from nsgflow_core.stores.kql_on_local.process import QueryProcess
from nsgflow_core.stores.kql_on_local.tables.writing import measure_store, write_tables
from nsgflow_core.stores.local.disk import passing
from nsgflow_core.stores.local.disk.failures import as_our_errors
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.stores.stopping import ended_by

_turns = threading.BoundedSemaphore(limits.AT_ONCE)


class KqlOnLocal:
    """The two tables of one window of a store; `run` asks them. Safe to share between threads."""

    def __init__(
        self,
        store: KeptStore,
        since: datetime | None = None,
        until: datetime | None = None,
        seconds: float = limits.SECONDS,
        network: Inventory | None = None,
    ) -> None:
        """Adds up the window's flows now; `network` stands in for what is kept with the store.

        Raises StoreMissing when nothing was imported, and Cancelled when the question is to stop.
        """
        self._seconds = seconds
        self._idle: list[QueryProcess] = []
        self.tables = _write_tables(store, FlowFilter(since, until), kept.load(store) if network is None else network)
        weakref.finalize(self, _leave, self.tables, self._idle)

    def run(self, query: str, now: datetime | None = None) -> pd.DataFrame:
        """The answer, at most 30,000 rows and 32 MB (`attrs["partial"]` says when there was more).

        `now` is what now() and ago() count from; None is this moment. `attrs["render"]` is the chart asked for.
        Raises InputError for what is not KQL or names an unknown table or an operator that the engine lacks, and
        StoreLimit for a query that takes too long, too much memory, or nests too deeply.
        """
        if len(query) > limits.LONGEST:
            raise InputError(f"The query is longer than {limits.LONGEST:,} characters.", "Write it shorter.")
        with self._process() as process, ended_by(process.kill):
            return process.ask(query, now, self._seconds)

    @contextmanager
    def _process(self) -> Iterator[QueryProcess]:
        """A process of our own for one query: one that waits, or a new one. At most one waits on."""
        if not _turns.acquire(timeout=self._seconds):
            raise StoreLimit("Other queries are running.", "Wait until they have ended, then run it again.")
        try:
            process = self._waiting() or QueryProcess(self.tables)
            try:
                yield process
            except InputError:
                self._keep(process)
                raise
            except BaseException:  # its answer may still come, and must not be taken for the next one's
                process.end()
                raise
            self._keep(process)
        finally:
            _turns.release()

    def _waiting(self) -> QueryProcess | None:
        with suppress(IndexError):  # another thread may take the last one between a look and a grasp
            while not (process := self._idle.pop()).is_alive:
                process.end()
            return process
        return None

    def _keep(self, process: QueryProcess) -> None:
        if process.is_alive and not self._idle:
            self._idle.append(process)
        else:
            process.end()


def _write_tables(store: KeptStore, window: FlowFilter, network: Inventory) -> Path:
    """A file of the tables, in a folder of its own. Raises StoreError when there is no room for it."""
    try:
        tables = passing.made("kql") / "tables.duckdb"
    except OSError as failure:
        raise StoreError(f"No temporary folder can be made: {failure.strerror}.", "Free some space there.") from None
    try:
        measured = measure_store(store, window, network, {**network.nsg_names, **store.nsg_names})
        with (
            as_our_errors(tables),
            duckdb.connect(str(tables), config={"memory_limit": limits.BUFFERS}) as connection,
            ended_by(connection.interrupt),
        ):
            write_tables(connection, measured, network)
    except BaseException:
        _leave(tables, [])
        raise
    return tables


def _leave(tables: Path, idle: list[QueryProcess]) -> None:
    """End what waits, and take the folder away."""
    for process in idle:
        process.end()
    passing.remove(tables.parent)
