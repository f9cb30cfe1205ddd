"""One flow log as it should be, and how people wish flow logs to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nsgflow_core.errors import InputError
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.log_places import Workspace

_MOST_DAYS = 365
"""Of a retention; 0 keeps for ever (Microsoft Learn, "NSG flow logs overview")."""


class Verb(StrEnum):
    """What a line does."""

    CREATE = "create"
    CHANGE = "change"
    OFF = "switch off"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Wish:
    """How flow logs are wanted. `interval_minutes` 0 leaves Traffic Analytics out; ids "" are found in the files."""

    retention_days: int = 90
    interval_minutes: int = 10
    storage_id: str = ""
    workspace_id: str = ""

    def __post_init__(self) -> None:
        if self.interval_minutes not in (0, 10, 60):
            raise InputError(
                f"Traffic Analytics has no interval of {self.interval_minutes} minutes.", "It has 10 and 60."
            )
        if not 0 <= self.retention_days <= _MOST_DAYS:
            raise InputError(f"Flow logs are kept for 0 (for ever) to {_MOST_DAYS} days.", "Give a number of days.")


@dataclass(frozen=True, slots=True)
class WantedLog:
    """One flow log as it should be. `storage_id` and `workspace_id` are "" where they must be filled in.

    `interval_minutes` 0 is without Traffic Analytics. `is_ready` False: first look into what `why` says.
    """

    verb: Verb
    name: str
    target_id: str
    region: str
    subscription: str
    watcher: str
    watcher_group: str
    storage_id: str
    retention_days: int
    interval_minutes: int
    workspace_id: str
    workspace: Workspace | None
    existing: FlowLog | None
    why: tuple[str, ...]
    is_ready: bool = True
    changes: frozenset[str] = field(default_factory=frozenset)
    """The keys of the kinds of gaps that it closes."""

    @property
    def log_id(self) -> str:
        """Its ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.watcher_group}/providers/Microsoft.Network"
            f"/networkWatchers/{self.watcher}/flowLogs/{self.name}"
        )
