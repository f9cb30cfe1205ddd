"""Tables beside the flows of every store that a test makes, for a run of the suite with `--tables`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps

from nsgflow_core.stores.local.ledger import BlobBatch, Committed, Reading
from nsgflow_core.stores.local.store import LocalStore


def make_tables_at_each_commit() -> None:
    """From now on in this process: files that it makes have them in others too."""
    commit = LocalStore.commit

    @wraps(commit)
    def commit_with_tables(self: LocalStore, read: BlobBatch | Sequence[Reading]) -> Committed:
        committed = commit(self, read)
        self.work_out_ahead(0)
        return committed

    setattr(LocalStore, "commit", commit_with_tables)  # noqa: B010 - a method of a class is not to be assigned
