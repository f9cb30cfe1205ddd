"""Where an export goes: a folder, or whatever else takes files whole (`sources/blob_storage/writing.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from nsgflow_core.stores.local.upkeep.copying import in_place_of, unwritable


class Destination(Protocol):
    """Files by name, with `/` between folders. A file is there whole, as it was put last, or not at all."""

    @property
    def words(self) -> str:
        """Which it is, for people; no secret."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """Around an export: what is refused inside leaves as an error of our tree."""
        ...

    def names(self) -> frozenset[str]:
        """Of every file that is there, but for hidden ones."""
        ...

    def kept(self, name: str) -> bytes | None:
        """What a file holds; None where there is none."""
        ...

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> int:
        """A file in the place of the one before; how many bytes it has."""
        ...


class Folder:
    """A folder of this machine, which is made when there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def words(self) -> str:
        """Its path."""
        return str(self._path)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Raises StoreError for what the disk refuses."""
        with unwritable(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            yield

    def names(self) -> frozenset[str]:
        """Folders among them: one that is empty is somebody's too."""
        found = (each.relative_to(self._path) for each in self._path.rglob("*"))
        return frozenset(each.as_posix() for each in found if not each.parts[0].startswith("."))

    def kept(self, name: str) -> bytes | None:
        """What a file holds; None where there is none."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> int:
        """On disk before it takes its place."""
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with in_place_of(path) as new, new.open("wb") as opened:
            write(opened)
        return path.stat().st_size
