"""Which flow log a blob is of, by its path: told apart by all of it, called by its name, as long as it must be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nsgflow_core.words import arm_id

_PREFIXED = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(.+)", re.IGNORECASE)
"""How paths of VNet flow logs begin: subscription_group."""
_LOG = re.compile(r"resourceid=(.*)/y=", re.IGNORECASE | re.DOTALL)


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
    found = _LOG.search(name)
    return found[1] if found else ""


def _path(log: str) -> tuple[str, ...]:
    segments = tuple(filter(None, log.split("/")))
    if len(segments) > 1 and (found := _PREFIXED.fullmatch(segments[0])):
        return (*found.groups(), *segments[1:])
    return arm_id.path(log, segments[-1]) if arm_id.part(log, "resourceGroups") else segments
