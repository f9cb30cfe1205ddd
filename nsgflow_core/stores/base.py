"""What every store must do. Pages, commands and rules know only this."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import pandas as pd

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Direction

Query = FlowQuery | RowsQuery | ComparedQuery
OF = "of"
SinceUntil = tuple[datetime, datetime]
"""[since, until) in UTC."""
Answer = TypeVar("Answer", bound=Callable[..., pd.DataFrame])
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


class Values(list[str]):
    """Values of a dimension, and why they are not all that the store holds; "" where they are."""

    def __init__(self, values: Iterable[str] = (), partial: str = "") -> None:
        """Of a list that a store gave, or of several."""
        super().__init__(values)
        self.partial = partial


def not_whole_words(*reasons: str) -> str:
    """Why an answer made of several is not all that the store holds: each reason once; "" where there is none."""
    return " ".join(dict.fromkeys(filter(None, reasons)))


@dataclass(frozen=True, slots=True)
class Extent:
    """What a store holds: first and last tuple (UTC; None when empty) and how many log entries."""

    first: datetime | None
    last: datetime | None
    tuples: int
    partial: str = ""
    """Why that is not all that it holds."""

    @property
    def until(self) -> datetime | None:
        """The whole minute after the last tuple, at which a window that ends with it ends; None when empty."""
        return self.last and self.last.replace(second=0, microsecond=0) + timedelta(minutes=1)

    @property
    def recent_until(self) -> datetime | None:
        """The moment that windows of a length ("7d") are counted back from.

        It is `until`, or the minute after now where the last tuple is more than a day ahead.

        One flow whose clock is a year ahead would empty them all. Where all tuples lie ahead, this machine's clock is
        behind, and it is `until`.
        """
        now = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        if self.first is None or self.last is None or not self.first < now < self.last - timedelta(days=1):
            return self.until
        return now

    @property
    def is_ahead(self) -> bool:
        """True where the newest flow claims to be of the future, so that windows count back from now."""
        return self.recent_until != self.until


@runtime_checkable
class FlowStore(Protocol):
    """Answers questions about flows.

    A DataFrame that is not the whole answer says why in `frame.attrs["partial"]`, as one sentence. Where a question has
    a limit, `frame.attrs[OF]` says how many groups there are, if the store knows.
    Times in DataFrames are UTC-aware, to the microsecond. Text columns hold "" where a value is unknown. Measures that
    list words hold values (`words/several.py`), which become text where they are written or shown.
    """

    @property
    def identity(self) -> str:
        """Changes whenever an answer could: part of every cache key. Holds no secret."""
        ...

    @property
    def name(self) -> str:
        """Short words for people: which store this is."""
        ...

    @property
    def unsupported(self) -> frozenset[str]:
        """Dimension keys that this store cannot know; asking for one raises UnsupportedDimension."""
        ...

    @property
    def subnets(self) -> SubnetMap:
        """The subnet map in use."""
        ...

    def nsgs_named(self, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for; several where two have the name."""
        ...

    def fetch(self, query: FlowQuery) -> pd.DataFrame:
        """The answer: columns `query.columns`, one row per group."""
        ...

    def rows(self, query: RowsQuery) -> pd.DataFrame:
        """One page of single rows, with the canonical columns that this store knows."""
        ...

    def compared(self, query: ComparedQuery) -> pd.DataFrame:
        """The groups that changed between two windows: columns `query.columns`."""
        ...

    def explain(self, query: Query) -> str:
        """The exact query text (SQL or KQL) behind an answer."""
        ...

    def extent(self) -> Extent:
        """What it holds."""
        ...

    def values(self, dimension: str, limit: int = 1000) -> Values:
        """The values that a dimension takes in this store, for pickers, at most `limit`.

        Those of most log entries come first; moments and closed lists in their own order. That the limit leaves some
        out is not told.
        """
        ...


@runtime_checkable
class Holdable(Protocol):
    """A store that answers several questions faster when it is kept at hand between them."""

    def held(self) -> AbstractContextManager[None]:
        """Kept at hand for the length of a block, in which nothing is changed."""
        ...


def held(store: FlowStore) -> AbstractContextManager[None]:
    """For a block that asks a store several questions, one after another, and changes nothing."""
    return store.held() if isinstance(store, Holdable) else nullcontext()


