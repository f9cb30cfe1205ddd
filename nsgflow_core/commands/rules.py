"""rules draft, replay and audit: propose rules from the traffic, try a rule set on it, and judge a rule set."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from nsgflow_core.commands.network_files import file_with, kept_with, nsg_names_file, read_inventory, subnets_file
from nsgflow_core.commands.options import (
    add_filter_options,
    add_output_options,
    add_store_options,
    flow_filter,
    open_store,
    print_bytes,
    print_frame,
)
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules import export
from nsgflow_core.rules.audit.audit import audit
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS
from nsgflow_core.rules.draft.draft import Draft, draft
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.review.tables import draft_frame, draft_json
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction

DRAFT_FORMATS = ("csv", "json", *(key for key in export.FORMATS if key != "csv"))


def add_draft(parser: ArgumentParser) -> None:
    """rules draft --nsg NAME|--subnet NAME --direction D [--exactness E]."""
    add_store_options(parser)
    add_filter_options(parser, leave_out=("--nsg", "--direction", "--decision"))
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--nsg", metavar="NAME", help="draft for this NSG: its name, id or aclID")
    scope.add_argument("--subnet", metavar="NAME", help="draft for this subnet")
    parser.add_argument(
        "--direction", required=True, type=_direction, choices=tuple(Direction), help="Inbound or Outbound"
    )
    parser.add_argument(
        "--exactness",
        type=float,
        default=DEFAULT_EXACTNESS,
        metavar="E",
        help=f"1 opens nothing unseen, 0 is simplest (default {DEFAULT_EXACTNESS:g})",
    )
    parser.add_argument("--rules", metavar="FILE", type=Path, help="the NSG as it is: priorities and denies are kept")
    parser.add_argument("--resource-group", metavar="RG", help="for the export: where the NSG is")
    parser.add_argument("--nsg-name", metavar="NAME", help="for the export: the NSG that gets the rules")
    add_output_options(parser, DRAFT_FORMATS)


def run_draft(arguments: Namespace) -> int:
    """Least-privilege rules from the allowed traffic, as a table or as code."""
    scope = Scope(nsg=arguments.nsg or "", subnet=arguments.subnet or "")
    arguments.nsg, direction, arguments.direction = None, Direction(arguments.direction), None
    existing = _existing(arguments, scope)
    made = draft(
        open_store(arguments),
        flow_filter(arguments),
        scope.with_ids_of(existing),
        direction,
        exactness=arguments.exactness,
        existing=existing,
    )
    if arguments.format == "csv":
        print_frame(draft_frame(made), "csv")
    elif arguments.format == "json":
        print_bytes(draft_json(made).encode())
    else:
        print_bytes(export.export(made, arguments.format, _target(arguments, made)).encode())
    for note in (*made.warnings, *(question.question for question in made.decisions_to_make)):
        sys.stderr.write(f"nsgflow: note: {note}\n")
    return 0


def add_replay(parser: ArgumentParser) -> None:
    """rules replay --rules FILE [--since --until] [--everywhere]."""
    _add_rule_options(parser)
    parser.add_argument(
        "--everywhere", action="store_true", help="all flows of the window, not only those that this NSG logged"
    )
    add_output_options(parser)


def run_replay(arguments: Namespace) -> int:
    """What would be newly denied, newly allowed, or stay as it was, and by which rule."""
    store, asked = open_store(arguments), flow_filter(arguments)
    rule_sets = _rule_sets(arguments)
    space = _space(arguments, store, rule_sets)
    outcomes = replay(store, rule_sets, asked, space, everywhere=arguments.everywhere)
    print_frame(outcomes, arguments.format)
    for name in outcomes.attrs.get("not_logged", ()):
        sys.stderr.write(f"nsgflow: note: the window holds no flow that {name or 'the NSG'} logged.\n")
    return 0


def add_audit(parser: ArgumentParser) -> None:
    """rules audit --rules FILE."""
    _add_rule_options(parser)
    add_output_options(parser)


def run_audit(arguments: Namespace) -> int:
    """One row per rule: hits, and what is wrong with it, each with a witness."""
    store, asked = open_store(arguments), flow_filter(arguments)
    rule_sets = _rule_sets(arguments)
    space = _space(arguments, store, rule_sets)
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
        "--rules", metavar="FILE", type=Path, help="az, REST or ARM JSON of one or more NSGs, or a draft"
    )
    parser.add_argument("--service-tags", metavar="FILE", type=Path, help="Azure's weekly service tags JSON")
    parser.add_argument("--nics", metavar="FILE", type=Path, help="'az network nic list' JSON, for security groups")


def _direction(text: str) -> str:
    return text.strip().capitalize()


def _rule_sets(arguments: Namespace) -> tuple[RuleSet, ...]:
    """The NSGs of the files given for this run."""
    found = _rules_file(arguments).rule_sets
    if not found:
        raise BadInventory("No file given holds a network security group.", "Name one with --rules.")
    _say_what_is_left_out(*found)
    return found


def _existing(arguments: Namespace, scope: Scope) -> RuleSet | None:
    """The NSG that the draft is for: the one that guards the scope, or else the only one of the file."""
    nsg_names_file(arguments).nsg_of(scope)
    known = subnets_file(arguments).merged(_rules_file(arguments))
    found = known.nsg_of(scope)
    if found is None and arguments.rules:
        held = known.rule_sets
        if len(held) != 1:
            raise BadInventory(
                f"{arguments.rules} holds {len(held)} NSGs and none is clearly the one to change.",
                f"Give a file with that NSG alone, or draft for one of: {', '.join(each.name for each in held)}.",
            )
        found = held[0]
    if found is not None:
        _say_what_is_left_out(found)
    return found


def _rules_file(arguments: Namespace) -> Inventory:
    """What --inventory tells, with the NSGs of --rules in place of its own where that is named."""
    known = read_inventory(arguments, *arguments.inventory)
    rules = file_with(arguments, arguments.rules, "no network security group", kinds.NSG)
    return known.without_kinds(kinds.NSG).merged(rules) if rules else known


def _say_what_is_left_out(*rule_sets: RuleSet) -> None:
    for rule_set in rule_sets:
        if not rule_set.is_complete:
            count = len(rule_set.left_out)
            sys.stderr.write(
                f"nsgflow: note: {rule_set.name} is incomplete: {count} of its rules could not be used, so what it "
                "decides may be wrong.\n"
            )


def _space(arguments: Namespace, store: FlowStore, rule_sets: Sequence[RuleSet]) -> AddressSpace:
    """What names stand for; `VirtualNetwork` of a lone NSG is its own VNets and their peers, where they are known."""
    known = read_inventory(arguments, *arguments.inventory)
    known = known.merged(file_with(arguments, arguments.service_tags, "no service tag", kinds.SERVICE_TAG))
    known = known.merged(file_with(arguments, arguments.nics, "no NIC", kinds.NIC)).merged(subnets_file(arguments))
    space = AddressSpace.of(store.subnets, service_tags=known.service_tags, nics=known.asgs)
    networks = known if known.vnets else kept_with(store)
    own = networks.virtual_network(rule_sets[0]) if len(rule_sets) == 1 else ()
    return replace(space, known=own) if own else space


def _target(arguments: Namespace, made: Draft) -> export.ExportTarget | None:
    """The NSG that the options name; what they leave out is as the draft knows it."""
    if not (arguments.resource_group or arguments.nsg_name):
        return None
    known = export.default_target(made)
    return export.ExportTarget(arguments.resource_group or known.resource_group, arguments.nsg_name or known.nsg_name)
