"""Imports of the same blobs from an account (Azurite) and from a folder, in turn: what the downloads add.

    .venv/bin/python -m bench.imports.storage FOLDER [--blobs 2000] [--times 3]

`FOLDER` is one of `bench.imports.shapes`; the first blobs of it in path order are written to the account, and copied
beside. Azurite is a process of its own on the same cores; its processor seconds are told, since Azure's are not ours.
An import hides its downloads where it takes as long as the slower of these alone and of the folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.imports.far_away import far_away
from nsgflow_core.intake.blobs.fetching import fetched
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.base import CONTAINERS, Source
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.parts.azurite import Emulator, run_azurite


@dataclass(frozen=True)
class Clocked:
    """Seconds by the clock of one round, in which each had the machine's load of the moment."""

    blobs: int
    tuples: int
    folder: float
    """Of the import from the folder."""
    downloads: float
    """Of listing the account and fetching every byte as an import does, with nothing done with them."""
    account: float
    """Of the import from the account."""
    cpu: float
    """Processor seconds of that in this process."""

    @property
    def floor(self) -> float:
        """What an import from the account that hides the shorter of the two takes."""
        return max(self.folder, self.downloads)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--blobs", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--away", type=float, default=0, metavar="MS", help="milliseconds to the account and back")
    asked = parser.parse_args()
    for each in rounds(asked.folder, asked.blobs, asked.times, asked.away):
        print(
            f"{each.blobs:,} blobs, {each.tuples:,} tuples: folder {each.folder:.1f} s, downloads alone "
            f"{each.downloads:.1f} s, account {each.account:.1f} s ({each.account / each.floor:.2f} of the slower; "
            f"{each.cpu:.1f} s of processor here); load {os.getloadavg()[0]:.1f}"
        )
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"Azurite took {children.ru_utime + children.ru_stime:.1f} s of processor in all, the upload with it")


def has_azurite() -> bool:
    """True where the emulator is installed, by `npm ci --prefix tools`."""
    return shutil.which("node") is not None and (ROOT / "tools" / "node_modules" / "azurite").is_dir()


def median(folder: Path, most: int, times: int) -> Clocked:
    """The round of the middle ratio of account and floor."""
    ordered = sorted(rounds(folder, most, times), key=lambda each: each.account / each.floor)
    return ordered[len(ordered) // 2]


def rounds(folder: Path, most: int, times: int, away: float = 0) -> Iterator[Clocked]:
    """Import at most so many blobs from both, so many times, with the account so many milliseconds away."""
    chosen = sorted(folder.rglob("*.json"))[:most]
    with tempfile.TemporaryDirectory() as place, run_azurite() as account, ExitStack() as stays:
        copy, store = Path(place) / "copy", Path(place) / "flows.duckdb"
        for path in chosen:
            (copy / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / path.relative_to(folder))
        _upload(account, copy)
        wire = stays.enter_context(far_away(urlsplit(account.url).port or 0, away / 2_000)) if away else None
        reached = Emulator(f"http://127.0.0.1:{wire}{urlsplit(account.url).path}") if wire else account
        near, far = FolderSource(copy), BlobStorageSource.from_connection_string(reached.connection_string)
        _imported(near, store)  # what is loaded at first is loaded
        for _ in range(times):
            tuples, folder_seconds, _ = _imported(near, store)
            downloads = _downloaded(far)
            same, account_seconds, cpu = _imported(far, store)
            assert same == tuples, "both hold the same blobs"
            yield Clocked(len(chosen), tuples, folder_seconds, downloads, account_seconds, cpu)


def _imported(source: Source, store: Path) -> tuple[int, float, float]:
    """Tuples of an import into a new store, seconds by the clock, and of this process's processor time."""
    store.unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_flows(source, LocalStore(store))
    return report.tuples, time.perf_counter() - wall, time.process_time() - cpu


def _downloaded(source: Source) -> float:
    """Seconds by the clock of fetching every byte of every blob, as an import fetches them."""
    started = time.perf_counter()
    for _, part in fetched(source, source.blobs(), {}, lambda: False):
        while part is not None and not isinstance(part, Exception) and part.has_more:
            part = part.following(part.offset + len(part.data))
    return time.perf_counter() - started


def _upload(account: Emulator, folder: Path) -> None:
    client = account.client()
    for container in CONTAINERS:
        client.create_container(container)

    def upload(path: Path) -> None:
        container, _, name = path.relative_to(folder).as_posix().partition("/")
        client.get_blob_client(container, name).upload_blob(path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, sorted(folder.rglob("*.json"))))


if __name__ == "__main__":
    main()
