"""history: who changed what in the local store, and when."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nsgflow_core.commands.given.numbers import MOST_ROWS, whole
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore


def add_history(parser: ArgumentParser) -> None:
    """history [--limit N] [--store FILE]."""
    parser.add_argument("--limit", type=whole(1, MOST_ROWS), metavar="N", help="only the N newest changes")
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    add_output_options(parser)


def run_history(arguments: Namespace) -> int:
    """One row a change, newest first: time (UTC), who, what, about, and what their provider knows them by."""
    store = LocalStore(arguments.store or default_store_path())
    print_frame(store.history(arguments.limit), arguments.format)
    return 0
