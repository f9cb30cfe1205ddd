"""All kinds of questions that a draft asks: those about traffic, a row each in `reasons.py`, and those about its rules.

An id is made of a kind of this table alone (`question_id`), so a kind that is not here cannot be asked.
"""

from __future__ import annotations

from nsgflow_core.rules.draft.asking.reasons import REASON_OF_KIND

WHOLE_INTERNET = "internet"
CLOSE_INTERNET = "close-internet"
NEW_PORTS = "new-ports"
SERVICE_TAG = "service-tag"
JUMP_HOST = "jump-host"
QUESTION_KINDS = frozenset(
    {
        *(key for key, reason in REASON_OF_KIND.items() if reason.asks),
        *(WHOLE_INTERNET, CLOSE_INTERNET, NEW_PORTS, SERVICE_TAG, JUMP_HOST),
    }
)
