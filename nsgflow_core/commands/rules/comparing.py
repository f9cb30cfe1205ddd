"""rules diff and intents: what rule sets decide differently, or against what people want; statuses for pipelines."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pandas as pd

from nsgflow_core.commands.given.network_files import add_inventory_option, file_with
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.rules.draft_options import add_names_of_addresses
from nsgflow_core.commands.rules.rule_files import network, rule_sets_given, told_network
from nsgflow_core.commands.telling.alike import said_once
from nsgflow_core.commands.telling.answers import print_unmet
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.rules.compare.changes import PacketChange, changes, changes_frame, summary
from nsgflow_core.rules.compare.checking import check_intents
from nsgflow_core.rules.compare.intents import read_intents
from nsgflow_core.rules.compare.matching import matched
from nsgflow_core.rules.compare.verdicts import is_kept
from nsgflow_core.rules.decide.admin_lists import AdminLists, may_be_wrong
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.replay.replay import fetch_logged

SAME, DIFFERENT = 0, 1
"""The exit status (2 is an error, as everywhere)."""


def add_diff(parser: ArgumentParser) -> None:
    """rules diff OLD NEW [what the network is]."""
    words = "NSGs as any file tells them: az, REST, ARM, Terraform, or a draft (rules draft --format json)"
    parser.add_argument("old", metavar="OLD", type=Path, help=words)
    parser.add_argument("new", metavar="NEW", type=Path, help="the same; NSGs are matched by id, then by name")
    add_network_options(parser)
    add_output_options(parser)
    parser.epilog = "Exit status: 0 no packet is decided differently, 1 some are, or it cannot be told, 2 an error."


def run_diff(arguments: Namespace) -> int:
    """Each change with a packet that the two rule sets decide differently."""
    files = [
        file_with(arguments, path, "no network security group", kinds.NSG) for path in (arguments.old, arguments.new)
    ]
    held = matched(files[0].rule_sets, files[1].rule_sets)
    known = Network(files[0].merged(files[1]).merged(told_network(arguments)))
    tables, notes = [], []
    for old, new in held.pairs:
        found = changes(old, new, known.space(old))
        table = changes_frame(found)
        tables.append(table.assign(nsg=old.called)[["nsg", *table.columns]] if len(held.pairs) > 1 else table)
        notes += _notes(old, new, found)
    frame = pd.concat(tables, ignore_index=True) if tables else changes_frame([])
    print_frame(frame, arguments.format, when_empty="")
    doubts = dict.fromkeys(doubt for file in files for doubt in AdminLists(file).doubts)
    notes += map(may_be_wrong, doubts)
    notes += [f"only in {path}: {each.called}." for path, only in
              ((arguments.old, held.only_old), (arguments.new, held.only_new)) for each in only]  # fmt: skip
    print_notes(*said_once(notes, [each.called for file in files for each in file.rule_sets]))
    return SAME if frame.empty and held.is_whole and held.is_certain and not doubts else DIFFERENT


def add_network_options(parser: ArgumentParser) -> None:
    """The files that say what names stand for, for commands that need no store."""
    group = parser.add_argument_group("what names stand for")
    group.add_argument("--subnets", metavar="FILE", type=Path, help="'az network vnet list' JSON, or CSV name,prefix")
    add_names_of_addresses(parser)
    add_inventory_option(group)


def _notes(old: RuleSet, new: RuleSet, found: list[PacketChange]) -> list[str]:
    said = [f"{old.called}: {summary(found)}."]
    unspoken = [str(at) for at in old.speaks_for if at not in new.speaks_for]
    unspoken += [str(at) for at in new.speaks_for if at not in old.speaks_for]
    if unspoken:
        said.append(f"{old.called}: {', '.join(unspoken)} is not compared, as one of the two says nothing about it.")
    return said + [f"{each.doubt}, so the answer may be wrong." for each in (old, new) if each.doubt]


def add_intents(parser: ArgumentParser) -> None:
    """rules intents FILE --rules FILE [--no-traffic], and which traffic."""
    words = "who must reach what and who never may, a line each: 'never: Internet -> data', 'must: web -> app 8443'"
    parser.add_argument("file", metavar="FILE", type=Path, help=words)
    add_store_options(parser)
    add_filter_options(parser)
    parser.add_argument(
        "--rules", metavar="FILE", type=Path, help="az, REST or ARM JSON of one or more NSGs, or a draft"
    )
    parser.add_argument("--no-traffic", action="store_true", help="check the rules alone, without a store")
    add_names_of_addresses(parser)
    add_output_options(parser)
    parser.epilog = "Exit status: 0 all are kept, 1 some are not, or it cannot be told, 2 an error."


def run_intents(arguments: Namespace) -> int:
    """Each intent against the rules and against the traffic, with the packet or flow that says otherwise."""
    store = None if arguments.no_traffic else open_store(arguments)
    rule_sets = rule_sets_given(arguments, store)
    if store is None:
        known, logged = Network(told_network(arguments)), None
    else:
        asked = flow_filter(arguments)
        print_unmet(store, asked)
        known, logged = network(arguments, store), fetch_logged(store, asked)
    subnets = known.known.subnet_map if known.known.vnets else known.subnets
    intents = read_intents(read_given(arguments.file), subnets, known.space())
    checked = check_intents(intents, rule_sets, known, logged)
    if logged is not None:
        checked.attrs |= {key: value for key, value in logged.attrs.items() if key == "partial"}
    print_frame(checked, arguments.format)
    print_notes(*checked.attrs["said"])
    return SAME if is_kept(checked) else DIFFERENT
