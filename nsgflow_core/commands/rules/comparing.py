"""rules diff: what two rule sets decide differently, with a status that a pipeline can act on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import pandas as pd

from nsgflow_core.commands.network_files import add_inventory_option, file_with, read_inventory
from nsgflow_core.commands.options import add_output_options, print_frame, print_notes
from nsgflow_core.commands.rules.draft_options import add_names_of_addresses
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules.compare.changes import Change, changes, changes_frame, summary
from nsgflow_core.rules.compare.matching import matched
from nsgflow_core.rules.decide.network import Network

SAME, DIFFERENT = 0, 1
"""The exit status (2 is an error, as everywhere)."""


def add_diff(parser: ArgumentParser) -> None:
    """rules diff OLD NEW [what the network is]."""
    words = "NSGs as any file tells them: az, REST, ARM, Terraform, or a draft (rules draft --format json)"
    parser.add_argument("old", metavar="OLD", type=Path, help=words)
    parser.add_argument("new", metavar="NEW", type=Path, help="the same; NSGs are matched by id, then by name")
    add_network_options(parser)
    add_output_options(parser)
    parser.epilog = "Exit status: 0 no packet is decided differently, 1 some are, 2 an error."


def run_diff(arguments: Namespace) -> int:
    """Each change with a packet that the two rule sets decide differently."""
    files = [
        file_with(arguments, path, "no network security group", kinds.NSG) for path in (arguments.old, arguments.new)
    ]
    held = matched(files[0].rule_sets, files[1].rule_sets)
    known = network_given(arguments, *files)
    tables, notes = [], []
    for old, new in held.pairs:
        found = changes(old, new, Network(known).space(old))
        table = changes_frame(found)
        tables.append(table.assign(nsg=old.name)[["nsg", *table.columns]] if len(held.pairs) > 1 else table)
        notes += _notes(old, new, found)
    frame = pd.concat(tables, ignore_index=True) if tables else changes_frame([])
    print_frame(frame, arguments.format)
    notes += [f"only in {path}: {each.name}." for path, only in
              ((arguments.old, held.only_old), (arguments.new, held.only_new)) for each in only]  # fmt: skip
    print_notes(*notes)
    return SAME if frame.empty and held.is_whole else DIFFERENT


def add_network_options(parser: ArgumentParser) -> None:
    """The files that say what names stand for, for commands that need no store."""
    group = parser.add_argument_group("what names stand for")
    group.add_argument("--subnets", metavar="FILE", type=Path, help="'az network vnet list' JSON, or CSV name,prefix")
    add_names_of_addresses(parser)
    add_inventory_option(group)


def network_given(arguments: Namespace, *files: Inventory) -> Inventory:
    """All that the files of this run tell of the network; later ones first."""
    known = Inventory()
    for each in files:
        known = known.merged(each)
    known = known.merged(read_inventory(arguments, *arguments.inventory))
    known = known.merged(file_with(arguments, arguments.subnets, "no subnet", kinds.VNET))
    known = known.merged(file_with(arguments, arguments.service_tags, "no service tag", kinds.SERVICE_TAG))
    return known.merged(file_with(arguments, arguments.nics, "no NIC", kinds.NIC))


def _notes(old: RuleSet, new: RuleSet, found: list[Change]) -> list[str]:
    said = [f"{old.name}: {summary(found)}."]
    unspoken = [str(at) for at in old.speaks_for if at not in new.speaks_for]
    unspoken += [str(at) for at in new.speaks_for if at not in old.speaks_for]
    if unspoken:
        said.append(f"{old.name}: {', '.join(unspoken)} is not compared, as one of the two says nothing about it.")
    for each in (old, new):
        if not each.is_complete:
            lost = len(each.left_out)
            said.append(
                f"{each.name} is incomplete: {lost} of its rules could not be used, so the answer may be wrong."
            )
    return said
