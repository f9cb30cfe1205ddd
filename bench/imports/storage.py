"""Imports of the same blobs from an account (Azurite) and from a folder, in turn: what the downloads add.

    .venv/bin/python -m bench.imports.storage FOLDER [--blobs 2000] [--times 3]

`FOLDER` is one of `bench.imports.shapes`; the first blobs of it in path order are written to the account, and copied
beside. Azurite is a process of its own on the same cores; its processor seconds are told, since Azure's are not ours.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from bench.imports.far_away import far_away
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.base import CONTAINERS, Source
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.parts.azurite import Emulator, run_azurite


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--blobs", type=int, default=2_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--away", type=float, default=0, metavar="MS", help="milliseconds to the account and back")
    asked = parser.parse_args()
    chosen = sorted(asked.folder.rglob("*.json"))[: asked.blobs]
    with tempfile.TemporaryDirectory() as place, run_azurite() as account, ExitStack() as stays:
        copy = Path(place) / "copy"
        for path in chosen:
            (copy / path.relative_to(asked.folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / path.relative_to(asked.folder))
        _upload(account, copy)
        wire = stays.enter_context(far_away(urlsplit(account.url).port or 0, asked.away / 2_000))
        stored = BlobStorageSource.from_connection_string(
            Emulator(f"http://127.0.0.1:{wire}{urlsplit(account.url).path}").connection_string
            if asked.away
            else account.connection_string
        )
        for name, source in (
            ("warm", FolderSource(copy)),
            *(("folder", FolderSource(copy)), ("account", stored)) * asked.times,
        ):
            _show(name, source, Path(place) / "flows.duckdb")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"Azurite took {children.ru_utime + children.ru_stime:.1f} s of processor in all, the upload with it")


def _upload(account: Emulator, folder: Path) -> None:
    client = account.client()
    for container in CONTAINERS:
        client.create_container(container)

    def upload(path: Path) -> None:
        container, _, name = path.relative_to(folder).as_posix().partition("/")
        client.get_blob_client(container, name).upload_blob(path.read_bytes())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, sorted(folder.rglob("*.json"))))


def _show(name: str, source: Source, store: Path) -> None:
    """One import into a new store, and one more that finds nothing new."""
    store.unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_flows(source, LocalStore(store))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    again = time.perf_counter()
    import_flows(source, LocalStore(store))
    again = time.perf_counter() - again
    speed = report.tuples / wall / 1e6
    print(
        f"{name:8} {report.blobs_read:,} blobs, {report.tuples:,} tuples: {wall:.1f} s ({speed:.2f} M/s), "
        f"{cpu:.1f} s of processor here; again {again:.2f} s; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
