"""What the store covers: which hours hold log entries, where the gaps are, and how fresh it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.base import FlowStore

HOUR = timedelta(hours=1)


def hourly_question(flow_filter: FlowFilter) -> FlowQuery:
    """The question behind `hourly`."""
    return FlowQuery(flow_filter, by=("hour", "log_kind"), measures=("tuples",))


def hourly(store: FlowStore, flow_filter: FlowFilter | None = None) -> pd.DataFrame:
    """Log entries by hour (UTC) and log kind, every hour from the first to the last; an hour without any holds 0.

    Columns: hour, log_kind, tuples.
    """
    seen = store.fetch(hourly_question(flow_filter or FlowFilter()))
    if seen.empty:
        return seen
    hours = pd.date_range(seen["hour"].min(), seen["hour"].max(), freq=HOUR, unit="us")
    every = pd.MultiIndex.from_product([hours, sorted(seen["log_kind"].unique())], names=["hour", "log_kind"])
    return seen.set_index(["hour", "log_kind"]).reindex(every, fill_value=0).reset_index()


def all_logs(store: FlowStore) -> pd.DataFrame:
    """Log entries by hour over all logs, with 0 for an hour without any: hour, tuples."""
    return hourly(store).groupby("hour", as_index=False)[["tuples"]].sum()


def of_log(stored: pd.DataFrame, flow_log: str) -> pd.DataFrame:
    """The same of one flow log, by its name, from `LocalStore.coverage`: hour, tuples."""
    own = stored[stored["resource"] == flow_log].groupby("hour")["tuples"].sum()
    hours = pd.date_range(own.index.min(), own.index.max(), freq=HOUR, unit="us", name="hour")
    return own.reindex(hours, fill_value=0).reset_index()


def by_log(blobs: pd.DataFrame) -> pd.DataFrame:
    """One row a flow log, from `LocalStore.blobs`: flow_log, blobs, hours, tuples, rejected, first, last."""
    logs = blobs.groupby("resource", as_index=False).agg(
        blobs=("name", "size"),
        hours=("hour", "nunique"),
        tuples=("tuples", "sum"),
        rejected=("rejected", "sum"),
        first=("first", "min"),
        last=("last", "max"),
    )
    return logs.rename(columns={"resource": "flow_log"})


def gaps(store: FlowStore, flow_filter: FlowFilter | None = None) -> pd.DataFrame:
    """Stretches of whole hours in which nothing at all was logged, between the first and the last entry.

    Columns: since, until (UTC, until is not part of the gap), hours. A gap may be a quiet night, a flow log that was
    switched off, or blobs that were not imported.
    """
    hours = hourly(store, flow_filter)
    columns = {"since": "datetime64[us, UTC]", "until": "datetime64[us, UTC]", "hours": "int64"}
    if hours.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    silent = hours.groupby("hour")["tuples"].sum().eq(0)
    stretch = silent.ne(silent.shift()).cumsum()
    found = silent.index[silent].to_series().groupby(stretch[silent]).agg(["min", "max", "size"])
    starts = found["min"].reset_index(drop=True)
    ends = found["max"].reset_index(drop=True) + HOUR
    return pd.DataFrame({"since": starts, "until": ends, "hours": found["size"].to_numpy()}).astype(columns)


def age(last: datetime | None, now: datetime) -> str:
    """How long ago the newest entry was logged, in words; "" when there is none."""
    if last is None:
        return ""
    minutes = max(0, int((now - last).total_seconds() // 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count:
            return f"{count:,} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
