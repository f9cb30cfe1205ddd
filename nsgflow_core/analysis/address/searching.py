"""From what somebody typed to a subject: an address, a prefix, a name or a part of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.analysis.address import asked
from nsgflow_core.analysis.address.subject import LONGEST, Subject, SubjectKind, typed
from nsgflow_core.analysis.question import Question
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.words.prefixes import unpack

MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject that may be meant, and what else is known of it."""

    subject: Subject
    address: str
    """One that it has; "" of a subnet."""
    name: str
    subnet: str
    entries: int
    """In the log; 0 of what only the inventory knows."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text stands for: one subject, or several that it may mean, the likeliest first; or nothing."""

    subject: Subject | None
    candidates: tuple[Candidate, ...] = ()


def find_subject(
    text: str, inventory: Inventory, labels: tuple[str, ...], ask: Callable[[Question], pd.DataFrame]
) -> Found:
    """What a text stands for. `labels` are those of the store's subnet map.

    An address or prefix is itself, seen or not. A name or label that is exactly one's is it. Otherwise all that hold
    the text are offered, and one alone is taken.
    """
    if direct := typed(text):
        return Found(direct)
    wanted = text.strip()[:LONGEST]
    if not wanted:
        return Found(None)
    known = tuple(_known(wanted, inventory, labels))
    seen = () if any(_is(each, wanted) for each in known) else tuple(_seen(wanted, ask))
    offered: dict[Subject, Candidate] = {}
    for each in (*seen, *known):
        offered.setdefault(Subject(each.subject.kind, each.subject.text.casefold()), each)
    exact = [each for each in offered.values() if _is(each, wanted)]
    one = exact or list(offered.values())
    if len(one) == 1:
        return Found(one[0].subject)
    ordered = sorted(offered.values(), key=lambda each: (not _is(each, wanted), -each.entries, each.subject.text))
    return Found(None, tuple(ordered[:MOST_OFFERED]))


def _is(candidate: Candidate, wanted: str) -> bool:
    return candidate.subject.text.casefold() == wanted.casefold()


def _known(wanted: str, inventory: Inventory, labels: tuple[str, ...]) -> list[Candidate]:
    """What files name so."""
    part = wanted.casefold()
    subnets = [
        Candidate(Subject(SubjectKind.SUBNET, label), "", "", label, 0) for label in labels if part in label.casefold()
    ]
    hosts = [
        Candidate(Subject(SubjectKind.NAME, name), unpack(packed), name, "", 0)
        for packed, name in inventory.address_names.behind.hosts.items()
        if part in name.casefold()
    ]
    return [*subnets, *hosts]


def _seen(wanted: str, ask: Callable[[Question], pd.DataFrame]) -> list[Candidate]:
    """What the log shows under a name, label or address that holds the text."""
    part, found = wanted.casefold(), []
    for end in ("source", "destination"):
        for dimension in (f"{end}_name", end):
            for row in ask(asked.called(end, dimension, wanted)).itertuples(index=False):
                address, label, name, entries = str(row[0]), str(row[1]), str(row[2]), int(row[3])
                found.append(Candidate(_subject(part, address, label, name), address, name, label, entries))
    return sorted(found, key=lambda each: -each.entries)


def _subject(part: str, address: str, label: str, name: str) -> Subject:
    """What of a row holds the text: its name before its subnet, its subnet before its address."""
    if part in name.casefold():
        return Subject(SubjectKind.NAME, name)
    if part in label.casefold():
        return Subject(SubjectKind.SUBNET, label)
    return Subject(SubjectKind.ADDRESS, address)
