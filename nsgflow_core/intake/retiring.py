"""An import into a store that keeps so many days: what is older is not read, and what grew older goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from nsgflow_core.errors import StoreError
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.base import Source, overlaps
from nsgflow_core.sources.left_out import Listing
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping


def listed(
    source: Source, store: LocalStore, since: datetime | None, until: datetime | None
) -> tuple[Listing, datetime | None]:
    """The blobs of a window that the store would keep; and since when it keeps, where the window begins before that.

    Without it a blob whose flows went would be read again, only to go again. Raises SourceError.
    """
    listing = Listing.of(source.blobs(_later(since, keeping.kept_since(store)), until))
    newest = max((blob.hour for blob in listing.blobs if blob.hour), default=None)
    first = keeping.kept_since(store, newest=newest)
    if first is None:
        return listing, None
    kept = tuple(blob for blob in listing.blobs if overlaps(blob.hour, first, None))
    is_narrowed = (since is None or since < first) and (until is None or until > first or not kept)
    return replace(listing, blobs=kept), first if is_narrowed else None


def retire_after(report: ImportReport, store: LocalStore) -> None:
    """Let go what the store keeps no longer, and say it in the report; also why it could not go."""
    if report.cancelled:
        return
    try:
        gone = keeping.retire(store)
    except StoreError as error:
        report.not_retired = str(error)
        return
    if gone:
        report.retired, report.retired_before = gone.tuples, gone.before


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)
