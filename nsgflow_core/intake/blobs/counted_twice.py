"""Blobs of which the store holds the same flows under two names: one lies without the path that says which log it is.

A file that was downloaded by itself, or renamed, is a blob of its own. Read beside the container that it is of, its
flows are counted twice. What tells is how both begin: with the time, NIC and log of their first record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nsgflow_core.sources.base import Cursor
from nsgflow_core.sources.fingerprint import recorded_head

_NAMES_A_LOG = "macaddress="
"""In the path of every blob that Azure writes."""


def counted_twice(known: Mapping[str, Cursor], met: Iterable[str], now: Callable[[], Mapping[str, Cursor]]) -> int:
    """How many of the blobs that this run met begin like another one.

    `known` is the ledger before it, `now` asks for the one after it: only where a name says no log.
    """
    new = {name for name in met if name not in known}
    if not new or not any(map(_is_without_path, (*new, *known))):
        return 0
    alike: dict[str, list[str]] = {}
    for name, cursor in now().items():
        if head := recorded_head(cursor.fingerprint):
            alike.setdefault(head, []).append(name)
    groups = (names for names in alike.values() if len(names) > 1 and any(map(_is_without_path, names)))
    return sum(min(len(new.intersection(names)), len(names) - 1) for names in groups)


def _is_without_path(name: str) -> bool:
    return _NAMES_A_LOG not in name.lower()
