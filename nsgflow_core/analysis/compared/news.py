"""What is new: services and denied sources that were never seen before, and flow logs that fell silent.

"Before" is what the store held, not an hour of the log: logs of an old hour that come late are news as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.required_ports import required
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.vocabulary import Decision

SERVICE = ("dst_ip", "protocol", "port")
"""What tells services apart: who answers, on what."""
DENIED_SOURCE = ("src_ip",)


def services(flow_filter: FlowFilter) -> Question:
    """One row per address, protocol and port that answered: its label, flows, distinct sources, first seen."""
    query = FlowQuery(required(flow_filter), by=(*SERVICE, "destination"), measures=("flows", "sources", "first_seen"))
    return Question.of_flows("news.services", query)


def denied_sources(flow_filter: FlowFilter) -> Question:
    """One row per address that was denied: its label, flows, distinct destinations and ports, first seen."""
    query = FlowQuery(
        flow_filter.limited_to("decision", Decision.DENIED),
        by=(*DENIED_SOURCE, "source"),
        measures=("flows", "destinations", "ports", "first_seen"),
    )
    return Question.of_flows("news.denied_sources", query)


def unseen(before: pd.DataFrame, after: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The rows of `after` whose keys `before` does not hold; the busiest first."""
    known = pd.MultiIndex.from_frame(before[list(keys)].astype(object))
    found = after[~pd.MultiIndex.from_frame(after[list(keys)].astype(object)).isin(known)]
    return found.sort_values("flows", ascending=False, kind="stable", ignore_index=True)


def silent_logs(logs: pd.DataFrame, now: datetime, after: timedelta) -> pd.DataFrame:
    """The flow logs (`coverage.by_log`) that wrote before and have not for longer: flow_log, last, hours of silence.

    A log of which no entry could be taken never wrote, as far as the store knows; paths that name no log are left out.
    """
    named = logs[(logs["flow_log"] != "") & logs["last"].notna()]
    silence = pd.Timestamp(now) - named["last"]
    silent = named[silence > after]
    hours = silence[silence > after].dt.total_seconds().floordiv(3600).astype("int64")
    return silent[["flow_log", "last"]].assign(hours=hours).sort_values("flow_log", ignore_index=True)
