"""What every writer of lines gets and gives. They write text; nothing here reaches Azure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nsgflow_core.coverage.closing.wanted import Verb, WantedLog
from nsgflow_core.rules.export.base import one_line

WRITTEN = "Written by nsgflow, which changes nothing in Azure: read it, then run it yourself."
FORMAT_VERSION = 2
"""Of the resource; its records are version 4 (Microsoft Learn, "Virtual network flow logs")."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its words on screen, the end of its files, its colours, and its writer."""

    key: str
    label: str
    extension: str
    media_type: str
    colours: str
    write: Callable[[Sequence[WantedLog]], str]


def story(wanted: WantedLog) -> list[str]:
    """Why a flow log is written, a line each."""
    return [one_line(sentence) for sentence in wanted.why]


def region_words(region: str) -> str:
    """A region as part of a variable's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in region) or "region"


def regions_to_fill(logs: Sequence[WantedLog]) -> list[str]:
    """The regions for which no storage account is known."""
    return sorted({log.region for log in logs if log.verb in (Verb.CREATE, Verb.CHANGE) and not log.storage_id})


def needs_workspace(logs: Sequence[WantedLog]) -> bool:
    """True when Traffic Analytics is wanted and no workspace is known."""
    return any(log.verb in (Verb.CREATE, Verb.CHANGE) and log.interval_minutes and not log.workspace_id for log in logs)
