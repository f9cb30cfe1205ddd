"""rules dossier: what a change board signs, as one HTML file and as JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.commands.rules.decided import KEPT, add_decisions, case
from nsgflow_core.commands.rules.draft_options import add_draft_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import refuse_no_folder, write_file
from nsgflow_core.errors import BadFilter
from nsgflow_core.rules import export
from nsgflow_core.rules.dossier import as_html, as_json
from nsgflow_core.rules.dossier.case import Case, command_for
from nsgflow_core.rules.dossier.chapters import dossier
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.words.visible import in_short, utf8

WRITERS = {".html": as_html.write, ".json": as_json.write}
_FILES = ("store", "workspace", "lake", "subnets", "nsg_names", "rules", "service_tags", "nics")
"""Options that say where things are, in the order in which the command names them again."""


def add_dossier(parser: ArgumentParser) -> None:
    """rules dossier --nsg NAME|--subnet NAME --direction D -o FILE [-o FILE], and what `rules draft` takes."""
    words = "FILE.html or FILE.json; give both to get both of the same moment"
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, action="append", required=True, help=words)
    parser.add_argument("--resource-group", metavar="RG", help="where the NSG is, for the script in it")
    parser.add_argument("--nsg-name", metavar="NAME", help="the NSG that gets the rules, for the script in it")
    add_draft_options(parser)
    add_decisions(parser, standard=KEPT)


def run_dossier(arguments: Namespace) -> int:
    """Write the dossier of the decided draft; its open points go to standard error."""
    for file in arguments.output:
        if file.suffix.lower() not in WRITERS:
            raise BadFilter(f"'{in_short(str(file))}' is neither .html nor .json.", "Name it like dossier.html.")
        refuse_no_folder(file)
    about = case(arguments)
    decided = about.decided()
    draft, space, known = decided.draft, about.material.space, about.network.known
    outcomes = replay_scope(
        about.store, draft.rule_set, about.flow_filter, draft.scope, draft.direction, about.network, about.existing
    )
    default = export.default_target(draft)
    target = export.ExportTarget(
        arguments.resource_group or default.resource_group,
        arguments.nsg_name or default.nsg_name,
        default.subscription,
    )
    at, zone = datetime.now(UTC), clock.zone()
    command = command_for(draft, arguments.exactness, about.flow_filter, _files(arguments), zone)
    made = dossier(Case(about.store, about.flow_filter, decided, space, known, outcomes, target, command, at, zone))
    for file in arguments.output:
        write_file(file, utf8(WRITERS[file.suffix.lower()](made)))
    print_notes(*made.open_points)
    return 0


def _files(arguments: Namespace) -> list[str]:
    """The files and stores that the options name, as they were given."""
    words: list[str] = []
    for name in _FILES:
        if given := getattr(arguments, name, None):
            words += [f"--{name.replace('_', '-')}", str(given)]
    for file in arguments.inventory:
        words += ["--inventory", str(file)]
    return words
