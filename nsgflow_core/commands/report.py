"""report: required ports and denials as one HTML file, with charts and with what is missing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.commands.coverage import inventory_of_run
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_unmet
from nsgflow_core.commands.telling.written import refuse_no_folder, write_file
from nsgflow_core.errors import BadFilter
from nsgflow_core.report import as_html, asking
from nsgflow_core.words.visible import in_short, path_text, utf8


def add_report(parser: ArgumentParser) -> None:
    """report -o FILE.html [--by subnet|address] and the filter."""
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="FILE.html")
    parser.add_argument("--by", choices=("subnet", "address"), default="subnet", help="what ends are (default subnet)")
    add_store_options(parser)
    add_filter_options(parser)


def run_report(arguments: Namespace) -> int:
    """Write the file, and print its name."""
    if arguments.output.suffix.lower() not in (".html", ".htm"):
        raise BadFilter(f"'{in_short(path_text(arguments.output))}' is no .html file.", "Name it like report.html.")
    refuse_no_folder(arguments.output)
    store, filtered = open_store(arguments), flow_filter(arguments)
    known = inventory_of_run(arguments, store)
    made = asking.ask(store, filtered, known, datetime.now(UTC), arguments.by, clock.zone())
    write_file(arguments.output, utf8(as_html.write(made)))
    print_unmet(store, filtered)
    return 0
