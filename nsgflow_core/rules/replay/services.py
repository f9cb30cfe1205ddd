"""Replayed rows as services, each counted once: a rule and a port are one thing to mend, however many met on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.rules.replay.last_decided import SINCE
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.sets.group_numbers import Numbers, count_distinct, first_of_each, group_numbers

SERVICE = ("outcome", "decided_by", "decided_at", "logged_rule", "undoes", "today", "direction", "protocol", "port")
"""What makes rows of a replay one service: what becomes of it, the rules that decide and decided, and the port."""
BY_SERVICE = (
    *("outcome", "decided_by", "priority", "decided_at", "logged_rule", "undoes", "today", "direction"),
    *("source", "destination", "protocol", "port", "pairs", "flows"),
)


@dataclass(frozen=True, slots=True)
class ReplayedService:
    """One rule and port, between which addresses, and why it is told. Where a side has several it says how many."""

    source: str
    destination: str
    protocol: str
    port: int
    flows: int
    why: str

    @property
    def sentence(self) -> str:
        """Like "10.0.2.4 to 10.0.1.4 TCP 443 (12 flows)"."""
        port = f" {self.port}" if self.protocol in ("TCP", "UDP") else ""
        return f"{self.source} to {self.destination} {self.protocol}{port} ({counted(self.flows, 'flow')})"


def by_service(outcomes: pd.DataFrame, *also: str) -> pd.DataFrame:
    """One row a service, outcome by outcome as they came, the most flows first; columns BY_SERVICE.

    `pairs` are of addresses; `source` and `destination` are the address where it is one, else how many they are;
    `today` names the time since when its first pair was decided so.
    `also` names columns that tell services apart too, say the day; they stand first, the first of them before outcomes.
    """
    number = service_numbers(outcomes, (*also, *SERVICE))
    first = first_of_each(number)
    folded = outcomes.iloc[first].reset_index(drop=True)
    folded["source"] = _addresses(outcomes["source_ip"], number, first)
    folded["destination"] = _addresses(outcomes["destination_ip"], number, first)
    folded["today"] = _since_at_first(outcomes["today"], number, first)
    folded["pairs"] = np.bincount(number, minlength=len(first)).astype(np.int64)
    folded["flows"] = np.bincount(number, outcomes["flows"], len(first)).astype(np.int64)
    place = group_numbers(*(folded[name] for name in (*also[:1], "outcome")), in_order=False)
    by = np.lexsort((-folded["flows"].to_numpy(dtype=np.int64), place))
    found = folded.iloc[by][[*also, *BY_SERVICE]].reset_index(drop=True)
    found.attrs = dict(outcomes.attrs)
    return found


def busiest(rows: pd.DataFrame, most: int, *also: str) -> tuple[ReplayedService, ...]:
    """Of rows with a column `why` the services of most flows; `also` tells them apart too (see `by_service`)."""
    shown = by_service(rows, *also, "why").head(most)[[each.name for each in fields(ReplayedService)]]
    return tuple(
        ReplayedService(str(source), str(destination), str(protocol), int(port), int(flows), str(why))
        for source, destination, protocol, port, flows, why in shown.itertuples(index=False, name=None)
    )


def count_services(rows: pd.DataFrame, by: Sequence[str] = SERVICE) -> int:
    """How many services the rows are; `by` where their columns are others than a replay's."""
    return int(service_numbers(rows, by).max(initial=-1)) + 1


def amount(rows: pd.DataFrame, by: Sequence[str] = SERVICE) -> str:
    """Like "9 flows of 1 service", or "2,009 flows of 1 service between 426 pairs of addresses"."""
    count = count_services(rows, by)
    pairs = int(group_numbers(rows["source_ip"], rows["destination_ip"], in_order=False).max(initial=-1)) + 1
    said = f"{counted(int(rows['flows'].sum()), 'flow')} of {counted(count, 'service')}"
    return f"{said} between {counted(pairs, 'pair')} of addresses" if len(rows) > count else said


def service_numbers(rows: pd.DataFrame, by: Sequence[str] = SERVICE) -> Numbers:
    """A number for each row's service, from 0 on in the order of the rows."""
    keys = (_without_time(rows[name]) if name == "today" else rows[name] for name in by)
    return group_numbers(*keys, in_order=False)


def _without_time(today: pd.Series[Any]) -> Numbers:
    """What decides rows today, as a number, whenever that began: `last_decided.SINCE` parts the two."""
    codes, texts = pd.factorize(today.to_numpy(dtype=object))
    named, _ = pd.factorize(np.array([str(text).partition(SINCE)[0] for text in texts], dtype=object))
    return named.astype(np.int64)[codes]


def _since_at_first(today: pd.Series[Any], number: Numbers, first: Numbers) -> pd.Series[str]:
    """Of each service what decides it today, since the earliest time of its pairs, and whether some came later."""
    # Of one service the texts differ in their times alone, which sort.
    codes, texts = pd.factorize(today.to_numpy(dtype=object), sort=True)
    earliest = np.full(len(first), len(texts), dtype=np.int64)
    np.minimum.at(earliest, number, codes)
    has_later = count_distinct(number, today, len(first)) > 1
    words = pd.Series(np.asarray(texts, dtype=object)[earliest], dtype="str")
    return words.mask(has_later, words + " at first")


def _addresses(column: pd.Series[Any], number: Numbers, first: Numbers) -> pd.Series[str]:
    """Of each service its one address, or how many it has."""
    found = count_distinct(number, column, len(first))
    alone = column.iloc[first].astype("str").reset_index(drop=True)
    return alone.where(found == 1, pd.Series([counted(int(each), "address") for each in found], dtype="str"))
