"""rules draft, plan and dial: propose rules from the traffic, and say what the change would be."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _ArgumentGroup
from dataclasses import replace
from pathlib import Path

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.options import (
    add_output_options,
    flow_filter,
    open_store,
    print_frame,
    print_notes,
)
from nsgflow_core.commands.output import print_bytes
from nsgflow_core.commands.rules.draft_options import (
    add_decisions,
    add_draft_options,
    add_names_of_addresses,
    draft_options,
)
from nsgflow_core.commands.rules.rule_files import address_space, existing_rules, network
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.rules import export
from nsgflow_core.rules.draft.draft import Draft, DraftOptions, draft
from nsgflow_core.rules.draft.over_permission import times_in_words
from nsgflow_core.rules.proof.staging import Stage
from nsgflow_core.rules.review.decisions import apply_decisions, load_decisions, read_decisions
from nsgflow_core.rules.review.plan import Plan, plan_draft, plan_frame, told
from nsgflow_core.rules.review.shared import elsewhere
from nsgflow_core.rules.review.stages import at_stage, not_yet_allowed, plan_at
from nsgflow_core.rules.special.finding import specials_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Direction


def add_draft(parser: ArgumentParser) -> None:
    """rules draft --nsg NAME|--subnet NAME --direction D [--exactness E] [choices] [--decisions FILE]."""
    add_draft_options(parser)
    add_names_of_addresses(parser)
    add_decisions(parser)
    group = parser.add_argument_group("the export")
    group.add_argument("--resource-group", metavar="RG", help="where the NSG is")
    group.add_argument("--nsg-name", metavar="NAME", help="the NSG that gets the rules")
    add_stage(group)
    words = "with --rules: only what changes (so az does, unless told), or every rule, and none removed (so the others)"
    group.add_argument("--part", choices=("changes", "all"), help=words)
    add_output_options(parser, sorted(export.EXPORTS, key=lambda key: export.EXPORTS[key].writes_changes))


def run_draft(arguments: Namespace) -> int:
    """Least-privilege rules from the allowed traffic, as a table or as code."""
    made, existing = decided(arguments)
    changes = None if existing is None else _planned(arguments, existing, made)
    made = at_stage(made, Stage(arguments.stage))
    whole = (arguments.part or ("changes" if arguments.format == "az" else "all")) == "all"
    target = _target(arguments, made)
    print_bytes(export.export(made, arguments.format, target, changes, whole=whole).encode())
    if arguments.format == "csv":
        print_notes(_opened(made), *(told(changes) if changes else ()))
    if existing is not None:
        print_notes(*_elsewhere(arguments, existing, made))
    print_notes(*made.warnings, *(question.question for question in made.decisions_to_make))
    return 0


def _opened(made: Draft) -> str:
    """What the draft opens over what was seen, beside the marked ranges and with them."""
    words = f"Opened per seen, in addresses and ports: {times_in_words(made.over_permission_beside_ranges)}"
    if not made.ranges:
        return f"{words}."
    whole = times_in_words(made.over_permission)
    return f"{words}; with {counted(len(made.ranges), 'marked range')} of ports that are new every day: {whole}."


def add_plan(parser: ArgumentParser) -> None:
    """rules plan --rules FILE --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser, needs_rules=True)
    add_names_of_addresses(parser)
    add_decisions(parser)
    add_stage(parser)
    add_output_options(parser)


def run_plan(arguments: Namespace) -> int:
    """What the draft would add, change and remove in the NSG as it is, and what stays."""
    made, existing = decided(arguments)
    if existing is not None:
        changes = _planned(arguments, existing, made)
        made = at_stage(made, Stage(arguments.stage))
        print_frame(plan_frame(changes), arguments.format)
        print_notes(f"{changes.nsg}: {changes.summary}.", *_elsewhere(arguments, existing, made), *made.warnings)
        print_notes(*(each.sentence for each in changes.still_open()))
        print_notes(*(refusal.sentence for refusal in made.refused))
    return 0


