"""The part of the traffic that the options of a command name: a window and conditions, or a view that is kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from nsgflow_core.analysis.views import QUICK, saved_views
from nsgflow_core.analysis.views import view_named as named_view
from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.parts import Option
from nsgflow_core.ask.text.line import WINDOW, read_line, write_line
from nsgflow_core.ask.text.times import format_time
from nsgflow_core.commands.given.network_files import label_asked
from nsgflow_core.commands.given.stores import flows_until, kept_store, open_store
from nsgflow_core.commands.telling import clock
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.subnet_map import SubnetMap


def filter_options() -> list[tuple[Column, Option]]:
    """The dimensions that have an option of their own, in the order of the help."""
    offered = [(column, column.option) for column in DIMENSIONS.values() if column.option]
    return sorted(offered, key=lambda pair: pair[1].order)


def add_window_options(parser: ArgumentParser) -> None:
    """--since and --until."""
    group = parser.add_argument_group("window, [since, until); UTC, or --time-zone")
    group.add_argument("--since", metavar="TIME", help="2026-11-24T10:00Z, 19 Nov 03:00, yesterday, last monday, -7d")
    group.add_argument("--until", metavar="TIME", help="the same; flows before this moment")


def add_filter_options(parser: ArgumentParser, leave_out: Sequence[str] = ()) -> None:
    """The window and the conditions."""
    add_window_options(parser)
    add_where_options(parser, leave_out)


def add_where_options(parser: ArgumentParser, leave_out: Sequence[str] = ()) -> None:
    """One option for each common condition; repeat an option or use commas for several values."""
    marks = "; ".join(f"{row.mark} in front: {row.words}" for row in OPERATORS.values() if row.mark)
    group = parser.add_argument_group(f"which flows (commas: any of them; {marks})")
    for _, option in filter_options():
        if option.flag not in leave_out:
            group.add_argument(option.flag, metavar=option.metavar, action="append", help=option.help)
    group.add_argument("--either-way", action="store_true", help="also with source and destination exchanged")
    group.add_argument(
        "--view", metavar="NAME", help="a view that is kept with the store ('views' lists them), or a quick filter"
    )
    group.add_argument(
        "--where",
        metavar="LINE",
        action="append",
        default=[],
        help="conditions on any dimension in one line, as on the pages: 'src:web !port:22 rule~deny since:\"-2h\"'",
    )


def flow_filter(arguments: Namespace) -> FlowFilter:
    """The filter that the options spell, subnets by their labels. Raises BadFilter, and BadInventory for a name that
    several subnets have."""
    params: dict[str, list[str]] = {}
    for column, option in filter_options():
        given = getattr(arguments, option.flag.removeprefix("--").replace("-", "_"), None)
        if given:
            params.setdefault(column.key, []).extend([given] if isinstance(given, str) else given)
    kept = _viewed(arguments)
    for line in [*([write_line(kept)] if kept else []), *getattr(arguments, "where", [])]:
        for name, text in read_line(line, clock.zone()).to_params().items():
            params.setdefault(name, []).append(text)
    for name in WINDOW:
        params.setdefault(name, []).extend(filter(None, [_moment(getattr(arguments, name, None))]))
        if len(params[name]) > 1:
            raise BadFilter(f"{name} is given twice.", "Say it once, in --where or on its own.")
    either_way = ["true"] if getattr(arguments, "either_way", False) else []
    made = FlowFilter.from_params({**params, "either_way": either_way or params.get("either_way", [])})
    if not made.ends_named:
        return made
    subnets = _subnets_asked(arguments)
    return made.with_ends(lambda end: label_asked(subnets, end))


def _subnets_asked(arguments: Namespace) -> SubnetMap:
    """The subnets of the place that a command asks, or that it keeps something with."""
    return (open_store(arguments) if hasattr(arguments, "workspace") else kept_store(arguments)).subnets


def _moment(text: str | None) -> str:
    return format_time(clock.moment(text))


def _viewed(arguments: Namespace) -> FlowFilter | None:
    """What the named view shows. Raises InputError where there is none, BadFilter where it has no meaning any more."""
    name = getattr(arguments, "view", None)
    if not name:
        return None
    for quick in QUICK:
        if quick.name.casefold() == name.strip().casefold():
            return quick.flow_filter
    store = kept_store(arguments)
    return named_view(saved_views(store), name).filter(flows_until(store))
