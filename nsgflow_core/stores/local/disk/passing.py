"""Temporary folders in which flows lie: each goes with its process, however that ends."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nsgflow_core.stores.local.disk.locks import is_ours

_HELD = ".held"
"""A file that the process of a folder has locked."""
_BEGINS = 60.0
"""Seconds that a process has from making this file to locking it, before others may take it for dead."""
_handles: dict[Path, int] = {}


def made(kind: str) -> Path:
    """A new folder, like `/tmp/nsgflow-kql-...`; those of the kind that a killed process left are removed first.

    Raises OSError.
    """
    _remove_left(kind)
    folder = Path(tempfile.mkdtemp(prefix=_beginning(kind)))
    handle = os.open(folder / _HELD, os.O_RDWR | os.O_CREAT, 0o600)
    if is_ours(handle) and not _is_nobodys(folder):
        _handles[folder] = handle
    else:  # a file system without locks: nobody could tell this process from a dead one
        os.close(handle)
        (folder / _HELD).unlink()
    return folder


def remove(folder: Path) -> None:
    """Take a folder away with all that is in it."""
    if (handle := _handles.pop(folder, None)) is not None:
        os.close(handle)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def passing(kind: str) -> Iterator[Path]:
    """A folder for a block. Raises OSError."""
    folder = made(kind)
    try:
        yield folder
    finally:
        remove(folder)


def _beginning(kind: str) -> str:
    return f"nsgflow-{kind}-"


def _remove_left(kind: str) -> None:
    """Remove the folders whose process is gone; another user's cannot be looked into, and stay."""
    for left in Path(tempfile.gettempdir()).glob(f"{_beginning(kind)}*"):
        with suppress(OSError):
            if left not in _handles and time.time() - (left / _HELD).stat().st_mtime > _BEGINS and _is_nobodys(left):
                shutil.rmtree(left, ignore_errors=True)


def _is_nobodys(folder: Path) -> bool:
    handle = os.open(folder / _HELD, os.O_RDWR)
    try:
        return is_ours(handle)
    finally:
        os.close(handle)
