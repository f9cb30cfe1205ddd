"""rules groups, and the options that say what stands for the hosts, ports and addresses that were seen."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from argparse import _ArgumentGroup as ArgumentGroup
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from nsgflow_core.analysis.unmet.names import names_of, not_called
from nsgflow_core.commands.given.network_files import label_asked
from nsgflow_core.commands.given.numbers import MOST_ADDRESSES_ASKED, share, whole
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling.answers import print_answer
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options
from nsgflow_core.errors import BadFilter, BadInventory
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.rules.draft.grouping.groups import GROUP_COLUMNS, NamedGroups, groups_frame, infer, read_groups
from nsgflow_core.rules.draft.grouping.host_ports import seen_hosts
from nsgflow_core.rules.draft.grouping.kept import forget_groups, keep_groups, kept_groups
from nsgflow_core.rules.draft.grouping.worth import WHATEVER_IS_NEW
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted

INFER, NONE, KEPT = "infer", "none", "kept"


def add_grouping_options(group: ArgumentGroup) -> None:
    """--group-share, --unseen-per-new, --subnet-threshold, --groups, --no-dynamic-ranges."""
    standard = DraftOptions()
    words = (
        "a named subnet, or a group inside one, stands for its hosts where this share of those seen did the same "
        f"(default {standard.group_share:g})"
    )
    group.add_argument("--group-share", type=share, metavar="S", default=standard.group_share, help=words)
    words = (
        "as far as new pairs keep coming: it opens up to N pairs that nobody saw for each that met on one day alone "
        f"(default {standard.unseen_per_new}; {WHATEVER_IS_NEW}: whatever is new)"
    )
    number = whole(0, WHATEVER_IS_NEW)
    group.add_argument("--unseen-per-new", type=number, metavar="N", default=standard.unseen_per_new, help=words)
    words = "a named subnet stands for its addresses from N on, however many it has (default: by the share)"
    group.add_argument(
        "--subnet-threshold",
        type=whole(1, MOST_ADDRESSES_ASKED),
        metavar="N",
        default=standard.subnet_threshold,
        help=words,
    )
    words = (
        "groups inside subnets: infer them from the ports that hosts serve and use, none, those kept with the store, "
        "or a CSV of 'rules groups'"
    )
    group.add_argument("--groups", metavar="infer|none|kept|FILE", default=INFER, help=words)
    words = "no marked range: set ports that are new every day apart, keep those of RPC as they were seen"
    group.add_argument("--no-dynamic-ranges", action="store_true", help=words)


def grouping_options(arguments: Namespace) -> dict[str, Any]:
    """What these options spell, as arguments of DraftOptions."""
    return {
        "group_share": arguments.group_share,
        "unseen_per_new": arguments.unseen_per_new,
        "subnet_threshold": arguments.subnet_threshold,
        "groups": _groups(arguments),
        "dynamic_ranges": not arguments.no_dynamic_ranges,
    }


def _groups(arguments: Namespace) -> str | NamedGroups:
    if arguments.groups in (INFER, NONE):
        return str(arguments.groups)
    if arguments.groups == KEPT:
        return kept_groups(_settings(arguments)) or INFER
    return read_groups(read_given(Path(arguments.groups)))


def _settings(arguments: Namespace) -> Settings:
    store = open_store(arguments)
    if not isinstance(store, Settings):
        raise BadFilter("A workspace keeps no groups.", "Name a file of groups with --groups FILE.")
    return store


def add_groups(parser: ArgumentParser) -> None:
    """rules groups [--subnet NAME], and the filters."""
    add_store_options(parser)
    add_filter_options(parser, leave_out=("--decision",))
    parser.add_argument("--of", metavar="SUBNET", action="append", help="only inside this subnet (may be repeated)")
    keeping = parser.add_mutually_exclusive_group()
    words = "keep the groups of this CSV with the store, for the Rules page and --groups kept"
    keeping.add_argument("--keep", metavar="FILE", type=Path, help=words)
    keeping.add_argument("--forget", action="store_true", help="forget the groups that are kept")
    add_output_options(parser)


def run_groups(arguments: Namespace) -> int:
    """The groups of hosts inside subnets, one line a host, to edit and give to --groups of `rules draft`."""
    if arguments.forget:
        forget_groups(_settings(arguments))
        print_notes("No groups are kept: they are inferred.")
        return 0
    if arguments.keep:
        made = keep_groups(_settings(arguments), read_given(arguments.keep))
        print_notes(f"{counted(len(made), 'group')} kept, for the Rules page and --groups kept.")
        return 0
    store = open_store(arguments)
    tokens = AddressTokens(store.subnets)
    asked = flow_filter(arguments)
    hosts = seen_hosts(store, asked, tokens.label)
    labels = set(hosts.label_of.values())
    wanted = {label_asked(store.subnets, name).casefold() for name in arguments.of or ()}
    _refuse_unknown_subnets(store, wanted)
    groups = infer(hosts, [label for label in labels if not wanted or label.casefold() in wanted], tokens.is_named)
    frame = groups_frame(groups)
    shown = frame if len(frame) else pd.DataFrame(columns=list(GROUP_COLUMNS))
    print_answer(shown, arguments, store, asked)
    print_notes(f"{counted(len(groups), 'group')} with {counted(len(frame), 'host')}, of {len(hosts.label_of):,} seen.")
    return 0


def _refuse_unknown_subnets(store: FlowStore, names: Collection[str]) -> None:
    """Raise BadInventory for a name that no subnet has, in lower case."""
    known = names_of(store, "source")
    unknown = [name for name in names if name not in map(str.casefold, known)]
    if said := [each for name in unknown for each in not_called("subnet", name, known, "in the flows here")]:
        raise BadInventory(*said[:1])
