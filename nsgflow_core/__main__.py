"""Flow logs of Azure NSGs and VNets: the analyses of the dashboard's pages on the command line, and the dashboard."""

from __future__ import annotations

import logging
import sys
import time
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from nsgflow_core import __version__
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.last_resort import last_resort
from nsgflow_core.commands.telling.output import Parser, say, settle
from nsgflow_core.commands.telling.spoken import (
    join_signed,
    refuse_empty,
    refuse_secrets_as_paths,
    refuse_what_is_no_text,
)
from nsgflow_core.errors import NsgflowError
from nsgflow_core.words.log_lines import log


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words, and where its options and its work are."""

    name: str
    words: str
    room: str
    add: str
    run: str


COMMANDS = (
    Command("dashboard", "open the pages in a browser", "dashboard", "add_dashboard", "run_dashboard"),
    Command("import", "read flow-log blobs into the local store", "store.importing", "add_import", "run_import"),
    Command("retention", "how long the local store keeps flows", "store.keeping", "add_retention", "run_retention"),
    Command("backup", "copy the local store while it is in use", "store.keeping", "add_backup", "run_backup"),
    Command("export", "the flows as Parquet files, an hour each", "store.exporting", "add_export", "run_export"),
    Command("kusto setup", "KQL that lets Kusto read flow logs", "store.kusto", "add_kusto_setup", "run_kusto_setup"),
    Command("watch", "read again and again, and tell what is new", "store.watch", "add_watch", "run_watch"),
    Command("sample", "write the sample estate as files", "store.importing", "add_sample", "run_sample"),
    Command("required-ports", "the ports that were used", "questions", "add_required_ports", "run_required_ports"),
    Command("denied", "what was denied, by rule and port", "questions", "add_denied", "run_denied"),
    Command("address", "what one address talks to, and what is denied", "address", "add_address", "run_address"),
    Command("flows", "single rows as they were logged", "questions", "add_flows", "run_flows"),
    Command("summarize", "any dimensions and measures", "questions", "add_summarize", "run_summarize"),
    Command("changes", "what is new, gone, louder, quieter or silent", "changes", "add_changes", "run_changes"),
    Command("report", "required ports and denials as one HTML file", "report", "add_report", "run_report"),
    Command("chart", "one chart of the pages as SVG or PNG", "chart", "add_chart", "run_chart"),
    Command("query", "KQL of a workspace, on the local store", "query", "add_query", "run_query"),
    Command("coverage", "what is not logged, and what would be", "coverage", "add_coverage", "run_coverage"),
    Command("views", "views kept by name for a team", "store.views", "add_views", "run_views"),
    Command("inventory", "what files say that the network is", "inventory", "add_inventory", "run_inventory"),
    Command("history", "who changed what in the local store, and when", "store.history", "add_history", "run_history"),
    Command("rules draft", "least-privilege rules from the traffic", "rules.drafts", "add_draft", "run_draft"),
    Command("rules groups", "hosts that are alike inside a subnet", "rules.grouping", "add_groups", "run_groups"),
    Command("rules plan", "what a draft would change in the NSG as it is", "rules.drafts", "add_plan", "run_plan"),
    Command("rules dial", "what a draft opens from exact to simple", "rules.drafts", "add_dial", "run_dial"),
    Command("rules questions", "what a draft asks, who answered", "rules.deciding", "add_questions", "run_questions"),
    Command("rules answer", "answer questions of a draft", "rules.deciding", "add_answer", "run_answer"),
    Command("rules decide", "accept, reject, own or widen its rules", "rules.deciding", "add_decide", "run_decide"),
    Command("rules dossier", "what a change board signs", "rules.dossiers", "add_dossier", "run_dossier"),
    Command("rules held-out", "a draft tried on a day it has not seen", "rules.proofs", "add_held_out", "run_held_out"),
    Command("rules proof", "each day left out in turn, and what each taught", "rules.proofs", "add_proof", "run_proof"),
    Command("rules completeness", "which logs are missing", "rules.applying", "add_completeness", "run_completeness"),
    Command("rules closing", "what would still fall to the deny", "rules.applying", "add_closing", "run_closing"),
    Command("rules check", "denials since the rules were applied", "rules.applying", "add_check", "run_check"),
    Command("rules replay", "what a rule set would do to the traffic", "rules.rule_sets", "add_replay", "run_replay"),
    Command("rules path", "which NSGs and admin rules decide one packet", "rules.path", "add_path", "run_path"),
    Command("rules diff", "what two rule sets decide differently", "rules.comparing", "add_diff", "run_diff"),
    Command(
        "rules intents",
        "whether rules and traffic do what is wanted",
        "rules.comparing",
        "add_intents",
        "run_intents",
    ),
    Command("rules coverage", "what share named rules admit", "rules.rule_sets", "add_coverage", "run_coverage"),
    Command("rules audit", "what is wrong with a rule set", "rules.rule_sets", "add_audit", "run_audit"),
)

_GROUPS = {
    "kusto": "a database of Azure Data Explorer that reads flow logs itself",
    "rules": "least-privilege rules: draft, decide, replay, prove, audit, export",
}
"""What the commands of two words are about, by their first."""


_NOBODY = logging.NullHandler()
"""Listens to what is logged, and says nothing."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Failures are one line on standard error, and status 2; never a traceback."""
    try:
        return _run(sys.argv[1:] if words is None else words)
    except NsgflowError as error:
        say(error)
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        say("stopped; what was committed is kept, run it again to go on.")
        return 130
    except Exception as failure:
        say(last_resort(failure))
        return 2
    finally:
        settle()


