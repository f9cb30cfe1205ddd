"""A store filled anew from its source: made beside the old one, which it replaces in one step when it is whole.

Questions and imports go on in the old store meanwhile. What people kept (settings, inventory, rules, decisions, maps,
names, history) is taken over at the moment of the change, so that nothing of it is lost either.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nsgflow_core.errors import StoreError
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.copying import REBUILD, beside
from nsgflow_core.stores.local.upkeep.swapping import Missing, start_beside, take_over

Fill = Callable[[LocalStore], ImportReport]
"""Imports all sources into the store it is given."""


def rebuild(store: LocalStore, fill: Fill, *, drop_missing: bool = False) -> ImportReport:
    """Fill a new store and let it take this one's place. A store that is not there yet is just filled.

    The old one stays when anything could not be read, when it was cancelled, or when it holds blobs that the source
    no longer does, unless `drop_missing` gives those up. Raises StoreMissing, StoreBusy, StoreError, and what `fill`
    raises.
    """
    if not store.path.exists():
        return fill(store)
    with beside(Path(f"{store.path}{REBUILD}{os.getpid()}")) as new:
        fresh = LocalStore(new)
        start_beside(store, fresh)
        report = fill(fresh)
        _refuse_unless_whole(report)
        take_over(store, fresh, _refuse_less if not drop_missing else None)
    report.rebuilt = True
    return report


def _refuse_unless_whole(report: ImportReport) -> None:
    if report.cancelled:
        raise StoreError("The rebuild was cancelled.", "The store is as it was.")
    if report.exit_status:
        told = [*report.failures, *report.rejected_blobs][:1]
        why = f" The first of what could not be read: {told[0].blob}: {told[0].reason}" if told else ""
        raise StoreError("The rebuild is not whole, so the store stays as it was.", f"Try again.{why}")


def _refuse_less(missing: Missing) -> None:
    if missing.blobs:
        raise StoreError(
            f"The store stays as it was: {missing.words}", "Widen the window; or give those up (--drop-missing)."
        )
