"""import and sample: from flow-log blobs into the local store."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.commands.given.network_files import (
    add_inventory_option,
    nsg_names_file,
    read_inventory,
    subnets_file,
)
from nsgflow_core.commands.given.traffic import add_window_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_lines, say, show_progress
from nsgflow_core.errors import InputError, SourceError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.pace import Pace
from nsgflow_core.intake.rebuilding import rebuild
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import forgotten_words, told_words
from nsgflow_core.sources import open_source
from nsgflow_core.sources.left_out import describe_left_out
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.numbers import counted


def add_import(parser: ArgumentParser) -> None:
    """import SOURCE... [--store FILE] [--since T] [--until T] [--rebuild] [--json]."""
    parser.add_argument(
        "source", nargs="+", help="a folder, a file, 'sample', an account URL, or 'azure' (the environment's account)"
    )
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    add_window_options(parser)
    parser.add_argument("--container", action="append", metavar="NAME", help="only this container of the account")
    parser.add_argument("--subnets", metavar="FILE", type=Path, help="keep this subnet map with the store")
    parser.add_argument("--nsg-names", metavar="FILE", type=Path, help="keep these NSG names with the store")
    add_inventory_option(parser, "kept with the store")
    parser.add_argument(
        "--rebuild", action="store_true", help="fill a new store, which takes the old one's place when it is whole"
    )
    parser.add_argument("--drop-missing", action="store_true", help="rebuild also without what the sources lost")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run_import(arguments: Namespace) -> int:
    """Read what is new in the sources; exit status 0 all read, 1 some blob gave nothing, 2 nothing could be read."""
    window = clock.window(arguments.since, arguments.until)
    given = read_inventory(arguments, *arguments.inventory).merged(subnets_file(arguments))
    given = given.merged(nsg_names_file(arguments))
    store = LocalStore(arguments.store or default_store_path())

    def fill(into: LocalStore) -> ImportReport:
        return ImportReport.merged([_import_one(text, arguments.container, into, *window) for text in arguments.source])

    if arguments.drop_missing and not arguments.rebuild:
        raise InputError("--drop-missing is for a rebuild.", "Say --rebuild as well, or leave it out.")
    report = rebuild(store, fill, drop_missing=arguments.drop_missing) if arguments.rebuild else fill(store)
    told = [f"Kept with {store.path}: {told_words(given, file)} of {file}." for file in given.files]
    if given:
        told += forgotten_words(kept.take_in(store, given), given)
    print_lines(*(report.to_json().splitlines() if arguments.json else [*describe(report), *told]))
    return report.exit_status


def _import_one(
    text: str, containers: Sequence[str] | None, store: LocalStore, since: datetime | None, until: datetime | None
) -> ImportReport:
    """One source's report; a source that cannot be listed is told on standard error, and the others go on."""
    try:
        source = open_source(text, containers=containers)
        report = import_flows(source, store, since=since, until=until, on_progress=progress_line())
    except SourceError as error:
        say(error)
        return ImportReport(unlisted=True)
    if text == "sample":
        _keep_sample_inventory(store)
    return report


def describe(report: ImportReport) -> list[str]:
    """The report for people, in a few lines; none where no source could be listed, which was said."""
    if report.unlisted and not report.blobs_seen:
        return []  # the errors have said it all
    lines = [
        f"Read {report.blobs_read:,} of {counted(report.blobs_seen, 'blob')} ({report.bytes_read / 1e6:,.1f} MB): "
        f"{counted(report.tuples, 'new flow tuple')}, {report.rejected:,} rejected."
    ]
    if report.rebuilt:
        lines.append("The store was made anew of it; maps, rules and decisions are as they were.")
    if report.first and report.last:
        lines.append(f"They span {report.first:%Y-%m-%d %H:%M:%S} to {report.last:%Y-%m-%d %H:%M:%S} UTC.")
    lines += [words for words in (report.future_words(datetime.now(UTC)),) if words]
    lines += [f"  rejected: {count:,} x {reason}" for reason, count in sorted(report.reasons.items())]
    if report.still_written:
        lines.append(
            f"{counted(report.still_written, 'blob')} so far without its last record's end: that is read when it is "
            "there."
        )
    lines += [words for words in (report.replaced_words, report.namesakes_words, report.counted_twice_words) if words]
    kinds = (
        ("failed", report.failures),
        ("nothing taken", report.rejected_blobs),
        ("passed over", report.passed_over),
        ("cut short", report.cut_short),
        ("no log", report.network_files),
    )
    lines += [f"  {words}: {each.blob}: {each.reason}" for words, members in kinds for each in members]
    lines += [f"  left out: {sentence}" for sentence in describe_left_out(report.left_out)]
    lines += [f"  retention: {sentence}" for sentence in report.retention_words]
    return lines


def add_sample(parser: ArgumentParser) -> None:
    """sample FOLDER."""
    parser.add_argument("folder", type=Path, help="where the sample estate's blobs and JSON files are written")


def run_sample(arguments: Namespace) -> int:
    """Write the sample estate as files: flow-log blobs, subnets, rules and NSG names."""
    from nsgflow_core.sources.sample.source import write_sample

    blobs = write_sample(arguments.folder)
    print_lines(
        f"Wrote {counted(blobs, 'blob')} to {arguments.folder / 'flow-logs'} (import that folder); "
        "vnets.json, nsgs.json, nsg-names.json, flow-log-list.json and what names addresses lie beside it."
    )
    return 0


def _keep_sample_inventory(store: LocalStore) -> None:
    """What the sample's network is, unless the store knows another."""
    from nsgflow_core.sources.sample.source import sample_inventory, sample_named_inventory

    with store.alone():
        if not kept.load(store):
            kept.keep(store, sample_inventory())
            store.save_address_names(sample_named_inventory().address_names)


def progress_line() -> Callable[[Progress], None]:
    """What shows an import's progress: one line on a terminal, rewritten in place."""
    pace = Pace()

    def show(progress: Progress) -> None:
        seconds = pace.seconds_left(progress)
        left = "" if seconds is None else f", {seconds:,.0f} s left"
        show_progress(
            f"{progress.blobs_done:,}/{progress.blobs_total:,} blobs, {progress.bytes_done / 1e6:,.0f} MB, "
            f"{progress.tuples_per_second:,.0f} tuples/s{left}",
            is_last=progress.blobs_done == progress.blobs_total,
        )

    return show