def _run(words: Sequence[str]) -> int:
    log.handlers = [_NOBODY]  # else Python prints errors and their tracebacks
    logging.root.addHandler(_NOBODY)  # else what other packages warn of stands beside our one line
    refuse_empty(words)
    words = join_signed(words)
    arguments, left = build_parser(named_command(words)).parse_known_args(words)
    if left:
        arguments.refuse(f"unrecognized arguments: {' '.join(left)}")
    refuse_what_is_no_text(arguments)
    refuse_secrets_as_paths(arguments)
    if arguments.verbose:
        log_to_standard_error()
    run: Callable[[Namespace], int] = arguments.run
    with clock.shown_in(arguments.time_zone):
        return run(arguments)


def named_command(words: Sequence[str]) -> Command | None:
    """The command that words name, wherever options stand between them; None when none is asked for.

    The parser itself says so, before any command's options are known. What it refuses ends the process, as always.
    """
    named: Command | None = build_parser(None).parse_known_args(words)[0].named
    return named


def build_parser(named: Command | None) -> ArgumentParser:
    """The parser of all commands; only the named one gets its options, so the others' rooms stay unopened."""
    parser = Parser(
        prog="nsgflow", description=__doc__, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"nsgflow {__version__}")
    parser.set_defaults(verbose=False, time_zone=None)
    _add_everywhere(parser)
    groups = {"": parser.add_subparsers(title="commands", metavar="COMMAND", required=True)}
    for command in COMMANDS:
        group, _, name = command.name.rpartition(" ")
        if group not in groups:
            outer = groups[""].add_parser(group, help=_GROUPS[group], description=_GROUPS[group], allow_abbrev=False)
            _add_everywhere(outer)
            groups[group] = outer.add_subparsers(title=group, metavar="COMMAND", required=True)
        made = groups[group].add_parser(
            name, help=command.words, description=command.words, allow_abbrev=False, add_help=command is named
        )
        made.set_defaults(named=command)
        if command is named:
            _add_everywhere(made)
            room = import_module(f"nsgflow_core.commands.{command.room}")
            getattr(room, command.add)(made)
            made.set_defaults(run=getattr(room, command.run), refuse=made.error)
    return parser


def _add_everywhere(parser: ArgumentParser) -> None:
    """The options that may stand before a command, within its words and behind it; the last one counts."""
    parser.add_argument(
        "--verbose", action="store_true", default=SUPPRESS, help="log imports and questions to standard error"
    )
    words = "read and print times in this zone: Europe/Amsterdam, +01:00, or local (default: UTC)"
    parser.add_argument("--time-zone", metavar="ZONE", default=SUPPRESS, help=words)


def log_to_standard_error() -> None:
    """Show what the logger `nsgflow` says: imports, questions and their times (UTC), never a secret."""
    lines = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    lines.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(lines)
    log.setLevel(logging.INFO)
    log.handlers = [handler]


if __name__ == "__main__":
    sys.exit(main())
