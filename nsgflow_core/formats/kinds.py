"""The registry of formats: a new format is one module and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nsgflow_core.formats import nsg, vnet
from nsgflow_core.formats.framing.records import Stretch
from nsgflow_core.formats.groups import WITHOUT_FLOWS, TupleGroups

BROKEN_RECORD = "broken record"
TOO_LARGE = "too large a record"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of flow log: how to tell its records, and how to gather their tuples."""

    name: str
    matches: Callable[[Mapping[str, Any]], bool]
    gather: Callable[[Mapping[str, Any], TupleGroups], None]


FORMATS: tuple[Format, ...] = (
    Format("vnet", vnet.matches, vnet.gather),
    Format("nsg", nsg.matches, nsg.gather),
)


def take(stretch: Stretch, groups: TupleGroups, check: Callable[[], None]) -> None:
    """Put what a stretch of a blob holds into `groups`, or nothing of it, and let its records go."""
    try:
        groups.reject(BROKEN_RECORD, stretch.broken)
        groups.reject(TOO_LARGE, len(stretch.too_large))
        _hand_out(stretch.records, groups, check)
    except BaseException:
        groups.give_back()
        raise
    stretch.records = []


def _hand_out(records: Sequence[Any], groups: TupleGroups, check: Callable[[], None]) -> None:
    """Hand each record to the format that it has the shape of."""
    for record in records:
        check()
        if not isinstance(record, dict):
            groups.reject(WITHOUT_FLOWS)
            continue
        for kind in FORMATS:
            if kind.matches(record):
                kind.gather(record, groups)
                break
        else:
            groups.reject(WITHOUT_FLOWS)
