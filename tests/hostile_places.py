"""Places where no file can be, or none that could be read: each makes what it needs in a folder."""

from __future__ import annotations

import os
from pathlib import Path


def a_folder(folder: Path) -> Path:
    return folder


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_long_name(folder: Path) -> Path:
    return folder / ("n" * 300)


def a_loop(folder: Path) -> Path:
    (folder / "loop").symlink_to("loop")
    return folder / "loop"


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "x.json"


def zeros(_folder: Path) -> Path:
    return Path("/dev/zero")


def nobodys_home(_folder: Path) -> Path:
    return Path("~nobody-of-that-name/flows.duckdb")
