"""A file of one text that several processes read, change and write: a `Settings` whose block holds others off."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nsgflow_core.commands.telling.written import put_file
from nsgflow_core.errors import InputError
from nsgflow_core.inventory.shapes.given import decoded, read_given
from nsgflow_core.stores.local.disk.locks import is_ours
from nsgflow_core.words.visible import in_short, path_text

WAIT = 120.0
"""Seconds, as long as writers of a store wait for each other."""
_LOOK_AGAIN = 0.02


class SharedFile:
    """The text of a file, whatever the key."""

    def __init__(self, file: Path, hint: str) -> None:
        self._name, self._hint = in_short(path_text(file)), hint
        self._place = file.resolve()

    def setting(self, key: str) -> str | None:
        """The file's text; None where there is no file yet. Raises BadInventory."""
        return decoded(read_given(self._place)) if self._place.exists() else None

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        """Put a text in place of the file's. Raises InputError."""
        try:
            put_file(self._place, f"{text}\n".encode())
        except OSError as failure:
            raise self._unwritable(failure) from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block during which no process is in another one of this file. Raises InputError."""
        until = time.monotonic() + WAIT
        while (handle := self._held()) is None:
            if time.monotonic() > until:
                raise InputError(f"{self._name} is held by another process.", "End it, and try again.")
            time.sleep(_LOOK_AGAIN)
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file: there the lock stays, empty
                self._lock.unlink()
            os.close(handle)

    def _held(self) -> int | None:
        """What holds others off until it is closed, however this process ends; None while another process does."""
        try:
            handle = os.open(self._lock, os.O_RDONLY | os.O_CREAT, 0o666)
        except OSError as failure:
            if self._lock.exists():  # of another user
                return None
            raise self._unwritable(failure) from None
        if is_ours(handle) and self._is_at(handle):
            return handle
        os.close(handle)
        return None

    def _is_at(self, handle: int) -> bool:
        """False where the one who held it before took it away."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(handle), self._lock.stat())
        return False

    @property
    def _lock(self) -> Path:
        """Beside the file, one for all spellings of its name, and never too long a name."""
        number = zlib.crc32(os.fsencode(self._place.name.casefold()))
        return self._place.with_name(f".nsgflow-{number:08x}.lock")

    def _unwritable(self, failure: OSError) -> InputError:
        return InputError(f"{self._name} cannot be written: {failure.strerror or failure}.", self._hint)