@runtime_checkable
class ListsGroups(Protocol):
    """A store that can answer without putting a million groups in order and their texts in each row."""

    def listed(self, query: FlowQuery) -> pd.DataFrame:
        """The answer to `fetch` in any order; text columns are categories, in the order of their texts."""
        ...


def listed(store: FlowStore, query: FlowQuery) -> pd.DataFrame:
    """What `ListsGroups.listed` says, of any store: for whoever reads all groups of a question without a limit."""
    if isinstance(store, ListsGroups):
        return store.listed(query)
    answer = store.fetch(query)
    texts = answer[list(query.by)].select_dtypes(exclude=["number", "datetimetz"]).columns
    return answer.astype(dict.fromkeys(texts, "str")).astype(dict.fromkeys(texts, "category"))


@runtime_checkable
class KeptElsewhere(Protocol):
    """A store beside whose rows people keep nothing: `kept` is the one that holds their subnets, names and notes."""

    @property
    def kept(self) -> FlowStore:
        """That store."""
        ...


def keeps(store: FlowStore) -> FlowStore:
    """The store that what people keep for this one is kept with."""
    return store.kept if isinstance(store, KeptElsewhere) else store


class EndsByHour(Protocol):
    """What each end of a window logged by the hour, in any order; text columns are categories."""

    def logged(self) -> pd.DataFrame:
        """log_kind, target, mac, hour, tuples."""
        ...

    def own(self, direction: Direction, local: str) -> pd.DataFrame:
        """mac, the logging end's address as `local`, hour, tuples; without platform rules."""
        ...

    def met(self, direction: Direction, remote: str) -> pd.DataFrame:
        """The other end's address, where it is inside, as `remote`, hour, tuples, first_seen and last_seen (right as to
        the first and the last minute of the hour), packets and dst_to_src_packets (right as to whether there were any);
        Outbound of what was allowed."""
        ...


@runtime_checkable
class HoursKept(Protocol):
    """A store that keeps what each end logged by the hour, beside the flows."""

    def ends_by_hour(self, window: FlowFilter) -> EndsByHour | None:
        """Of the window of a filter, whose conditions do not count; None where only the flows can tell."""
        ...


def ends_by_hour(store: FlowStore, window: FlowFilter) -> EndsByHour | None:
    """What `HoursKept.ends_by_hour` says, of any store."""
    return store.ends_by_hour(window) if isinstance(store, HoursKept) else None


@runtime_checkable
class KindsKept(Protocol):
    """A store that can compare where the flows are which of them each kind of log has."""

    def kinds_compared(self, windows: Mapping[str, SinceUntil]) -> tuple[pd.Series[int], pd.DataFrame] | None:
        """Of NICs (MACs), each in its window: how many flows both kinds have, by MAC (0 where none), and the flows that
        one alone has.

        A flow is told apart by src_ip, dst_ip, protocol, port, direction, decision; what the frame has beside these is
        mac, log_kind, tuples, first_seen, last_seen; texts that many rows share are categories. Rules of which an NSG
        flow log holds nothing are left out. None where only the flows can tell.
        """
        ...


def kinds_compared(store: FlowStore, windows: Mapping[str, SinceUntil]) -> tuple[pd.Series[int], pd.DataFrame] | None:
    """What `KindsKept.kinds_compared` says, of any store."""
    return store.kinds_compared(windows) if isinstance(store, KindsKept) else None


@contextmanager
def hear_partial() -> Iterator[list[str]]:
    """Why answers that stores give inside, to this thread, are not whole: for what is made of many of them."""
    reasons: list[str] = []
    before = _heard.set(reasons)
    try:
        yield reasons
    finally:
        _heard.reset(before)


def logged(answer: Answer) -> Answer:
    """A store's `fetch`, `rows` or `compared` that tells the logger `nsgflow` the question, its rows and its time."""

    @wraps(answer)
    def told(store: FlowStore, query: Query, *args: Any, **kwargs: Any) -> pd.DataFrame:
        started = time.monotonic()
        answered = answer(store, query, *args, **kwargs)
        if log.isEnabledFor(logging.INFO):
            columns = ("rows",) if isinstance(query, RowsQuery) else query.columns
            words = (visible(store.name), ", ".join(columns), visible(query.filter.describe()), len(answered))
            log.info("%s: %s: %s %d rows in %.2f s", *words, time.monotonic() - started)
        reasons = _heard.get()
        if reasons is not None and answered.attrs.get("partial"):
            reasons.append(str(answered.attrs["partial"]))
        return answered

    return cast(Answer, told)
