"""Hours of which a NIC's log is missing, and blobs of which parts could not be read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.finding.seen import SetupSeen
from nsgflow_core.coverage.finding.silence import silent_after
from nsgflow_core.coverage.gap import Gap, gap
from nsgflow_core.rules.proof.gaps import find_gaps, nic_in_words, stretches
from nsgflow_core.rules.proof.hours import Estate
from nsgflow_core.rules.proof.ledger import BlobLedger, unread
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted


def find_hours(seen: SetupSeen, estate: Estate, silent: list[Gap]) -> Iterator[Gap]:
    """One gap for all NICs that lack the same hours for the same reason; hours of a log that is silent since are told.

    NICs that run into each other's hours by one event (an account that was locked, an import that broke off) are one.
    """
    missing = find_gaps(seen.arrived.hours, estate).missing
    ends = silent_after(seen, silent)
    if missing.empty:
        return
    until = missing["nic"].map(ends)
    missing = missing[until.isna() | (missing["hour"] < pd.to_datetime(until, utc=True))]
    spans = missing.groupby(["nic", "why"])["hour"].agg(tuple).reset_index()
    at, met = missing.groupby(["nic", "why"]).indices, missing["met"].to_numpy()
    for _, alike in spans.groupby(["hour", "why"], sort=False):
        why = alike["why"].iloc[0]
        rows = np.concatenate([at[nic, why] for nic in alike["nic"]])
        first = missing.iloc[rows.min()]
        name = nic_in_words(str(first["nic"]), str(first["addresses"]), str(first["subnet"]))
        others = len(alike) - 1
        subject = f"{name} and {counted(others, 'other NIC')}" if others else name
        moments = missing["hour"].iloc[at[first["nic"], why]]
        said = f"{counted(len(moments), 'hour')} ({stretches(moments)}): {why}"
        yield gap("hours-missing", subject, said, entries=int(met[rows].sum()))


def find_unread(store: FlowStore, window: FlowFilter) -> Iterator[Gap]:
    """What the ledger tells of blobs of the window that could not be read whole."""
    if isinstance(store, BlobLedger):
        for sentence in unread(store, window, None):
            yield gap("unread", "the import", sentence.rstrip("."))
