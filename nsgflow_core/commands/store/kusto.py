"""kusto setup: the KQL script that makes a database of Azure Data Explorer or an Eventhouse read flow logs itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from nsgflow_core.commands.given.numbers import whole
from nsgflow_core.commands.telling.written import add_output_options, send
from nsgflow_core.stores.kusto.setup.script import DAYS, HOURLY_DAYS, setup_script
from nsgflow_core.words.visible import utf8

_CENTURY = 36_500


def add_kusto_setup(parser: ArgumentParser) -> None:
    """kusto setup [--days N] [--hourly-days N] [-o FILE]."""
    parser.add_argument(
        "--days",
        type=whole(1, _CENTURY),
        default=DAYS,
        metavar="N",
        help=f"kept of single flows (default: {DAYS})",
    )
    parser.add_argument(
        "--hourly-days",
        type=whole(1, _CENTURY),
        default=HOURLY_DAYS,
        metavar="N",
        help=f"kept of flows added up by the hour (default: {HOURLY_DAYS})",
    )
    add_output_options(parser, {"kql": "kql"})


def run_kusto_setup(arguments: Namespace) -> int:
    """The script, printed or into a file."""
    send(utf8(setup_script(arguments.days, arguments.hourly_days).rstrip("\n") + "\n"), arguments.format)
    return 0
