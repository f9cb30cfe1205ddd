"""The steps of the Rules page as a table."""

from __future__ import annotations

from collections.abc import Callable

from nsgflow_core.ui.rules import audit, export, proof, replay
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import draft

STEPS: dict[str, Callable[[RulesSubject], None]] = {
    "draft": draft.show,
    "replay": replay.show,
    "proof": proof.show,
    "audit": audit.show,
    "export": export.show,
}
