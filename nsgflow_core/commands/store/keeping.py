"""retention and backup: how long the local store keeps flows, and a copy of it while it is in use."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.commands.telling.output import print_lines
from nsgflow_core.errors import InputError
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.backup import back_up
from nsgflow_core.stores.local.upkeep.retention import ALL, Leaving, read_days
from nsgflow_core.words.numbers import counted


def add_retention(parser: ArgumentParser) -> None:
    """retention [--keep DAYS] [--apply | --dry-run] [--json] [--store FILE]."""
    parser.add_argument(
        "--keep", metavar="DAYS", help=f"keep so many whole days before the newest flow, or '{ALL}'; else: as it is set"
    )
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--apply", action="store_true", help="let go now what is older; else the next import does")
    doing.add_argument("--dry-run", action="store_true", help="only say what would go: set and change nothing")
    parser.add_argument("--json", action="store_true", help="print it as one JSON object")
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")


def run_retention(arguments: Namespace) -> int:
    """Say what is kept and what goes; set it, and do it, where asked to."""
    store = LocalStore(arguments.store or default_store_path())
    store.extent()  # a store that is not there is said, not made
    days = keeping.days_kept(store) if arguments.keep is None else read_days(arguments.keep)
    if arguments.keep is not None and not arguments.dry_run:
        keeping.keep_days(store, days)
    if arguments.apply and days is None:
        raise InputError("Everything is kept, so nothing can go.", "Say how many days to keep: --keep 90 --apply.")
    size = store.path.stat().st_size
    leaving = keeping.leaving(store, days)
    gone = keeping.retire(store, agreed=leaving) if arguments.apply else None
    leaving = gone or leaving
    if arguments.json:
        written = {"days": days, "applied": gone is not None, "leaving": _as_json(leaving)}
        words = json.dumps(written | {"bytes_before": size, "bytes": store.path.stat().st_size}, indent=1)
    else:
        words = "\n".join(_sentences(days, leaving, is_done=arguments.apply, size=size, now=store.path.stat().st_size))
    print_lines(*words.splitlines())
    return 0


def _sentences(days: int | None, leaving: Leaving | None, *, is_done: bool, size: int, now: int) -> list[str]:
    if days is None:
        return [f"Everything is kept ({now / 1e6:,.1f} MB)."]
    lines = [f"Kept: {counted(days, 'day')} before the newest flow ({now / 1e6:,.1f} MB)."]
    if leaving is None or leaving.is_nothing:
        return [*lines, "Nothing is older."]
    lines.append(f"{'Gone' if is_done else 'Older'}: {leaving.words}")
    if is_done:
        return [*lines, f"The file shrank from {size / 1e6:,.1f} to {now / 1e6:,.1f} MB."]
    return [*lines, "It goes with the next import, or now with --apply."]


def _as_json(leaving: Leaving | None) -> dict[str, object] | None:
    if leaving is None:
        return None
    return {
        name: format_time(value) if isinstance(value, datetime) else value for name, value in asdict(leaving).items()
    }


def add_backup(parser: ArgumentParser) -> None:
    """backup FILE [--replace] [--store FILE]."""
    parser.add_argument("file", type=Path, help="where the copy goes; it is a store itself")
    parser.add_argument("--replace", action="store_true", help="in place of a file that is there")
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")


def run_backup(arguments: Namespace) -> int:
    """Copy the store as of now, also while it is imported into."""
    made = back_up(LocalStore(arguments.store or default_store_path()), arguments.file, replace=arguments.replace)
    newest = f", the newest of {made.holds.last:%Y-%m-%d %H:%M} UTC" if made.holds.last else ""
    words = f"{made.path}: {counted(made.holds.tuples, 'log entry')}{newest}; {made.size / 1e6:,.1f} MB.\n"
    print_lines(*words.splitlines())
    return 0
