"""Where work is killed: a place in the code for each phase, before or after it, and in which of its calls."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

_LOCAL = "nsgflow_core.stores.local"


@dataclass(frozen=True)
class Point:
    """A call during an action, at which the process is killed."""

    action: str
    place: str
    """module:name or module:Class.name, as the caller finds it."""
    after: bool = False
    call: int = 1

    @property
    def words(self) -> str:
        return f"{self.action} {'after' if self.after else 'before'} {self.place.rpartition(':')[2]} {self.call}"

    @property
    def found(self) -> tuple[Any, str, Callable[..., Any]]:
        """Whose it is, its name, and what is called. Raises AttributeError where nothing is there any more."""
        module, _, path = self.place.partition(":")
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for each in outer:
            owner = getattr(owner, each)
        return owner, name, getattr(owner, name)

    def arm(self) -> None:
        """Kill this process there from now on."""
        owner, name, plain = self.found
        setattr(owner, name, self._armed(plain))

    def _armed(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        calls = 0

        @wraps(plain)
        def armed(*arguments: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.call and not self.after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = plain(*arguments, **more)
            if calls == self.call:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return armed


def _both(action: str, place: str, call: int = 1) -> tuple[Point, Point]:
    return Point(action, place, False, call), Point(action, place, True, call)


POINTS = (
    Point("import", "nsgflow_core.sources.folder:FolderSource.blobs", after=True),
    Point("import", "nsgflow_core.sources.folder:FolderSource.read", call=4),
    Point("import", "nsgflow_core.formats.gathering:Gathering.read", call=3),
    *_both("import compiled", "nsgflow_core.formats.gathering:Gathering.read_whole", call=2),
    *_both("import compiled", "nsgflow_core.intake.batching:Batching.store", call=2),
    *_both("import compiled", "nsgflow_core.intake.storing:Storing.store", call=2),
    Point("import compiled", f"{_LOCAL}.ledger:write_flows", call=3),
    *_both("import", f"{_LOCAL}.disk.opening:make_tables"),
    *_both("import", f"{_LOCAL}.ledger:_write_ledger", call=2),
    *_both("import", f"{_LOCAL}.ledger:write_flows", call=3),
    *_both("import", f"{_LOCAL}.disk.file:StoreFile._end_writer", call=2),
    *_both("import", f"{_LOCAL}.disk.file:StoreFile._close", call=6),
    *_both("step", f"{_LOCAL}.disk.opening:step_up"),
    *_both("retire", f"{_LOCAL}.upkeep.keeping:write_kept"),
    *_both("retire", f"{_LOCAL}.upkeep.retention:tables_of"),
    *_both("retire", f"{_LOCAL}.disk.file:make_durable"),
    *_both("retire", f"{_LOCAL}.disk.file:take_place"),
    Point("retire", f"{_LOCAL}.disk.file:StoreFile._end_writer", after=True),
    Point("rebuild", "nsgflow_core.intake.rebuilding:start_beside", after=True),
    Point("rebuild", f"{_LOCAL}.ledger:write_flows", call=3),
    *_both("rebuild", f"{_LOCAL}.upkeep.swapping:_carry_over"),
    *_both("rebuild", f"{_LOCAL}.disk.file:make_durable"),
    *_both("rebuild", f"{_LOCAL}.disk.file:take_place"),
    *_both("backup", f"{_LOCAL}.upkeep.backup:write_copy"),
    *_both("backup", f"{_LOCAL}.upkeep.backup:make_durable"),
    *_both("backup", f"{_LOCAL}.upkeep.backup:take_place"),
)
