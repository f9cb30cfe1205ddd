"""The steps of the Rules page as a table."""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core.ui.rules import audit, draft, export, replay
from nsgflow_core.ui.rules.cache import Subject

STEPS: dict[str, Callable[[Subject], None]] = {
    "draft": draft.show,
    "replay": replay.show,
    "audit": audit.show,
    "export": export.show,
}
