"""What the ledger of an import tells about completeness: blobs that could not be read, whole or in part."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.words.numbers import counted


@runtime_checkable
class BlobLedger(Protocol):
    """A store that remembers each blob it read (LocalStore)."""

    def blobs(self) -> pd.DataFrame:
        """One row a blob: name, mac, hour, tuples, rejected, first, last, and more."""
        ...

    def rejections(self) -> pd.DataFrame:
        """What could not be taken, over all blobs: reason, tuples; most first."""
        ...


def unread(ledger: BlobLedger, window: FlowFilter, macs: frozenset[str] | None) -> list[str]:
    """In one sentence, the entries of these NICs (None: of all) in the window that could not be read, and why."""
    blobs = ledger.blobs()
    blobs = blobs[blobs["rejected"] > 0]
    moments = blobs["hour"].fillna(blobs["first"])
    kept = pd.Series(True, index=blobs.index)
    if window.since:
        kept &= moments.isna() | (moments >= pd.Timestamp(window.since).floor("h"))
    if window.until:
        kept &= moments.isna() | (moments < pd.Timestamp(window.until))
    if macs is not None:
        names = blobs["mac"].fillna("").astype("str").str.upper()
        kept &= (names == "") | names.isin({mac.upper() for mac in macs})
    found = blobs[kept]
    if found.empty:
        return []
    reasons = ledger.rejections()["reason"].astype("str").tolist()
    why = "; ".join(reason.rstrip(".") for reason in reasons[:2])
    entries = int(found["rejected"].sum())
    counts = counted(entries, "entry")
    return [f"{counts} of {counted(len(found), 'blob')} could not be read ({why})."]
