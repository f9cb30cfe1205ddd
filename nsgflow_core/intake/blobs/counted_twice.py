"""Blobs of which the store holds the same flows under two names: one of them is not that which Azure gave it.

A file that was downloaded by itself, or renamed (`PT1H (1).json`), is a blob of its own. Read beside the blob that it
is of, its flows are counted twice. What tells is how both begin: with the time, NIC and log of their first record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from nsgflow_core.sources.base import Cursor
from nsgflow_core.sources.fingerprint import BEGINNING, recorded_head

_AS_AZURE_WRITES = re.compile(rf"macAddress=[^/\\]*[/\\]PT1H\.json(?:{BEGINNING}|$)")
"""In its own case: ledgers of older versions hold a copy whose path a tool wrote in lower case as another blob."""


def counted_twice(known: Mapping[str, Cursor], met: Iterable[str], now: Callable[[], Mapping[str, Cursor]]) -> int:
    """How many of the blobs that this run met begin like another one.

    `known` is the ledger before it, `now` asks for the one after it: only where a name is not Azure's.
    """
    new = {name for name in met if name not in known}
    if not new or all(map(_AS_AZURE_WRITES.search, (*new, *known))):
        return 0
    alike: dict[str, list[str]] = {}
    for name, cursor in now().items():
        if head := recorded_head(cursor.fingerprint):
            alike.setdefault(head, []).append(name)
    groups = (names for names in alike.values() if len(names) > 1 and not all(map(_AS_AZURE_WRITES.search, names)))
    return sum(min(len(new.intersection(names)), len(names) - 1) for names in groups)
