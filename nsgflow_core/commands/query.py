"""query: KQL written for a workspace, answered from the flows of the local store."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from datetime import datetime
from pathlib import Path

from nsgflow_core.commands.given.network_files import kept_with, nsg_names_file, read_inventory, subnets_file
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_window_options, flow_filter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import InputError
from nsgflow_core.stores.kql_on_local import limits
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.examples import EXAMPLES
from nsgflow_core.stores.kql_on_local.readable import readable
from nsgflow_core.stores.kql_on_local.saved import save_query, saved_queries
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.words.visible import in_short, path_text

NEWEST = "newest"


def add_query(parser: ArgumentParser) -> None:
    """query --kql FILE|- or --saved NAME [--now TIME] [--save-as NAME]."""
    add_store_options(parser)
    add_window_options(parser)
    add_output_options(parser)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--kql", metavar="FILE", help="the file of the query; - reads standard input")
    asked.add_argument("--saved", metavar="NAME", help="a query that is kept with the store, or an example by name")
    parser.add_argument("--save-as", metavar="NAME", help="keep the query with the store, too")
    parser.add_argument(
        "--now", metavar="TIME", help=f"what now() and ago() count from, or '{NEWEST}', the newest flow (default: now)"
    )


def run_query(arguments: Namespace) -> int:
    """The answer of one KQL query on the Traffic Analytics tables that the store's flows make."""
    given_text = _text_of(arguments.kql) if arguments.kql else ""
    store = open_store(arguments)
    if not isinstance(store, KeptStore):
        hint = "Leave out --workspace, or run the query in the Azure portal."
        if arguments.lake:
            raise InputError("KQL is asked of single flows, and this folder holds none.", "Name one that does.")
        raise InputError("A workspace answers KQL itself.", hint)
    text = given_text or _saved(store, arguments.saved)
    given = read_inventory(arguments, *arguments.inventory)
    network = kept_with(store).merged(given).merged(subnets_file(arguments)).merged(nsg_names_file(arguments))
    window = flow_filter(arguments)
    newest = store.extent().last
    now = newest if arguments.now == NEWEST else clock.moment(arguments.now) if arguments.now else None
    answer = KqlOnLocal(store, window.since, window.until, network=network).run(text, now)
    print_frame(readable(answer), arguments.format)
    if arguments.save_as:
        save_query(store, arguments.save_as, text)
    if answer.empty and _counts_from_now(text) and now is None and newest:
        print_notes(f"ago() and now() count from this moment, and the newest flow is of {_day(newest)}: --now {NEWEST}")
    return 0


def _text_of(file: str) -> str:
    """The query's text. Raises InputError for a file that cannot be read, is no text, or is too large."""
    try:
        content = sys.stdin.buffer.read(limits.LONGEST * 4 + 1) if file == "-" else _content(Path(file))
        text = content.decode("utf-8-sig")
    except OSError as failure:
        raise InputError(f"{path_text(Path(file))} cannot be read: {failure.strerror}.", "Name a file, or -.") from None
    except UnicodeDecodeError:
        raise InputError("The query is not UTF-8 text.", "Save it as UTF-8.") from None
    if not text.strip():
        raise InputError("The query is empty.", "Write it like: NTANetAnalytics | take 10")
    return text


def _saved(store: KeptStore, name: str) -> str:
    known = {**EXAMPLES, **saved_queries(store)}
    if name not in known:
        raise InputError(f"No query is saved as '{in_short(name)}'.", f"There are {', '.join(known)}.")
    return known[name]


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.LONGEST * 4 + 1)


def _counts_from_now(text: str) -> bool:
    return any(call in "".join(text.split()) for call in ("ago(", "now("))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
