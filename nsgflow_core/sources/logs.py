"""Which flow log a blob is of, by its path: told apart by all of it, called by its name, as long as it must be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_uppercase

from nsgflow_core.words import arm_id

_PREFIXED = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(.+)", re.IGNORECASE)
"""How paths of VNet flow logs begin: subscription_group."""
_ID = "resourceid="
_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}


def log_span(path: str) -> tuple[int, int]:
    """Where in a blob's path the id of its flow log stands: its first letter, and the one behind it; -1 for none."""
    end = hour_start(path)
    begin = log_start(path[: max(end, 0)])
    return (begin, end) if begin >= 0 else (-1, -1)


def hour_start(path: str) -> int:
    """Where in a blob's path its hour begins, `/y=`: what stands before it many blobs have in common; -1 for none."""
    name = max(path.rfind("/"), 0)
    return max(path.rfind("/y=", 0, name), path.rfind("/Y=", 0, name))


def log_start(before: str) -> int:
    """Where the id of a flow log begins in what stands before the hour; -1 for none."""
    lowered = before.lower() if before.isascii() else before.translate(_LOWER)  # which keeps letters in their places
    begin = lowered.find(_ID)
    return begin + len(_ID) if begin >= 0 else -1


def log_of(name: str) -> str:
    """What the blobs of one flow log have in common, from a blob's name in the ledger; "" for a plain file.

    Logs of one name in two subscriptions or regions are two. Azure ignores the case of ids.
    """
    return _spelled(name).casefold()


def log_labels(names: Iterable[str]) -> dict[str, str]:
    """What each flow log of these blobs (their names in the ledger) is called: its resource as a path spells it,
    lengthened where another one is called so too; "" for plain files. By `log_of`."""
    alike: dict[str, set[str]] = {}
    for name in names:
        if spelled := _spelled(name):
            alike.setdefault(spelled.casefold(), set()).add(spelled)
    shown = {log: arm_id.best_spelling(each) for log, each in alike.items()}
    labels = arm_id.labels([_path(each) for each in shown.values()])
    return {"": "", **dict(zip(shown, labels, strict=True))}


def _spelled(name: str) -> str:
    begin, end = log_span(name)
    return name[begin:end] if begin >= 0 else ""


def _path(log: str) -> tuple[str, ...]:
    segments = tuple(filter(None, log.split("/")))
    if len(segments) > 1 and (found := _PREFIXED.fullmatch(segments[0])):
        return (*found.groups(), *segments[1:])
    return arm_id.path(log, segments[-1]) if arm_id.part(log, "resourceGroups") else segments
