"""export: the flows of the local store as Parquet files, an hour each, for Spark, Fabric, DuckDB and pandas."""

from __future__ import annotations

import json
from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.options import add_window_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_lines
from nsgflow_core.errors import InputError
from nsgflow_core.stores.lake.exporting import export_parquet
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.numbers import counted


def add_export(parser: ArgumentParser) -> None:
    """export FOLDER [--since TIME] [--until TIME] [--json] [--store FILE]."""
    parser.add_argument("folder", type=Path, help="where day=.../HH.parquet go; hours that are there as they are stay")
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    parser.add_argument("--workspace", metavar="ID", help=SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print what was written as one JSON object")
    add_window_options(parser)


def run_export(arguments: Namespace) -> int:
    """Write what the folder lacks. Raises InputError for a workspace, which holds no single flows."""
    if arguments.workspace:
        hint = "Import the blobs that the flow logs write (nsgflow import), and export those."
        raise InputError("A workspace adds flows up, and has none to write out one by one.", hint)
    store = LocalStore(arguments.store or default_store_path())
    window = FlowFilter(clock.moment(arguments.since), clock.moment(arguments.until))
    done = export_parquet(store, arguments.folder, window)
    if arguments.json:
        print_lines(json.dumps(asdict(done)))
        return 0
    as_before = f"; {counted(done.as_before, 'hour')} stayed as they were" if done.as_before else ""
    print_lines(
        f"{arguments.folder}: {counted(done.hours, 'hour')} written, {done.tuples:,} log entries, "
        f"{done.bytes / 1e6:,.1f} MB{as_before}."
    )
    return 0
