"""The files of a lake: which there are, and a stamp of each that changes when it does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nsgflow_core import COMMAND
from nsgflow_core.errors import InputError, StoreError, StoreMissing
from nsgflow_core.words.visible import path_text

PARQUET, JSON_LINES = ".parquet", ".json"
WHAT_COUNTS = f"Name the folder of an '{COMMAND} export', or of what Log Analytics exported of NTANetAnalytics."
NO_ANSWERS = (
    "What 'az monitor log-analytics query', a portal or a cluster answered is not read: ask the workspace itself "
    "(--workspace, or Connect)."
)
_DEEPEST = 24
"""Folders below the lake; a link that leads up again ends there."""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One file, by its path below the lake."""

    name: str
    size: int
    stamp: str


def files_of(lake: Path) -> dict[str, LakeFile]:
    """Every file of a folder that may hold flows by its name, in that order; what begins with `_` or `.` holds none.

    Raises StoreMissing where there is no such folder or no file in it, InputError for what is no folder, StoreError.
    """
    try:
        found = {file.name: file for file in _below(os.fspath(lake), "", _DEEPEST)}
    except FileNotFoundError:
        raise StoreMissing(f"There is no folder {path_text(lake)}.", "Name a folder of Parquet files.") from None
    except NotADirectoryError:
        raise InputError(f"{path_text(lake)} is no folder.", "Name the folder that the Parquet files are in.") from None
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        raise StoreError(f"{path_text(lake)} cannot be read: {why}.", "Check who may read it.") from None
    if not found:
        raise StoreMissing(f"There is no Parquet file in {path_text(lake)}.", WHAT_COUNTS)
    return dict(sorted(found.items()))


def as_pattern(path: str) -> str:
    """What DuckDB reads this one file by: it takes every path for a pattern, and `flows [1]` for another folder."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)


def _below(folder: str, above: str, deep: int) -> Iterator[LakeFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(("_", ".")):
                continue
            if entry.is_dir():
                if deep:
                    yield from _below(entry.path, f"{above}{entry.name}/", deep - 1)
            elif entry.name.endswith((PARQUET, JSON_LINES)):
                try:
                    told = entry.stat()
                except FileNotFoundError:  # it took another place meanwhile
                    continue
                yield LakeFile(above + entry.name, told.st_size, f"{told.st_mtime_ns}-{told.st_size}-{told.st_ino}")
