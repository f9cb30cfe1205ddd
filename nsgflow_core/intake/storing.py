"""Batches are stored in a thread of their own, one at a time and in order, while the next one is gathered."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from nsgflow_core.intake.report import ImportReport
from nsgflow_core.stores.local.ledger import BlobBatch, Committed
from nsgflow_core.stores.local.store import LocalStore


class Storing:
    """The commits of one import. What they stored is in its report once the next begins or all are ended."""

    def __init__(self, store: LocalStore, report: ImportReport) -> None:
        self.tuples = 0
        """So many were handed over."""
        self._store = store
        self._report = report
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nsgflow-store")
        self._waiting: tuple[BlobBatch, Future[Committed]] | None = None

    def store(self, batch: BlobBatch) -> None:
        """Store a batch once the one before is stored. Raises what storing that one raised."""
        self._wait()
        self.tuples += len(batch.flows)
        self._waiting = batch, self._pool.submit(self._store.commit, batch)

    def end(self) -> None:
        """Wait for the last. Raises what storing it raised."""
        try:
            self._wait()
        finally:
            self._pool.shutdown()

    def _wait(self) -> None:
        if self._waiting is None:
            return
        (batch, future), self._waiting = self._waiting, None
        done, report = future.result(), self._report
        report.tuples += done.tuples
        report.rejected += done.rejected
        report.replaced += done.replaced
        report.extend(done.first, done.last)
        for advance, is_stored in zip(batch.advances, done.stored, strict=True):
            if is_stored and advance.rejected:
                report.reasons = dict(Counter(report.reasons) + Counter(advance.rejected))
