"""The last resort of the command line: one line and a reference for what nobody foresaw, never a traceback.

Where it happened goes to a file in the user's state folder (and with --verbose to standard error): the calls with file
and line, and the kinds of the exceptions. Not their words and no values, so that no secret can be in it.
"""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path

from nsgflow_core.words.unforeseen import account, reference_to


def last_resort(failure: BaseException) -> str:
    """The one line."""
    if isinstance(failure, MemoryError):
        return "There is not enough memory for this. Choose a shorter window, or fewer files."
    reference = reference_to(failure, "in a command")
    kept = _keep(reference, "\n".join(account(failure)))
    where = f"Where is in {kept}." if kept else "Run it again with --verbose to see where."
    return f"Something went wrong on our side, reference {reference}. {where} Please report it as a bug."


def _keep(reference: str, told: str) -> Path | None:
    """Write it down, for this user's eyes; None where that cannot be."""
    try:
        folder = user_state_path("nsgflow", appauthor=False) / "failures"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{reference}.txt"
        path.write_text(told + "\n", encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
    return path
