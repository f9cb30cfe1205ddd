"""Tuples gathered from records, with what the record says about all tuples of a group: rule, NSG, MAC, target."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.formats.fields import Layout
from nsgflow_core.words.visible import without_nul
from nsgflow_core.words.vocabulary import LogKind, rule_identity

WITHOUT_FLOWS = "record without flows"
NO_TUPLES = "flows without tuples"
NO_NSG = "no NSG"
NO_RULE = "no rule"
NO_MAC = "no MAC address"
LONG_NAME = "too long a name"
UNKNOWN_VERSION = "unknown version"

LONGEST_NAME = 4096
"""Characters of a rule, resource id or MAC: resource ids have some hundred. What all tuples of a group share is worked
on for each group, so that one name of a megabyte would make that work quadratic."""

_MAC = re.compile("[0-9A-F]{12}")
_MAC_MARKS = str.maketrans("", "", ":-.")


class Context(NamedTuple):
    """What a group's tuples share, as logged."""

    log_kind: LogKind
    nsg_id: str
    rule: str
    mac: str
    target: str

    def fault(self) -> str | None:
        """Why no tuple of the group can be taken; None when they can."""
        if not self.nsg_id:
            return NO_NSG
        if not self.rule:
            return NO_RULE
        if not self.mac:
            return NO_MAC
        longest = max(len(self.nsg_id), len(self.rule), len(self.mac), len(self.target))
        return LONG_NAME if longest > LONGEST_NAME else None

    def words(self) -> dict[str, str]:
        """The canonical columns that the context gives to each of its tuples."""
        rule, kind = rule_identity(self.rule, self.nsg_id, self.log_kind)
        return {
            "nsg_id": self.nsg_id,
            "nsg": self.nsg_id.rstrip("/").rsplit("/", 1)[-1],
            "rule": rule,
            "rule_kind": kind.value,
            "mac": mac_address(self.mac),
            "target": self.target,
            "log_kind": self.log_kind.value,
        }


Rejected = dict[int, Counter[str]]
"""By the number of a blob: reason -> tuples (or records) that could not be taken."""


class Batch:
    """All tuples of one layout, in order, and the run of tuples that each context covers."""

    def __init__(self) -> None:
        self.lines: list[object] = []
        self.contexts: dict[Context, int] = {}
        self.run_contexts: list[int] = []
        self.run_blobs: list[int] = []
        self.run_lengths: list[int] = []

    def add(self, context: Context, lines: list[object], blob: int) -> None:
        """Append a group's tuples."""
        self.lines += lines
        self.run_contexts.append(self.contexts.setdefault(context, len(self.contexts)))
        self.run_blobs.append(blob)
        self.run_lengths.append(len(lines))

    def spread(self, of_runs: list[int]) -> NDArray[np.int32]:
        """What the runs have, for each tuple."""
        return np.repeat(np.array(of_runs, np.int32), np.array(self.run_lengths))


class TupleGroups:
    """Everything that records of some blobs hold: tuples by layout, and what was rejected before any was read."""

    def __init__(self) -> None:
        self.batches: dict[Layout, Batch] = {}
        self.rejected: Rejected = {}
        self.tuples = 0
        self.begin(0)

    def add(self, layout: Layout, context: Context, lines: list[object]) -> None:
        """Take a group's tuples."""
        if lines:
            self.tuples += len(lines)
            self.batches.setdefault(layout, Batch()).add(context, lines, self.blob)

    def begin(self, blob: int) -> None:
        """What comes now is of this blob, and may yet be given back."""
        self.blob = blob
        self._before = {layout: (len(batch.lines), len(batch.run_lengths)) for layout, batch in self.batches.items()}
        self._rejected_before = Counter(self.rejected.get(blob))
        self._tuples_before = self.tuples

    def give_back(self) -> None:
        """Forget what came since `begin`: it was not whole."""
        for layout, batch in self.batches.items():
            lines, runs = self._before.get(layout, (0, 0))
            del batch.lines[lines:], batch.run_contexts[runs:], batch.run_blobs[runs:], batch.run_lengths[runs:]
        self.rejected[self.blob], self.tuples = self._rejected_before, self._tuples_before

    def reject(self, reason: str, count: int = 1) -> None:
        """Count tuples (or a record) that cannot be taken."""
        if count:
            self.rejected.setdefault(self.blob, Counter())[reason] += count


def groups_with_tuples(
    entries: list[Any], name: str, key: str, groups: TupleGroups
) -> Iterator[tuple[str, Mapping[str, Any], list[object]]]:
    """The text under `name` of each entry, with each of the groups under `key` and its tuples; counts what has none."""
    for entry in entries:
        held = value_of(entry, key) if isinstance(entry, dict) else None
        if not isinstance(held, list):
            groups.reject(NO_TUPLES)
            continue
        named = text_of(entry, name)
        for group in held:
            lines = value_of(group, "flowTuples") if isinstance(group, dict) else None
            if isinstance(lines, list):
                yield named, group, lines
            else:
                groups.reject(NO_TUPLES)


def value_of(record: Mapping[str, Any], key: str) -> Any:
    """The value of a key in any casing (documents write both `resourceId` and `resourceid`); None when missing."""
    if key in record:
        return record[key]
    wanted = key.lower()
    return next((value for name, value in record.items() if name.lower() == wanted), None)


def text_of(record: Mapping[str, Any], key: str) -> str:
    """The text under a key in any casing, as it can be asked for; "" when it is missing or no text."""
    value = value_of(record, key)
    return without_nul(value) if isinstance(value, str) else ""


def mac_address(text: str) -> str:
    """Twelve upper-case hex digits for a MAC in any spelling; other text as it is."""
    digits = text.translate(_MAC_MARKS).upper()
    return digits if _MAC.fullmatch(digits) else text
