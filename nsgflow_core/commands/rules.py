"""rules ...: propose rules from the traffic and plan the change, try a rule set on it, and judge a rule set."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.draft_options import (
    add_decisions,
    add_draft_options,
    add_names_of_addresses,
    day_or_last,
    draft_options,
)
from nsgflow_core.commands.options import (
    add_filter_options,
    add_output_options,
    add_store_options,
    flow_filter,
    open_store,
    print_bytes,
    print_frame,
    print_notes,
    read_file,
)
from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.inventory.nics import read_nics, read_service_tags
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.rule_sets import read_rule_sets
from nsgflow_core.rules import export
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.draft import Draft, Scope, draft
from nsgflow_core.rules.replay.against import decided_otherwise
from nsgflow_core.rules.replay.disagreements import disagreements
from nsgflow_core.rules.replay.held_out import hold_out
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.review.decisions import Settings, apply_decisions, load_decisions, read_decisions
from nsgflow_core.rules.review.plan import plan_draft, plan_frame, unlooked_at
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction


def add_draft(parser: ArgumentParser) -> None:
    """rules draft --nsg NAME|--subnet NAME --direction D [--exactness E] [choices] [--decisions FILE]."""
    add_draft_options(parser)
    add_decisions(parser)
    group = parser.add_argument_group("the export")
    group.add_argument("--resource-group", metavar="RG", help="where the NSG is")
    group.add_argument("--nsg-name", metavar="NAME", help="the NSG that gets the rules")
    words = "with --rules: only what changes (so az does, unless told), or every rule (so the others do)"
    group.add_argument("--part", choices=("changes", "all"), help=words)
    add_output_options(parser, sorted(export.FORMATS, key=lambda key: export.FORMATS[key].writes_changes))


def run_draft(arguments: Namespace) -> int:
    """Least-privilege rules from the allowed traffic, as a table or as code."""
    made, existing = _decided(arguments)
    changes = None if existing is None else plan_draft(existing, made)
    whole = (arguments.part or ("changes" if arguments.format == "az" else "all")) == "all"
    target = _target(arguments, made)
    print_bytes(export.export(made, arguments.format, target, changes, whole=whole).encode())
    if arguments.format == "csv":
        print_notes(f"{made.over_permission:.3g} times the address-port space seen is opened.")
    print_notes(*made.warnings, *(question.question for question in made.decisions_to_make))
    return 0


def add_plan(parser: ArgumentParser) -> None:
    """rules plan --rules FILE --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser, needs_rules=True)
    add_decisions(parser)
    add_output_options(parser)


def run_plan(arguments: Namespace) -> int:
    """What the draft would add, change and remove in the NSG as it is, and what stays."""
    made, existing = _decided(arguments)
    if existing is not None:
        changes = plan_draft(existing, made)
        print_frame(plan_frame(changes), arguments.format)
        print_notes(f"{changes.nsg}: {changes.summary}.", *unlooked_at(existing, made.scope), *made.warnings)
    return 0


