"""Queries kept by name with a store, as one text among its settings."""

from __future__ import annotations

import json

from nsgflow_core.errors import InputError, refuse_secrets
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.stores.kql_on_local import limits

SETTING = "queries"
MOST = 200
LONGEST_QUERY_NAME = 80


def saved_queries(settings: Settings) -> dict[str, str]:
    """Name -> text, by name; nothing where what is kept cannot be read."""
    try:
        held = json.loads(settings.setting(SETTING) or "{}")
        return {str(name): str(held[name]) for name in sorted(held, key=str.casefold)}
    except (ValueError, TypeError):
        return {}


def save_query(settings: Settings, name: str, text: str) -> None:
    """Keep a query under a name, in place of the one before; an empty text forgets it.

    Raises InputError for no name, one that is too long, or too many queries, and NotAllowed for who may not change.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_QUERY_NAME:
        raise InputError(f"A query's name has 1 to {LONGEST_QUERY_NAME} characters.", "Give it a short name.")
    if len(text) > limits.LONGEST:
        raise InputError(f"The query is longer than {limits.LONGEST:,} characters.", "Write it shorter.")
    verb = "Saved" if text.strip() else "Forgot"

    def save(held: dict[str, str]) -> None:
        settings.save_setting(SETTING, json.dumps(held, ensure_ascii=False), f"{verb} {called}")

    kept.change(settings, SETTING, lambda: _changed(saved_queries(settings), called, text), save)


def _changed(held: dict[str, str], called: str, text: str) -> dict[str, str]:
    before = held.pop(called, None)
    if text.strip():
        refuse_secrets("The saved query", f"{called} {text}")
        held[called] = text
    elif before is None:
        raise InputError(f"No query is saved as '{called}'.", "See the saved names on the Query page.")
    if len(held) > MOST:
        raise InputError(f"{MOST} queries are saved already.", "Forget one first.")
    return held
