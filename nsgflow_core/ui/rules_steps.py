"""The steps of the Rules page as a table."""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core.ui import rules_audit, rules_draft, rules_export, rules_replay
from nsgflow_core.ui.rules_made import Subject

STEPS: dict[str, Callable[[Subject], None]] = {
    "draft": rules_draft.show,
    "replay": rules_replay.show,
    "audit": rules_audit.show,
    "export": rules_export.show,
}
