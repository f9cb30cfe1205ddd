"""watch: rounds of one source without a browser, a line for each, and somebody told of what is new."""

from __future__ import annotations

import os
import signal
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from nsgflow_core.analysis.compared.ended import SILENT_AFTER
from nsgflow_core.commands.given.numbers import MOST_ROWS, whole
from nsgflow_core.commands.given.traffic import add_window_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_lines, say
from nsgflow_core.credentials import TypedBy
from nsgflow_core.errors import InputError, NsgflowError, SourceError
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources import is_url_or_word, open_source
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import Connection
from nsgflow_core.watch.opening import Lends, open_connection
from nsgflow_core.watch.rounds import Round
from nsgflow_core.watch.telling import Listener, Program, Webhook
from nsgflow_core.watch.watcher import Watcher
from nsgflow_core.words.visible import in_short, written_path


def add_watch(parser: ArgumentParser) -> None:
    """watch SOURCE [--every 5m] [--once | --rounds N] [--webhook URL] [--command CMD]."""
    parser.add_argument(
        "source", help="the name of a remembered connection, or what 'import' takes: a folder, an account URL, azure"
    )
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    parser.add_argument("--every", metavar="TIME", default="5m", help="between two starts: 30s, 5m, 1h (default 5m)")
    times = parser.add_mutually_exclusive_group()
    times.add_argument("--once", action="store_const", const=1, dest="rounds", help="one round, for a scheduler")
    times.add_argument("--rounds", type=whole(1, MOST_ROWS), metavar="N", help="so many rounds (default: no end)")
    add_window_options(parser)
    parser.add_argument("--container", action="append", metavar="NAME", help="only this container of the account")
    parser.add_argument(
        "--all-hours",
        action="store_true",
        help="list all of an account each round; else what ended two days before the last is listed once a day",
    )
    hours = SILENT_AFTER // timedelta(hours=1)
    parser.add_argument(
        "--silent-after", metavar="TIME", default=f"{hours}h", help=f"when a flow log is silent (default {hours}h)"
    )
    parser.add_argument("--webhook", metavar="URL", help="POST what is new there, as JSON; https")
    parser.add_argument("--command", metavar="CMD", help="start this on what is new; no shell, JSON on its input")
    parser.add_argument("--json", action="store_true", help="print each round as one JSON object")


def run_watch(arguments: Namespace) -> int:
    """Rounds until enough or stopped; the worst of their statuses: 0 read, 1 some blob failed, 2 nothing read.

    Ctrl-C and SIGTERM end it at the next safe point of a round: what was read until there is stored.
    """
    every, silent_after = (connections.parse_every(text) for text in (arguments.every, arguments.silent_after))
    listeners: list[Listener] = []
    listeners += [Webhook(arguments.webhook)] if arguments.webhook else []
    listeners += [Program.of(arguments.command)] if arguments.command else []
    store = LocalStore(arguments.store or default_store_path())
    known = _known(store, arguments.source)
    watched = _Watched(arguments, store, known, silent_after)
    worst, done = 0, 0
    with _stopping() as stop:
        while not stop.is_set():
            started = time.monotonic()
            made = watched.round(stop)
            print_lines(made.to_json() if arguments.json else f"{made.moment}  {made.words}")
            worst, done = max(worst, made.exit_status, _told(listeners, made)), done + 1
            if done == arguments.rounds:
                break
            stop.wait(max(0.0, every.total_seconds() - (time.monotonic() - started)))
    return worst


def _known(store: LocalStore, text: str) -> Connection | None:
    """The remembered connection of this name; None for a source as `import` takes it, which no name stands before."""
    if is_url_or_word(text):
        return None
    known = connections.named(connections.load(store), text)
    if known and os.path.exists(written_path(text)):  # noqa: PTH110 - pathlib's fails on long names
        raise InputError(
            f"'{in_short(text)}' is both a file or folder and a remembered connection.",
            f"Write ./{in_short(text)} for the file, or give the connection another name.",
        )
    return known


class _Watched:
    """What is read in each round: opened once, and again after a round that could not be read."""

    def __init__(self, arguments: Namespace, store: LocalStore, known: Connection | None, silent: timedelta) -> None:
        self._arguments = arguments
        self._known = known
        self._source: Source | None = None
        self._watcher: Watcher | None = None
        self._store, self._silent = store, silent

    def round(self, stop: threading.Event) -> Round:
        """One round; a source that cannot be opened is its error, and is tried again in the next."""
        try:
            source = self._source or self._open()
        except SourceError as error:
            return Round(self._name, datetime.now(UTC), ImportReport(unlisted=True), str(error))
        if self._watcher is None:
            place = self._known.place if self._known else source.place.text
            self._watcher = Watcher(self._store, place, self._silent, all_hours=self._arguments.all_hours)
        made = self._watcher.round(source, self._window(), cancelled=stop.is_set)
        self._source = None if made.error else source
        return made

    @property
    def _name(self) -> str:
        return self._known.name if self._known else "source"

    def _open(self) -> Source:
        if self._known:
            return open_connection(self._known, Lends.to(TypedBy.OWN))
        return open_source(self._arguments.source, containers=self._arguments.container)

    def _window(self) -> ImportWindow:
        """Of this round: relative times move on."""
        since, until = clock.window(self._arguments.since, self._arguments.until)
        if self._known and not (since or until):
            return self._known.window
        return ImportWindow(since, until)


def _told(listeners: list[Listener], made: Round) -> int:
    """Tell everybody what is new; 1 when somebody could not be told."""
    status = 0
    for listener in listeners if made.is_news else ():
        try:
            listener.tell(made.to_json())
        except NsgflowError as error:
            say(error)
            status = 1
    return status


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets; the second Ctrl-C ends the command as it always does."""
    stop = threading.Event()

    def heard(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, heard)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
