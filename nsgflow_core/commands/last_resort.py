"""The last resort of the command line: one line and a reference for what nobody foresaw, never a traceback.

Where it happened goes to a file in the user's state folder (and with --verbose to standard error): the calls with file
and line, and the kinds of the exceptions. Not their words and no values, so that no secret can be in it.
"""

from __future__ import annotations

import platform
import secrets
import traceback
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_state_path

from nsgflow_core import __version__
from nsgflow_core.words.log_lines import log


def last_resort(failure: BaseException) -> str:
    """The one line."""
    if isinstance(failure, MemoryError):
        return "There is not enough memory for this. Choose a shorter window, or fewer files."
    reference = secrets.token_hex(4)
    told = "\n".join(account(failure))
    log.error("Reference %s: %s", reference, told)
    kept = _keep(reference, told)
    where = f"Where is in {kept}." if kept else "Run it again with --verbose to see where."
    return f"Something went wrong on our side, reference {reference}. {where} Please report it as a bug."


def account(failure: BaseException) -> Iterator[str]:
    """Where it happened, outermost call first, with what it came from; no words of an exception and no values."""
    yield f"nsgflow {__version__}, Python {platform.python_version()}, {platform.system()}"
    seen: set[int] = set()
    cause: BaseException | None = failure
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        number = f", errno {cause.errno}" if isinstance(cause, OSError) else ""
        yield f"{type(cause).__module__}.{type(cause).__qualname__}{number}"
        for frame in traceback.extract_tb(cause.__traceback__)[-60:]:
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        cause = cause.__cause__ or cause.__context__


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
