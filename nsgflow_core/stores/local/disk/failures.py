"""What DuckDB and the disk cannot do, in words: one row per kind of failure, and the one boundary that looks them up.

DuckDB (2.0.1, each row's words were made by real means in `tests/stores/local/test_failures.py`) tells most of what
happens to a file as `IOException` or the bare `Error`, so words come first and classes second: the last row takes any
other.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nsgflow_core import COMMAND
from nsgflow_core.errors import (
    Cancelled,
    NsgflowError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreIncompatible,
    StoreMissing,
)
from nsgflow_core.words.visible import path_text

IMPORT_FIRST = f"Import flow logs first: {COMMAND} import SOURCE, or the page Connect."
_AWAY = "Move it away and import again, or choose another file with --store or NSGFLOW_STORE."
_FREE = "Free some space, then do it again: nothing was stored by half."
_ANOTHER = "Choose another file with --store or NSGFLOW_STORE."


@dataclass(frozen=True, slots=True)
class FailureKind:
    """One kind: how it is recognized, and what is said of it. `{path}`, `{wal}`, `{by}` and `{words}` are filled in."""

    name: str
    says: str
    """A pattern in the first line of what was said; "" for none."""
    classes: tuple[type[BaseException], ...]
    """Exceptions that are of this kind whatever they say."""
    error: type[NsgflowError]
    message: str
    hint: str


KINDS: tuple[FailureKind, ...] = (
    FailureKind(
        "setting",
        r"Memory must have|memory_limit|Unknown unit for memory",
        (),
        StoreError,
        "NSGFLOW_MEMORY_LIMIT is not an amount of memory.",
        "Write it like 4GB.",
    ),
    FailureKind(
        "no locks",
        r"No locks available|[Ff]unction not implemented|[Oo]peration not supported",
        (),
        StoreError,
        "The file system of {path} cannot lock files, and a store without locks would be damaged.",
        "Keep the store on a disk of this machine: --store or NSGFLOW_STORE.",
    ),
    FailureKind(
        "files",
        r"[Tt]oo many open files",
        (),
        StoreBusy,
        "{path} cannot be opened: this machine or program has too many files open.",
        "Try again, or raise the limit (ulimit -n).",
    ),
    FailureKind(
        "disk",
        r"[Ii]nput/output error|[Ss]tale (?:NFS )?file handle|Transport endpoint|Remote I/O|No such device|timed out",
        (),
        StoreError,
        "The disk or network drive that holds {path} fails.",
        "Check it and the machine's own log, then try again.",
    ),
    FailureKind(
        "locked",
        r"Conflicting lock|Could not set lock|different configuration|being used by another process",
        (duckdb.ResourceInUseException,),
        StoreBusy,
        "Another program{by} is writing to {path}.",
        "Wait until its import has ended, then try again.",
    ),
    FailureKind(
        "temp",
        r"offload data block|Failed to create directory|duckdb_temp|max_temp_directory_size",
        (),
        StoreFull,
        "The question needs more room than there is in {path}.tmp, where what exceeds memory is put.",
        "Free some space there, or choose a shorter window.",
    ),
    FailureKind(
        "full",
        r"No space left|File too large|[Dd]isk quota|not enough space on the disk|disk is full",
        (),
        StoreFull,
        "The disk is full, or the size of a file limited: {path} cannot grow.",
        _FREE,
    ),
    FailureKind(
        "newer",
        r"storage version number|created with a newer version|newer version of DuckDB",
        (),
        StoreIncompatible,
        "{path} was written by another version of DuckDB than the one that is installed.",
        "Update nsgflow, or choose another file with --store or NSGFLOW_STORE.",
    ),
    FailureKind(
        "log damaged",
        r"replaying WAL|WAL file|WAL does not match",
        (),
        StoreDamaged,
        "{wal}, the store's write-ahead log, is damaged or of another store.",
        "Move it away: what it held was not yet in the store, and the next import reads it again.",
    ),
    FailureKind(
        "read-only",
        r"Read-only file system|attached in read-only mode",
        (),
        StoreError,
        "{path} cannot be written: its file system is read-only.",
        _ANOTHER,
    ),
    FailureKind(
        "permission",
        r"[Pp]ermission denied|Operation not permitted|Access is denied",
        (),
        StoreError,
        "{path} cannot be opened: no permission.",
        "Check the owner of the file and of its folder, or choose another file with --store or NSGFLOW_STORE.",
    ),
    FailureKind(
        "folder",
        r"Is a directory",
        (),
        StoreIncompatible,
        "{path} is a folder, and a store is a file.",
        _ANOTHER,
    ),
    FailureKind(
        "below a file",
        r"Not a directory",
        (),
        StoreError,
        "{path} cannot be reached: a part of its path is a file, not a folder.",
        _ANOTHER,
    ),
    FailureKind(
        "name",
        r"File name too long|Too many levels of symbolic links|Symlink loop|bad_cast|surrogates|"
        r"home directory|null byte",
        (),
        StoreError,
        "{path} cannot be the name of a store.",
        _ANOTHER,
    ),
    FailureKind("missing", r"No such file", (), StoreMissing, "There is no store at {path}.", IMPORT_FIRST),
    FailureKind(
        "not ours",
        r"not a valid DuckDB database file|not an? ordinary file",
        (),
        StoreIncompatible,
        "{path} is damaged from its first bytes on, or is not a store that this version of nsgflow can read.",
        _AWAY,
    ),
    FailureKind(
        "damaged",
        r"[Cc]orrupt|checksum|Could not read enough bytes|Could not read from file|[Ff]ailed to (?:decode|deserialize)|"
        r"database has been invalidated",
        (duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException),
        StoreDamaged,
        "{path} is damaged.",
        _AWAY,
    ),
    FailureKind(
        "tables",
        r"(?:Table|Column|View).*does not exist|Referenced (?:table|column)",
        (),
        StoreDamaged,
        "{path} lacks tables that every store has: something else changed it.",
        _AWAY,
    ),
    FailureKind(
        "interrupted", r"^INTERRUPT", (duckdb.InterruptException,), Cancelled, "The question was stopped.", "Ask again."
    ),
    FailureKind(
        "memory",
        r"[Oo]ut of [Mm]emory|bad_alloc|[Cc]annot allocate memory",
        (duckdb.OutOfMemoryException, MemoryError),
        StoreError,
        "The question needs more memory than the store may use.",
        "Choose a shorter window or fewer rows, or raise NSGFLOW_MEMORY_LIMIT.",
    ),
    FailureKind(
        "text",
        r"cannot encode str|Invalid unicode|invalid UTF-8",
        (),
        StoreError,
        "What was asked for holds characters that are no text.",
        "Write it anew.",
    ),
    FailureKind(
        "other",
        r"",
        (duckdb.Error, OSError, ValueError, RuntimeError),
        StoreError,
        "The store {path} could not answer: {words}",
        "Please report this as a bug, with what you asked for.",
    ),
)


def kind_of(failure: BaseException) -> FailureKind:
    """The kind of a failure: by its words, else by its class."""
    words = re.sub(r"\"[^\"]*\"|'[^']*'", _unnamed, _first_line(failure))
    for kind in KINDS:
        if kind.says and re.search(kind.says, words):
            return kind
    return next((kind for kind in KINDS if isinstance(failure, kind.classes)), KINDS[-1])


def _unnamed(quoted: re.Match[str]) -> str:
    """A name or value inside what was said is no word of it, but for the name of a temporary file."""
    return '"duckdb_temp"' if "duckdb_temp" in quoted[0] else '""'


def translated(failure: BaseException, path: Path) -> NsgflowError:
    """The failure in words, for people."""
    kind = kind_of(failure)
    held = re.search(r"\(PID (\d+)\)", str(failure))
    shown = path_text(path)
    filled = {
        "path": shown,
        "wal": f"{shown}.wal",
        "by": f" (process {held[1]})" if held else "",
        "words": _first_line(failure).rstrip("."),
    }
    return kind.error(kind.message.format(**filled), kind.hint.format(**filled))


@contextmanager
def as_our_errors(path: Path) -> Iterator[None]:
    """The boundary: whatever DuckDB raises inside leaves as an error of our tree, Ctrl-C as what it is."""
    try:
        yield
    except (duckdb.Error, MemoryError) as failure:
        raise translated(failure, path) from failure
    except RuntimeError as failure:
        if str(failure) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from None
        if str(failure).startswith("std::"):  # an exception of C++ that DuckDB has no class for
            raise translated(failure, path) from failure
        raise


def look_at(path: Path) -> int | None:
    """The size of a store's file; None when there is none. Never opens what could keep us waiting.

    Raises StoreError for anything but an ordinary file, for one that may not be looked at, and for a path that DuckDB
    takes for a file and its options: what was committed was lost.
    """
    if "?" in str(path) and os.name != "nt":
        raise StoreError(f"A store's path holds no question mark: {path_text(path)}.", "Name another file or folder.")
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file")
        log = path.with_name(path.name + ".wal")
        if log.exists() and not log.is_file():
            raise OSError(errno.EINVAL, "the WAL file is not an ordinary file")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as failure:
        raise translated(failure, path) from None
    return status.st_size


def _first_line(failure: BaseException) -> str:
    said = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return next(iter(str(said).splitlines()), type(failure).__name__)
