"""What arrived in a window: which flow log logged which NIC in which hours, and what others logged of an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.rules.proof.hours import MET_COLUMNS, OWN, Hours, ask_hours
from nsgflow_core.rules.proof.ledger import BlobLedger
from nsgflow_core.stores.base import FlowStore, ends_by_hour, held, listed, not_whole_words
from nsgflow_core.stores.categories import all_alike, respelled
from nsgflow_core.words import arm_id
from nsgflow_core.words.vocabulary import LogKind

LOGGED = ("log_kind", "target", "mac", "hour", "tuples")


@dataclass(frozen=True)
class Arrived:
    """`logged`: entries a flow log's target, NIC and hour (columns LOGGED; targets as keys). `hours`: see Hours.

    `blobs` is the ledger (see LocalStore.blobs), None where the store has none.
    """

    logged: pd.DataFrame
    hours: Hours
    blobs: pd.DataFrame | None
    partial: str = ""

    @property
    def is_empty(self) -> bool:
        """True when nothing arrived at all: then nothing can be said of what did not."""
        return self.logged.empty

    @cached_property
    def last(self) -> datetime | None:
        """The newest hour of all."""
        return None if self.is_empty else self.logged["hour"].max().to_pydatetime()

    @cached_property
    def first(self) -> datetime | None:
        """The oldest hour of all."""
        return None if self.is_empty else self.logged["hour"].min().to_pydatetime()

    @cached_property
    def targets(self) -> frozenset[str]:
        """Keys of the targets that the entries name."""
        return frozenset(self.logged["target"].unique()) - {""}

    @cached_property
    def nics_of_address(self) -> dict[str, frozenset[str]]:
        """Address -> the NICs (MACs) that logged it as their own."""
        return _sets(self.hours.own, "address", "nic")

    @cached_property
    def kinds_of(self) -> dict[str, frozenset[str]]:
        """MAC of what logged -> the kinds of logs that it wrote."""
        return _sets(self.logged, "mac", "log_kind")

    @cached_property
    def met(self) -> dict[str, int]:
        """Address -> entries of other ends that show that somebody is there."""
        there = self.hours.met[self.hours.met["is_answered"]]
        return {str(address): int(count) for address, count in there.groupby("address")["tuples"].sum().items()}

    def of_target(self, target_id: str) -> pd.DataFrame:
        """What arrived of a flow log's target, however the source spells it."""
        places = [self._by_target[each] for each in spellings(target_id) if each in self._by_target]
        return self.logged.iloc[np.sort(np.concatenate(places)) if places else []]

    @cached_property
    def _by_target(self) -> Mapping[str, npt.NDArray[np.intp]]:
        return {
            str(target): np.asarray(places, np.intp) for target, places in self.logged.groupby("target").indices.items()
        }

    @cached_property
    def _resources(self) -> tuple[str, ...]:
        """Names of flow logs in the paths of the blobs that were read, in lower case."""
        return () if self.blobs is None else tuple(str(each).casefold() for each in self.blobs["resource"].unique())

    def of_kind(self, kind: LogKind) -> pd.DataFrame:
        """What arrived of NSG flow logs, or of VNet flow logs."""
        return self.logged[self.logged["log_kind"] == str(kind)]

    def was_read(self, log: FlowLog) -> bool:
        """True when a blob of a flow log of that name was read, even an empty one."""
        name = log.name.casefold()
        ends = (f"_{name}", f"/{name}")
        return bool(name) and any(each == name or each.endswith(ends) for each in self._resources)


def spellings(target_id: str) -> frozenset[str]:
    """The key of a target's id, and what Traffic Analytics writes: subscription/group/name."""
    key = arm_id.key(target_id)
    segments = key.strip("/").split("/")
    is_whole = len(segments) >= 8 and segments[0] == "subscriptions"
    short = "/".join([segments[1], segments[3], *segments[7::2]]) if is_whole else key
    return frozenset({key, short}) - {""}


def _sets(rows: pd.DataFrame, key: str, values: str) -> dict[str, frozenset[str]]:
    """Of each text of a column those of another one in the same rows."""
    found: dict[str, set[str]] = defaultdict(set)
    pairs = rows[[key, values]].drop_duplicates()
    for each, value in zip(pairs[key].astype("str"), pairs[values].astype("str"), strict=True):
        found[each].add(value)
    return {each: frozenset(held) for each, held in found.items()}


def nothing_arrived() -> Arrived:
    """Where there is no store to ask: the files alone are judged."""
    at = pd.Series([], dtype="datetime64[us, UTC]")
    texts = {name: pd.Series([], dtype="category") for name in (*LOGGED, *OWN, *MET_COLUMNS)}
    flags = {name: pd.Series([], dtype="bool") for name in ("is_answered", "is_inside")}
    empty = pd.DataFrame({**texts, **flags, "hour": at, "tuples": pd.Series([], dtype="int64")})
    return Arrived(empty[list(LOGGED)], Hours.of([empty[list(OWN)]], [empty[list(MET_COLUMNS)]]), None)


def ask_arrived(store: FlowStore, window: FlowFilter) -> Arrived:
    """Five questions to the store, or what it keeps by the hour, and its ledger. Raises what the store raises."""
    with held(store), ThreadPoolExecutor(1, "arrived") as beside:  # each leaves a core idle as Python makes its frame
        hours_asked = beside.submit(copy_context().run, ask_hours, store, window)
        asked = FlowFilter(window.since, window.until)
        by = tuple(name for name in LOGGED[:-1] if name not in store.unsupported)
        kept = ends_by_hour(store, window)
        seen = kept.logged() if kept else listed(store, FlowQuery(asked, by=by, measures=("tuples",)))
        blobs = store.blobs() if isinstance(store, BlobLedger) else None
        hours = hours_asked.result()
    for name in ("log_kind", "target", "mac"):
        seen[name] = seen[name] if name in seen else all_alike("", len(seen))
    seen["target"] = respelled(seen["target"], arm_id.key)
    reasons = not_whole_words(str(seen.attrs.get("partial", "")), hours.partial)
    return Arrived(seen[list(LOGGED)], hours, blobs, reasons)
