"""Where the local store lies when nobody says otherwise, where what can be made again lies, and which file is which."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from nsgflow_core.errors import StoreError
from nsgflow_core.words.visible import written_path

STORE_VARIABLE = "NSGFLOW_STORE"
"""Environment variable that moves the store."""


def default_store_path() -> Path:
    """The file that NSGFLOW_STORE names, otherwise flows.duckdb in the platform's user data folder."""
    named = os.environ.get(STORE_VARIABLE, "").strip()
    if named:
        return written_path(named)
    return user_data_path("nsgflow", appauthor=False) / "flows.duckdb"


def cache_folder() -> Path:
    """The user's cache folder; where that cannot be written (a container's home), a temporary one of this process.

    Raises StoreError where neither can be.
    """
    folder = user_cache_path("nsgflow")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, ValueError):
        return Path(_temporary().name)


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Removed when the process ends."""
    try:
        return tempfile.TemporaryDirectory(prefix="nsgflow-")
    except OSError as failure:
        raise StoreError(
            f"Neither the cache folder nor a temporary one can be written: {failure.strerror}.",
            "Set XDG_CACHE_HOME or TMPDIR to a folder that may be written, or free some space.",
        ) from None


FileState = tuple[int, int, int]
"""A file's number, when something last wrote to it (ns), and its bytes."""


def which_file(path: Path) -> int | None:
    """Tells one file at a path from another that took its place; None while there is none."""
    found = state_of_file(path)
    return found and found[0]


def state_of_file(path: Path) -> FileState | None:
    """Tells a file from itself after something wrote to it, as well; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
