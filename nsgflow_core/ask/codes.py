"""Words that the local store keeps as numbers, and how SQL and KQL tell them."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.words.vocabulary import FlowState


def cases(words: Mapping[int, str], otherwise: str) -> str:
    """SQL for the word of a number that the local store keeps."""
    return "CASE {made} " + " ".join(f"WHEN {code} THEN '{word}'" for code, word in words.items()) + otherwise + " END"


STATE_CODES: Mapping[int, str] = dict(enumerate(("", *FlowState)))
"""The flow states as the local store numbers them; "" is none (version 1 NSG logs)."""
STATES = {code: word for code, word in STATE_CODES.items() if word}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAY_CODES: Mapping[int, str] = dict(enumerate(WEEKDAYS, start=1))
WEEKDAY_KQL = ", ".join(f'dayofweek(interval) == {code % 7}d, "{word}"' for code, word in WEEKDAY_CODES.items())
"""Kusto counts days from Sunday (Microsoft Learn, "dayofweek()")."""
