"""export: the flows of the local store as Parquet files, an hour each, for Spark, Fabric, DuckDB and pandas."""

from __future__ import annotations

import json
import os
from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from nsgflow_core import COMMAND
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.given.traffic import add_window_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_unmet
from nsgflow_core.commands.telling.output import print_lines, show_progress
from nsgflow_core.errors import InputError
from nsgflow_core.sources import is_url, is_url_or_word
from nsgflow_core.stores.lake.destination import Destination, Folder
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.numbers import counted


def add_export(parser: ArgumentParser) -> None:
    """export FOLDER|URL [--since TIME] [--until TIME] [--json] [--store FILE]."""
    parser.add_argument(
        "folder", help="where day=.../HH.parquet go, or a container's URL; hours that are there as they are stay"
    )
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    parser.add_argument("--workspace", metavar="ID", help=SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print what was written as one JSON object")
    add_window_options(parser)


def _destination(text: str) -> Destination:
    """A folder, or a container by its URL, signed in to as for an import. Raises InputError, SourceError."""
    if not is_url_or_word(text):
        return Folder(Path(text))
    if not is_url(text):
        raise InputError("That is no place to write to.", "Name a folder, or a container by its URL.")
    from nsgflow_core.sources.blob_storage.writing import ContainerFolder

    return ContainerFolder.from_url(text, environment=os.environ)


def _show(done: int, every: int) -> None:
    show_progress(f"{done:,}/{every:,} hours", is_last=done == every)


def run_export(arguments: Namespace) -> int:
    """Write what the folder lacks. Raises InputError for a workspace, which holds no single flows."""
    if arguments.workspace:
        hint = f"Import the blobs that the flow logs write ({COMMAND} import), and export those."
        raise InputError("A workspace adds flows up, and has none to write out one by one.", hint)
    store = LocalStore(arguments.store or default_store_path())
    window = FlowFilter(*clock.window(arguments.since, arguments.until))
    place = _destination(arguments.folder)
    done = export_parquet(store, place, window, tell=_show)
    if arguments.json:
        print_lines(json.dumps(asdict(done)))
        return 0
    as_before = f"; {counted(done.as_before, 'hour')} stayed as they were" if done.as_before else ""
    print_lines(
        f"{place.words}: {counted(done.hours, 'hour')} written, {counted(done.tuples, 'log entry')}, "
        f"{done.bytes / 1e6:,.1f} MB{as_before}."
    )
    print_unmet(store, window)
    return 0
