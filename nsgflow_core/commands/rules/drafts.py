"""rules draft, plan and dial: propose rules from the traffic, and say what the change would be."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _ArgumentGroup

from nsgflow_core.commands.rules.decided import DraftInHand, add_decisions, case
from nsgflow_core.commands.rules.draft_options import add_draft_options
from nsgflow_core.commands.rules.rule_files import none_known
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame, send
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules import export
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.proof.staging import DraftStage
from nsgflow_core.rules.review.plan import Plan, plan_draft, plan_frame, plan_in_words
from nsgflow_core.rules.review.shared import elsewhere
from nsgflow_core.rules.review.stages import at_stage, not_yet_allowed, plan_at
from nsgflow_core.words.numbers import counted


def add_draft(parser: ArgumentParser) -> None:
    """rules draft --nsg NAME|--subnet NAME --direction D [--exactness E] [choices] [--decisions FILE]."""
    add_draft_options(parser)
    add_decisions(parser)
    group = parser.add_argument_group("the export")
    group.add_argument("--resource-group", metavar="RG", help="where the NSG is")
    group.add_argument("--nsg-name", metavar="NAME", help="the NSG that gets the rules")
    add_stage(group)
    words = (
        "the NSG being known: only what changes (so az does, unless told), or every rule, none removed (so the others)"
    )
    group.add_argument("--part", choices=("changes", "all"), help=words)
    tables_first = sorted(export.EXPORTS.values(), key=lambda row: row.writes_changes)
    add_output_options(parser, {row.key: row.extension for row in tables_first})


def run_draft(arguments: Namespace) -> int:
    """Least-privilege rules from the allowed traffic, as a table or as code."""
    about, stage = case(arguments), DraftStage(arguments.stage)
    decided = about.decided()
    whole_draft = decided.draft
    changes = None if about.existing is None else _planned(about, about.existing, whole_draft, stage)
    made = at_stage(whole_draft, stage)
    whole = (arguments.part or ("changes" if arguments.format == "az" else "all")) == "all"
    target = _target(arguments, made)
    text = export.export(made, arguments.format, target, changes, whole=whole, decided=decided.by_name)
    send(text.encode(), arguments.format)
    if arguments.format == "csv":
        print_notes(_opened(made), *(plan_in_words(changes) if changes else ()))
    print_notes(*_elsewhere(about, made), *made.warnings, *(question.words for question in made.decisions_to_make))
    return 0


def _opened(made: Draft) -> str:
    """What the draft opens over what was seen, beside the marked ranges and with them."""
    words = f"Opened per seen, in addresses and ports: {made.fit.opened_beside_ranges.words}"
    if not made.ranges:
        return f"{words}."
    whole = made.opened.words
    return f"{words}; with {counted(len(made.ranges), 'marked range')} of ports that are new every day: {whole}."


def add_plan(parser: ArgumentParser) -> None:
    """rules plan --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_decisions(parser)
    add_stage(parser)
    add_output_options(parser)


def run_plan(arguments: Namespace) -> int:
    """What the draft would add, change and remove in the NSG as it is, and what stays."""
    about, stage = case(arguments), DraftStage(arguments.stage)
    if about.existing is None:
        hint = none_known("", about.store).hint
        raise BadInventory(f"Which NSG guards {about.material.scope.name} is not known, so nothing changes.", hint)
    whole = about.decided().draft
    made, changes = at_stage(whole, stage), _planned(about, about.existing, whole, stage)
    print_frame(plan_frame(changes), arguments.format)
    print_notes(f"{changes.nsg}: {changes.summary}.", *filter(None, [changes.as_of]))
    print_notes(*_elsewhere(about, made), *made.warnings)
    print_notes(*(each.sentence for each in changes.still_open()))
    print_notes(*(refusal.sentence for refusal in made.refused))
    return 0


def add_stage(parser: ArgumentParser | _ArgumentGroup) -> None:
    """--stage."""
    words = (
        "allow: the allow rules without the closing deny; close: the deny, and what the draft replaces (default both)"
    )
    parser.add_argument(
        "--stage", choices=tuple(each.value for each in DraftStage), default=DraftStage.BOTH.value, help=words
    )


def add_dial(parser: ArgumentParser) -> None:
    """rules dial --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_decisions(parser)
    add_output_options(parser)


def run_dial(arguments: Namespace) -> int:
    """Rules, and what they open over what was seen, at each point from exact to simple."""
    print_frame(case(arguments).decided().draft.curve(), arguments.format)
    return 0


def _planned(about: DraftInHand, existing: RuleSet, made: Draft, stage: DraftStage) -> Plan:
    """What the draft changes in the NSG as it is, at a stage."""
    whole = plan_draft(existing, made, about.material.space)
    print_notes(*(not_yet_allowed(whole, made) if stage is DraftStage.CLOSE else ()))
    return plan_at(whole, made, stage)


def _elsewhere(about: DraftInHand, made: Draft) -> list[str]:
    """What the draft does to the other subnets of its NSG, where that is known."""
    if about.existing is None:
        return []
    return elsewhere(about.store, made, about.flow_filter, about.existing)


def _target(arguments: Namespace, made: Draft) -> export.ExportTarget | None:
    """The NSG that the options name; what they leave out is as the draft knows it."""
    if not (arguments.resource_group or arguments.nsg_name):
        return None
    known = export.default_target(made)
    group, name = arguments.resource_group or known.resource_group, arguments.nsg_name or known.nsg_name
    return export.ExportTarget(group, name, known.subscription)
