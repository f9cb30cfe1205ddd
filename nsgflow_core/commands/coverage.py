"""coverage: what is not logged, what must follow NSG flow logs, the lines that close gaps, and what they would cost."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pandas as pd

from nsgflow_core.commands.given.network_files import kept_with, nsg_names_file, read_inventory, subnets_file
from nsgflow_core.commands.given.numbers import whole
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_window_options, flow_filter
from nsgflow_core.commands.telling.output import print_lines, print_notes
from nsgflow_core.commands.telling.written import add_output_options, add_own_flag, print_frame, send, tables
from nsgflow_core.coverage.closing import LANGUAGES, written
from nsgflow_core.coverage.closing.planning import wanted_logs
from nsgflow_core.coverage.closing.wanted import WantedLog, Wish
from nsgflow_core.coverage.cost.monthly import cost_totals, costs_frame
from nsgflow_core.coverage.cost.prices import Prices, known_prices, read_prices
from nsgflow_core.coverage.cost.volume import Volumes
from nsgflow_core.coverage.finding.settings import KEEP_DAYS
from nsgflow_core.coverage.kinds import Weight
from nsgflow_core.coverage.truth import Truth, find_truth
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import path_text, utf8

NO_GAP, GAPS = 0, 1
TEXT = "text"
_MOST_DAYS = 365
_FAIL_ON: dict[str, frozenset[Weight]] = {
    "any": frozenset({Weight.NOTHING, Weight.PARTLY, Weight.KEEPING}),
    "partly": frozenset({Weight.NOTHING, Weight.PARTLY}),
    "nothing": frozenset({Weight.NOTHING}),
    "never": frozenset(),
}


def add_coverage(parser: ArgumentParser) -> None:
    """coverage [--table gaps|all|migration|flows|costs|prices] [--write az|bicep|terraform] [-o FILE]."""
    add_store_options(parser)
    add_window_options(parser)
    words = "judge the files alone, without a store: what is set up, and not what arrived"
    parser.add_argument("--files-only", action="store_true", help=words)
    words = (
        "gaps (default); all: also what is no gap; migration: NSG flow logs and what follows them; flows: those that "
    )
    words += "one of two logs alone has; costs: a month; prices: the table behind them"
    parser.add_argument("--table", choices=tuple(_TABLES), default="gaps", help=words)
    days = whole(0, _MOST_DAYS)
    words = f"flow logs kept for fewer days are a gap (default {KEEP_DAYS})"
    parser.add_argument("--at-least", metavar="DAYS", type=days, default=KEEP_DAYS, help=words)
    words = "a CSV with the columns key and price, in place of rows of ours (--table prices prints them)"
    parser.add_argument("--prices", metavar="FILE", type=Path, help=words)
    group = parser.add_argument_group("lines that close the gaps: printed, never run")
    lines = {key: language.extension for key, language in LANGUAGES.items()}
    add_own_flag(group, "--write", lines, "print them in place of the table")
    group.add_argument("--retention", metavar="DAYS", type=days, default=Wish().retention_days, help="default 90")
    words = "Traffic Analytics each 10 minutes (default) or 60, or 0 for none"
    group.add_argument(
        "--interval", choices=(0, 10, 60), type=whole(0, 60), default=Wish().interval_minutes, help=words
    )
    words = "id of the storage account to write to (default: one of the files, in the region)"
    group.add_argument("--log-account", metavar="ID", default="", help=words)
    words = "id of the workspace that Traffic Analytics fills (default: one of the files)"
    group.add_argument("--log-workspace", metavar="ID", default="", help=words)
    words = "which gaps make the exit status 1: any (default), partly logged, nothing logged, or never"
    parser.add_argument("--fail-on", choices=tuple(_FAIL_ON), default="any", help=words)
    add_output_options(parser, {TEXT: "", **tables(), **lines})
    parser.epilog = "Exit status: 0 no gap (of those that --fail-on names), 1 gaps, 2 an error."


def run_coverage(arguments: Namespace) -> int:
    """The gaps, or a table, or lines; the exit status tells a pipeline whether there are gaps."""
    prices = (
        read_prices(read_given(arguments.prices), path_text(arguments.prices)) if arguments.prices else known_prices()
    )
    wish = Wish(arguments.retention, arguments.interval, arguments.log_account, arguments.log_workspace)
    store = None if arguments.files_only else open_store(arguments)
    window = flow_filter(Namespace(since=arguments.since, until=arguments.until, where=[]))
    truth = find_truth(store, window, inventory_of_run(arguments, store), keep_days=arguments.at_least)
    wanted = wanted_logs(truth.seen, truth.gaps, truth.steps, wish)
    if arguments.format in LANGUAGES:
        send(utf8(written(wanted, arguments.format)), arguments.format)
    elif arguments.format == TEXT and arguments.table in ("gaps", "all"):
        print_lines(*_told(truth, wanted, prices, everything=arguments.table == "all"))
    else:
        frame = _TABLES[arguments.table](truth, wanted, prices)
        print_frame(frame, "csv" if arguments.format == TEXT else arguments.format)
    print_notes(*([] if arguments.format == TEXT else [truth.sentence]), *truth.notes)
    return GAPS if any(each.kind.weight in _FAIL_ON[arguments.fail_on] for each in truth.gaps) else NO_GAP


def inventory_of_run(arguments: Namespace, store: FlowStore | None) -> Inventory:
    """The files of this run; what is kept with the store stands in for the kinds of things that they lack."""
    known = read_inventory(arguments, *arguments.inventory).merged(subnets_file(arguments))
    known = known.merged(nsg_names_file(arguments))
    kept = kept_with(store) if store else Inventory()
    return kept.without_kinds(*{entry.kind for entry in known.entries}).merged(known)


def _told(truth: Truth, wanted: tuple[WantedLog, ...], prices: Prices, *, everything: bool) -> Iterator[str]:
    """The answer as people read it: the verdict, then the findings of a kind together, the heaviest first."""
    yield truth.sentence
    for weight in Weight:
        found = [each for each in truth.found if each.kind.weight is weight]
        if found:
            yield ""
            yield f"{weight} ({len(found):,})"
        for kind, alike in groupby(found, key=lambda each: each.kind):
            sentences = [f"    {each.says}" for each in alike]
            yield f"  {kind.title} ({len(sentences):,})" if sentences[1:] else f"  {kind.title}"
            yield from sentences
            hides = f"Hides {kind.hides}. " if weight.is_gap else ""
            if words := f"{hides}{kind.advice}" if weight.is_gap or everything else "":
                yield f"    {words}"
    if wanted:
        now, more = cost_totals(_costs(truth, wanted, prices))
        yield ""
        logs = counted(len(wanted), "flow log")
        yield f"{logs} to set (--write az|bicep|terraform), about {more:+,.2f} {prices.currency} a month"
        yield f"beside {now:,.2f} for those that are on (--table costs). {prices.sentence}"


def _costs(truth: Truth, wanted: tuple[WantedLog, ...], prices: Prices) -> pd.DataFrame:
    return costs_frame(Volumes(truth.seen), wanted, prices)


_TABLES: dict[str, Callable[[Truth, tuple[WantedLog, ...], Prices], pd.DataFrame]] = {
    "gaps": lambda truth, _wanted, _prices: truth.frame(everything=False),
    "all": lambda truth, _wanted, _prices: truth.frame(),
    "migration": lambda truth, _wanted, _prices: truth.migration(),
    "flows": lambda truth, _wanted, _prices: truth.parity.only,
    "costs": _costs,
    "prices": lambda _truth, _wanted, prices: prices.frame(),
}