def add_dial(parser: ArgumentParser) -> None:
    """rules dial --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_output_options(parser)


def run_dial(arguments: Namespace) -> int:
    """Rules, and what they open over what was seen, at each point from exact to simple."""
    made, _ = _drafted(arguments)
    print_frame(made.curve(), arguments.format)
    return 0


def add_held_out(parser: ArgumentParser) -> None:
    """rules held-out --nsg NAME|--subnet NAME --direction D [--day DAY], and what `rules draft` takes."""
    add_draft_options(parser)
    parser.add_argument("--day", metavar="DAY", default="last", help="the day to hold out, 2026-11-24 (default: last)")
    add_names_of_addresses(parser)
    add_output_options(parser)


def run_held_out(arguments: Namespace) -> int:
    """Draft from the days before a day, and replay that day."""
    store = open_store(arguments)
    scope, direction, asked, existing = _asked(arguments)
    held = hold_out(asked, store.extent(), day_or_last(arguments.day))
    made = draft(
        store, held.earlier(asked), scope, direction,
        exactness=arguments.exactness, options=draft_options(arguments), existing=existing,
    )  # fmt: skip
    space = _space(arguments, store)
    outcomes = replay_scope(store, made.rule_set, held.later(asked), scope, direction, space, existing)
    print_frame(outcomes, arguments.format)
    print_notes(held.sentence(outcomes), *(made.warnings if not made.own_rules else ()))
    return 0


def add_replay(parser: ArgumentParser) -> None:
    """rules replay --rules FILE [--since --until] [--everywhere] [--draft FILE|--disagreements]."""
    _add_rule_options(parser)
    which = parser.add_mutually_exclusive_group()
    words = "a draft (rules draft --format json): only what it decides otherwise than --rules"
    which.add_argument("--draft", metavar="FILE", type=Path, help=words)
    words = "only where the rules say otherwise than the log, each with the reason"
    which.add_argument("--disagreements", action="store_true", help=words)
    parser.add_argument(
        "--everywhere", action="store_true", help="all flows of the window, not only those that this NSG logged"
    )
    add_output_options(parser)


def run_replay(arguments: Namespace) -> int:
    """What would be newly denied, newly allowed, or stay as it was, and by which rule."""
    store, asked = open_store(arguments), flow_filter(arguments)
    space, everywhere = _space(arguments, store), arguments.everywhere
    if arguments.draft:
        chosen: tuple[RuleSet, ...] = _two_rule_sets(arguments)
        outcomes = [replay(store, each, asked, space, everywhere=everywhere) for each in chosen]
        shown = decided_otherwise(*outcomes)
    elif arguments.disagreements:
        chosen = _rule_sets(arguments)
        outcomes = [replay(store, each, asked, space, everywhere=everywhere) for each in chosen]
        shown = pd.concat(list(map(disagreements, outcomes, chosen)), ignore_index=True)
    else:
        outcomes = [replay(store, _rule_sets(arguments), asked, space, everywhere=everywhere)]
        shown = outcomes[0]
    shown.attrs |= outcomes[0].attrs
    print_frame(shown, arguments.format)
    not_logged = dict.fromkeys(name for found in outcomes for name in found.attrs["not_logged"])
    print_notes(*(f"the window holds no flow that {name or 'the NSG'} logged." for name in not_logged))
    return 0


def add_audit(parser: ArgumentParser) -> None:
    """rules audit --rules FILE."""
    _add_rule_options(parser)
    add_output_options(parser)


def run_audit(arguments: Namespace) -> int:
    """One row per rule: hits, and what is wrong with it, each with a witness."""
    store, asked = open_store(arguments), flow_filter(arguments)
    space = _space(arguments, store)
    rule_sets = _rule_sets(arguments)
    tables = [audit(store, rule_set, asked, space) for rule_set in rule_sets]
    if len(tables) > 1:
        for rule_set, table in zip(rule_sets, tables, strict=True):
            table.insert(0, "nsg", rule_set.name)
    print_frame(pd.concat(tables, ignore_index=True), arguments.format)
    return 0


def _add_rule_options(parser: ArgumentParser) -> None:
    add_store_options(parser)
    add_filter_options(parser)
    parser.add_argument(
        "--rules", required=True, metavar="FILE", type=Path, help="az, REST or ARM JSON of one or more NSGs, or a draft"
    )
    add_names_of_addresses(parser)


def _asked(arguments: Namespace) -> tuple[Scope, Direction, FlowFilter, RuleSet | None]:
    """Of a draft: for what, in which direction, from which traffic, and the NSG as it is."""
    scope = Scope(nsg=arguments.nsg or "", subnet=arguments.subnet or "")
    others = Namespace(**{**vars(arguments), "nsg": None, "direction": None})
    return scope, Direction(arguments.direction), flow_filter(others), _existing(arguments.rules, scope)


def _drafted(arguments: Namespace) -> tuple[Draft, RuleSet | None]:
    store = open_store(arguments)
    scope, direction, asked, existing = _asked(arguments)
    options = draft_options(arguments)
    return (
        draft(store, asked, scope, direction, exactness=arguments.exactness, options=options, existing=existing),
        existing,
    )


def _decided(arguments: Namespace) -> tuple[Draft, RuleSet | None]:
    """The draft with the decisions laid over it, and the NSG as it is."""
    made, existing = _drafted(arguments)
    if arguments.decisions is None:
        return made, existing
    if arguments.decisions != "kept":
        decisions = read_decisions(read_file(Path(arguments.decisions), BadRuleSet).decode("utf-8-sig", "replace"))
        return apply_decisions(made, decisions).draft, existing
    store = open_store(arguments)
    if not isinstance(store, Settings):
        raise BadFilter("A workspace keeps no decisions.", "Give the file that the Rules page downloads.")
    return apply_decisions(made, load_decisions(store, made.scope, made.direction)).draft, existing


def _rule_sets(arguments: Namespace) -> tuple[RuleSet, ...]:
    return read_rule_sets(read_file(arguments.rules, BadRuleSet))


def _two_rule_sets(arguments: Namespace) -> tuple[RuleSet, RuleSet]:
    """The NSG of --rules as it is, and as the draft would have it, so that both meet the flows it logged."""
    drafts = read_rule_sets(read_file(arguments.draft, BadRuleSet))
    existing = _existing(arguments.rules, Scope(nsg=drafts[0].name or "draft"))
    if len(drafts) > 1 or existing is None:
        raise BadRuleSet(f"{arguments.draft} holds {len(drafts)} NSGs.", "Give one draft: rules draft --format json.")
    return existing, replace(existing, rules=drafts[0].rules, directions=drafts[0].speaks_for)


def _existing(path: Path | None, scope: Scope) -> RuleSet | None:
    """The NSG of the file that the draft is for: the only one, or the one of that name."""
    if path is None:
        return None
    rule_sets = read_rule_sets(read_file(path, BadRuleSet))
    named = [each for each in rule_sets if scope.nsg and each.name.casefold() == scope.name.casefold()]
    if len(rule_sets) == 1 or len(named) == 1:
        return (named or list(rule_sets))[0]
    raise BadRuleSet(
        f"{path} holds {len(rule_sets)} NSGs and none is clearly the one to change.",
        f"Give a file with that NSG alone, or draft for one of: {', '.join(each.name for each in rule_sets)}.",
    )


def _space(arguments: Namespace, store: FlowStore) -> AddressSpace:
    tags, nics = arguments.service_tags, arguments.nics
    return AddressSpace.of(
        store.subnets,
        service_tags=read_service_tags(read_file(tags, BadRuleSet)) if tags else None,
        nics=read_nics(read_file(nics, BadRuleSet)) if nics else None,
    )


def _target(arguments: Namespace, made: Draft) -> export.ExportTarget | None:
    """The NSG that the options name; what they leave out is as the draft knows it."""
    if not (arguments.resource_group or arguments.nsg_name):
        return None
    known = export.default_target(made)
    return export.ExportTarget(arguments.resource_group or known.resource_group, arguments.nsg_name or known.nsg_name)
