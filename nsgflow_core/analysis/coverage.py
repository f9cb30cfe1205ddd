"""What the store covers: which hours hold log entries, where the gaps are, and how fresh it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, TIME, Question, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.sources.logs import log_labels, log_of
from nsgflow_core.words.vocabulary import RuleKind

HOUR = timedelta(hours=1)


def hourly(flow_filter: FlowFilter | None = None) -> Question:
    """Log entries by hour (UTC) and log kind, every hour from the first to the last; an hour without any holds 0."""
    return _by_hour("coverage.hourly", Shape.of(_every_hour, hour=TIME, log_kind=TEXT, tuples=NUMBER), flow_filter)


def all_logs(flow_filter: FlowFilter | None = None) -> Question:
    """Log entries by hour over all logs, with 0 for an hour without any."""

    def added_up(seen: pd.DataFrame) -> pd.DataFrame:
        return _every_hour(seen).groupby("hour", as_index=False)[["tuples"]].sum()

    return _by_hour("coverage.all_logs", Shape.of(added_up, hour=TIME, tuples=NUMBER), flow_filter)


def gaps(flow_filter: FlowFilter | None = None) -> Question:
    """Stretches of whole hours in which nothing at all was logged, between the first and the last entry.

    A gap [since, until) may be a quiet night, a flow log that was switched off, or blobs that were not imported.
    """
    return _by_hour("coverage.gaps", Shape.of(_silent, since=TIME, until=TIME, hours=NUMBER), flow_filter)


def by_nsg(unsupported: frozenset[str] = frozenset()) -> Question:
    """Log entries of each NSG that decided something by its own rules: no admin rules, no encryption drops.

    `unsupported` is the store's: one that does not know a rule's kind has none but an NSG's own.
    """
    by = ("nsg", "rule_kind") if "rule_kind" not in unsupported else ("nsg",)

    def own(seen: pd.DataFrame) -> pd.DataFrame:
        if "rule_kind" in seen:
            seen = seen[seen["rule_kind"].isin([str(RuleKind.USER), str(RuleKind.DEFAULT)])]
        return seen[seen["nsg"] != ""].groupby("nsg", as_index=False)[["tuples"]].sum()

    query = FlowQuery(by=by, measures=("tuples",))
    return Question("coverage.by_nsg", query, Shape.of(own, nsg=TEXT, tuples=NUMBER))


def _by_hour(name: str, shape: Shape, flow_filter: FlowFilter | None) -> Question:
    """One query serves the questions about hours."""
    query = FlowQuery(flow_filter or FlowFilter(), by=("hour", "log_kind"), measures=("tuples",))
    return Question(name, query, shape)


def _every_hour(seen: pd.DataFrame) -> pd.DataFrame:
    if seen.empty:
        return seen
    hours = pd.date_range(seen["hour"].min(), seen["hour"].max(), freq=HOUR, unit="us")
    every = pd.MultiIndex.from_product([hours, sorted(seen["log_kind"].unique())], names=["hour", "log_kind"])
    return seen.set_index(["hour", "log_kind"]).reindex(every, fill_value=0).reset_index()


def _silent(seen: pd.DataFrame) -> pd.DataFrame:
    silent = _every_hour(seen).groupby("hour")["tuples"].sum().eq(0)
    stretch = silent.ne(silent.shift()).cumsum()
    found = silent.index[silent].to_series().groupby(stretch[silent]).agg(["min", "max", "size"])
    starts = found["min"].reset_index(drop=True)
    ends = found["max"].reset_index(drop=True) + HOUR
    return pd.DataFrame({"since": starts, "until": ends, "hours": found["size"].to_numpy()})


def of_log(blobs: pd.DataFrame, log: str) -> pd.DataFrame:
    """Like `all_logs` for one flow log (`by_log`), from `LocalStore.blobs`: hour, tuples; no row for an empty one.

    The hour (UTC) is that of the blob's path, otherwise of its first entry. A flow log that was switched on but saw
    nothing is read and holds no entry (`{"records":[]}`).
    """
    of_it = blobs[blobs["name"].map(log_of) == log]
    hours_of = of_it["hour"].fillna(of_it["first"].dt.floor(HOUR)).rename("hour")
    own = of_it.groupby(hours_of)["tuples"].sum()
    if own.empty:
        return own.reset_index()
    hours = pd.date_range(own.index.min(), own.index.max(), freq=HOUR, unit="us", name="hour")
    return own.reindex(hours, fill_value=0).reset_index()


def by_log(blobs: pd.DataFrame) -> pd.DataFrame:
    """One row a flow log, from `LocalStore.blobs`: log, flow_log, blobs, hours, tuples, rejected, first, last and
    last_read.

    `log` tells it apart (`log_of`), `flow_log` is what it is called. Times are UTC; `last_read`, when nsgflow last read
    any of its blobs, is missing where the store did not note it yet.
    """
    logs = blobs.groupby(blobs["name"].map(log_of).rename("log"), as_index=False).agg(
        blobs=("name", "size"),
        hours=("hour", "nunique"),
        tuples=("tuples", "sum"),
        rejected=("rejected", "sum"),
        first=("first", "min"),
        last=("last", "max"),
        last_read=("read_at", "max"),
    )
    logs.insert(1, "flow_log", logs["log"].map(log_labels(blobs["name"])))
    return logs.sort_values("flow_log", key=lambda names: names.str.casefold(), ignore_index=True)


def age(last: datetime | None, now: datetime) -> str:
    """How long ago the newest entry was logged, in words; "" when there is none (None or NaT).

    Clocks differ by some seconds, so that only a minute or more ahead is "in the future".
    """
    if last is None or pd.isna(last):
        return ""
    minutes = int((now - last) / timedelta(minutes=1))
    if minutes < 0:
        return "in the future"
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count:
            return f"{count:,} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
