"""rules completeness, closing and check: whether the logs are whole, what would still be cut, and what is cut since."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.analysis.unmet.names import unknown_names
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_where_options, add_window_options, flow_filter
from nsgflow_core.commands.rules.decided import add_decisions, case
from nsgflow_core.commands.rules.draft_options import (
    DIRECTIONS,
    add_draft_options,
    add_names_of_addresses,
    direction_word,
)
from nsgflow_core.commands.rules.rule_files import network, refuse_unknown_scope, scope_asked
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_answer, print_unmet
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.proof.check import denied_since
from nsgflow_core.rules.proof.completeness import Logs, completeness
from nsgflow_core.rules.proof.staging import count_falling, due
from nsgflow_core.words.vocabulary import Direction

_TABLES = ("gaps", "nics", "flows")


def add_completeness(parser: ArgumentParser) -> None:
    """rules completeness [--nsg NAME|--subnet NAME] [--direction D] [--table gaps|nics|flows]."""
    add_store_options(parser)
    add_window_options(parser)
    group = parser.add_argument_group("whose logs (default: all)")
    scope = group.add_mutually_exclusive_group()
    scope.add_argument("--nsg", metavar="NAME", help="of this NSG: its name, id or aclID")
    scope.add_argument("--subnet", metavar="NAME", help="of this subnet")
    words = "Inbound: logs of arrivals, Outbound: of departures (default: both)"
    group.add_argument("--direction", choices=DIRECTIONS, type=direction_word, help=words)
    words = "NICs and hours without a log (default), all NICs, or flows that one end alone logged"
    parser.add_argument("--table", choices=_TABLES, default=_TABLES[0], help=words)
    words = "NSGs as az, REST or ARM print them: which subnets they are set on"
    parser.add_argument("--rules", metavar="FILE", type=Path, help=words)
    add_names_of_addresses(parser)
    add_output_options(parser)


def run_completeness(arguments: Namespace) -> int:
    """What is missing of the logs; 1 where something is or none can be judged, so that a pipeline stops, else 0."""
    store = open_store(arguments)
    scope = scope_asked(arguments, store) if arguments.nsg or arguments.subnet else None
    if scope:
        refuse_unknown_scope(arguments, scope, store)
    window = flow_filter(Namespace(since=arguments.since, until=arguments.until, where=[]))
    direction = Direction(arguments.direction) if arguments.direction else None
    found = completeness(store, window, network(arguments, store).known, scope, direction)
    tables = {"gaps": found.frame(), "nics": found.gaps.nics, "flows": found.one_ended.flows}
    print_frame(tables[arguments.table], arguments.format)
    if found.state is Logs.CANNOT_TELL:
        print_unmet(store, window)
    print_notes(found.sentence, *found.missing, *found.notes)
    return 0 if found.state is Logs.COMPLETE else 1


def add_closing(parser: ArgumentParser) -> None:
    """rules closing --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_decisions(parser)
    parser.add_argument("--services", action="store_true", help="the services that would fall, in place of the days")
    add_output_options(parser)


def run_closing(arguments: Namespace) -> int:
    """Day by day, the allowed traffic that would fall to the closing deny, and which stage is due."""
    about = case(arguments)
    made = about.decided().draft
    falling = count_falling(about.store, about.flow_filter, made)
    shown = falling.rows if arguments.services else falling.frame()
    shown.attrs = {"partial": falling.partial} if falling.partial else {}
    print_frame(shown, arguments.format)
    print_notes(falling.sentence, due(about.existing, made, falling).sentence, *falling.notes)
    return 0


def add_check(parser: ArgumentParser) -> None:
    """rules check --since TIME [--until TIME] [--before-from TIME] [--all]."""
    add_store_options(parser)
    group = parser.add_argument_group("window, in UTC")
    group.add_argument("--since", metavar="TIME", required=True, help="when the rules were applied, or -2h")
    group.add_argument("--until", metavar="TIME", help="denials before this moment")
    words = "how far back what was allowed counts (default: all that is held)"
    group.add_argument("--before-from", metavar="TIME", help=words)
    add_where_options(parser, leave_out=("--decision",))
    words = "also what met a closing deny and was never seen before: it stays out of the exit status"
    parser.add_argument("--all", action="store_true", help=words)
    add_output_options(parser)


def run_check(arguments: Namespace) -> int:
    """The denials that appeared since, with the rule that caused each; 1 where there are some or none can be told."""
    since, _ = clock.window(arguments.since, arguments.until)
    if since is None or since > datetime.now(UTC):
        raise BadFilter("--since names no moment that has passed.", "Say when the rules were applied.")
    asked = flow_filter(Namespace(**{**vars(arguments), "since": arguments.before_from}))
    store = open_store(arguments)
    nsgs = asked.values_of("nsg")
    if nsgs and not any(map(store.nsgs_named, nsgs)):
        raise BadFilter(f"No log is of {', '.join(nsgs)}, so nothing can be told.", *unknown_names(store, asked)[:1])
    found = denied_since(store, asked, since)
    print_answer(found.frame(arguments.all), arguments, store, asked)
    print_notes(*filter(None, (found.sentence, found.strangers_sentence)))
    return 0 if found.is_clean else 1
