"""One answer out of several queries: where it passes the service's limits, the window is halved until it fits.

Only for answers whose rows each belong to one moment (single rows, groups by hour or day), so that the parts just
stand one below the other. The message of a cut answer: "... exceed the set limit of 500000 records ...
(E_QUERY_RESULT_SET_TOO_LARGE)" (Microsoft Learn, "Query limits"); the words are looked for, not the exact text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import floor
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.kusto.asking.answer import AnswerTooLarge, KustoAnswer, KustoEngine, not_whole
from nsgflow_core.stores.kusto.asking.frame import kusto_frame
from nsgflow_core.stores.kusto.filters_kql import INGESTION_DELAY, INGESTION_LEAD

ROW_LIMIT = 500_000
_CUT_WORDS = ("limit", "exceed", "too large", "too_large", "truncat")
_NOT_ENDED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AskedInParts:
    """How an answer may be asked in parts: who writes the query of a window, the step that windows may be cut at
    (None: not at all), and what the window is when the filter leaves an end open."""

    write: Callable[[FlowFilter], str]
    step: timedelta | None
    extent: Callable[[], tuple[datetime | None, datetime | None]]


def fetch_whole(
    client: KustoEngine, flow_filter: FlowFilter, parts: AskedInParts, cancelled: IsCancelled | None = None
) -> pd.DataFrame:
    """The answer as a DataFrame; `attrs["partial"]` where even the smallest part passes a limit.

    Raises AnswerTooLarge when nothing came and no cut is possible.
    """
    answer: KustoAnswer | None = None
    refusal: AnswerTooLarge | None = None
    try:
        answer = client.run(parts.write(flow_filter), timespan=timespan_of(flow_filter), cancelled=cancelled)
    except AnswerTooLarge as refused:
        refusal = refused
    if answer is not None and not _was_cut(answer):
        return _framed(answer)
    windows = _halves(flow_filter, parts)
    if windows:
        pieces = [fetch_whole(client, window, parts, cancelled) for window in windows]
        return _joined(pieces)
    if answer is None:
        raise refusal or AnswerTooLarge("The answer is too large.")
    return _framed(answer)


def timespan_of(flow_filter: FlowFilter) -> str | None:
    """The API's limit on TimeGenerated for a window of intervals: padded, because rows are ingested later.

    None, which is no limit, when the window has no start.
    """
    if flow_filter.since is None:
        return None
    until = flow_filter.until or max(datetime.now(UTC), flow_filter.since) + _NOT_ENDED
    ends = (flow_filter.since - INGESTION_LEAD, until + INGESTION_DELAY)
    return "/".join(f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z" for end in ends)


def _was_cut(answer: KustoAnswer) -> bool:
    too_many = len(answer.rows) >= ROW_LIMIT
    return too_many or any(word in answer.partial.lower() for word in _CUT_WORDS)


def _halves(flow_filter: FlowFilter, parts: AskedInParts) -> list[FlowFilter]:
    """The window in two, cut at a whole step; nothing when it cannot be cut."""
    if parts.step is None:
        return []
    since, until = flow_filter.since, flow_filter.until
    if since is None or until is None:
        first, last = parts.extent()
        since = since or (first and floor(first, timedelta(days=1)) - _NOT_ENDED)
        until = until or (last and floor(last, timedelta(days=1)) + 2 * _NOT_ENDED)
    if since is None or until is None or since >= until:
        return []
    middle = floor(since + (until - since) / 2, parts.step)
    if middle <= since:
        middle = floor(since, parts.step) + parts.step
    if not since < middle < until:
        return []
    return [flow_filter.within(since, middle), flow_filter.within(middle, until)]


def _framed(answer: KustoAnswer) -> pd.DataFrame:
    frame = kusto_frame(answer)
    partial = answer.partial
    if not partial and len(answer.rows) >= ROW_LIMIT:
        partial = f"At most {ROW_LIMIT:,} rows are returned. Choose a shorter window or add a filter."
    frame.attrs = not_whole(partial)
    return frame


def _joined(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    reasons = [piece.attrs.get("partial", "") for piece in pieces]
    for piece in pieces:
        piece.attrs = {}
    filled = [piece for piece in pieces if len(piece)] or pieces[:1]
    joined = pd.concat(filled, ignore_index=True)
    joined.attrs = not_whole(*reasons)
    return joined