def add_stage(parser: ArgumentParser | _ArgumentGroup) -> None:
    """--stage."""
    words = (
        "allow: the allow rules without the closing deny; close: the deny, and what the draft replaces (default both)"
    )
    parser.add_argument("--stage", choices=tuple(Stage), default=Stage.BOTH, help=words)


def add_dial(parser: ArgumentParser) -> None:
    """rules dial --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_names_of_addresses(parser)
    add_output_options(parser)


def run_dial(arguments: Namespace) -> int:
    """Rules, and what they open over what was seen, at each point from exact to simple."""
    made, _ = _drafted(arguments)
    print_frame(made.curve(), arguments.format)
    return 0


def asked_of(arguments: Namespace) -> tuple[Scope, Direction, FlowFilter, RuleSet | None]:
    """Of a draft: for what, in which direction, from which traffic, and the NSG as it is."""
    scope = Scope(nsg=arguments.nsg or "", subnet=arguments.subnet or "")
    others = Namespace(**{**vars(arguments), "nsg": None, "direction": None})
    existing = existing_rules(arguments, scope)
    return scope.with_ids_of(existing), Direction(arguments.direction), flow_filter(others), existing


def _drafted(arguments: Namespace) -> tuple[Draft, RuleSet | None]:
    store = open_store(arguments)
    scope, direction, asked, existing = asked_of(arguments)
    options = options_of(arguments, store, scope, existing)
    space = address_space(arguments, store, () if existing is None else (existing,))
    exactness = arguments.exactness
    made = draft(store, asked, scope, direction, exactness=exactness, options=options, existing=existing, space=space)
    return made, existing


def options_of(arguments: Namespace, store: FlowStore, scope: Scope, existing: RuleSet | None) -> DraftOptions:
    """The choices that the options spell, and what is special about the subnets that the rules are for."""
    special = specials_of(scope, existing, network(arguments, store).known)
    return replace(draft_options(arguments), special=special)


def decided(arguments: Namespace) -> tuple[Draft, RuleSet | None]:
    """The draft with the decisions laid over it, and the NSG as it is."""
    made, existing = _drafted(arguments)
    if arguments.decisions is None:
        return made, existing
    if arguments.decisions != "kept":
        decisions = read_decisions(read_given(Path(arguments.decisions)))
        return apply_decisions(made, decisions).draft, existing
    store = open_store(arguments)
    if not isinstance(store, Settings):
        raise BadFilter("A workspace keeps no decisions.", "Give the file that the Rules page downloads.")
    return apply_decisions(made, load_decisions(store, made.scope, made.direction)).draft, existing


def _planned(arguments: Namespace, existing: RuleSet, made: Draft) -> Plan:
    """What the draft changes in the NSG as it is, at the stage that is asked for."""
    stage = Stage(arguments.stage)
    whole = plan_draft(existing, made, address_space(arguments, open_store(arguments), (existing,)))
    print_notes(*(not_yet_allowed(whole, made) if stage is Stage.CLOSE else ()))
    return plan_at(whole, made, stage)


def _elsewhere(arguments: Namespace, existing: RuleSet, made: Draft) -> list[str]:
    """What the draft does to the other subnets of its NSG."""
    store, (_, _, asked, _) = open_store(arguments), asked_of(arguments)
    return elsewhere(store, made, asked, address_space(arguments, store, (existing,)), existing)


def _target(arguments: Namespace, made: Draft) -> export.ExportTarget | None:
    """The NSG that the options name; what they leave out is as the draft knows it."""
    if not (arguments.resource_group or arguments.nsg_name):
        return None
    known = export.default_target(made)
    group, name = arguments.resource_group or known.resource_group, arguments.nsg_name or known.nsg_name
    return export.ExportTarget(group, name, known.subscription)
