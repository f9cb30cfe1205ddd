"""chart: one of the pages' charts as a picture, SVG or PNG."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.charts.still import STILL_FORMATS
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_unmet
from nsgflow_core.commands.telling.written import refuse_no_folder, write_file
from nsgflow_core.errors import BadFilter
from nsgflow_core.report.charts import CHARTS, AskedChart, chart_of
from nsgflow_core.words.visible import in_short, path_text


def add_chart(parser: ArgumentParser) -> None:
    """chart KIND -o FILE.svg [--measure flows|bytes] and the filter."""
    parser.add_argument("chart", choices=tuple(CHARTS), help="which one")
    endings = " or ".join(f".{each}" for each in STILL_FORMATS)
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help=f"ends in {endings}")
    parser.add_argument("--measure", choices=("flows", "bytes"), default="flows", help="of denied it is flows")
    add_store_options(parser)
    add_filter_options(parser)


def run_chart(arguments: Namespace) -> int:
    """Write the file, and print its name."""
    ending = arguments.output.suffix.lower().removeprefix(".")
    if ending not in STILL_FORMATS:
        endings = " nor ".join(f".{each}" for each in STILL_FORMATS)
        name = in_short(path_text(arguments.output))
        raise BadFilter(f"'{name}' ends in neither {endings}.", "Name it like denied.svg.")
    refuse_no_folder(arguments.output)
    store, filtered = open_store(arguments), flow_filter(arguments)
    asked = AskedChart(store, filtered, arguments.measure, datetime.now(UTC), clock.zone())
    write_file(arguments.output, STILL_FORMATS[ending].write(chart_of(arguments.chart, asked)))
    print_unmet(store, filtered)
    return 0
