"""Options that the commands about drafts share: whose traffic, which point of the dial, what a draft cannot know."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date, time
from pathlib import Path

from nsgflow_core.commands.given.network_files import NO_RULES
from nsgflow_core.commands.given.numbers import share
from nsgflow_core.commands.given.stores import add_store_options
from nsgflow_core.commands.given.traffic import add_filter_options
from nsgflow_core.commands.rules.grouping import KEPT, add_grouping_options, grouping_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.accepts.limits import LIMITS, OLDER, TODAY, words_of
from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction

DIRECTIONS = tuple(each.value for each in Direction)


def add_draft_options(parser: ArgumentParser) -> None:
    """Whose traffic, which point of the dial, what a draft cannot know, and what stands for addresses."""
    add_store_options(parser)
    add_filter_options(parser, leave_out=("--nsg", "--direction", "--decision"))
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--nsg", metavar="NAME", help="draft for this NSG: its name, id or aclID")
    scope.add_argument("--subnet", metavar="NAME", help="draft for this subnet")
    parser.add_argument(
        "--direction", required=True, type=direction_word, choices=DIRECTIONS, help="Inbound or Outbound"
    )
    words = f"1 opens nothing unseen, 0 is simplest (default {DEFAULT_EXACTNESS:g})"
    parser.add_argument("--exactness", type=share, default=DEFAULT_EXACTNESS, metavar="E", help=words)
    words = "the NSG as it is, whose priorities and denies stay: a file, the one kept with the store, or none"
    parser.add_argument("--rules", metavar="kept|none|FILE", type=_nsg_file, help=f"{words} (default: kept)")
    standard = DraftOptions()
    group = parser.add_argument_group("what a draft cannot know")
    words = f"when Internet stands for public addresses: auto where {standard.internet_threshold} met one service"
    group.add_argument("--internet", choices=("auto", "always", "never"), default=standard.internet, help=words)
    words = "a service tag that holds public addresses of a service: ask about it, write it, or neither"
    tags = ("propose", "use", "never")
    group.add_argument("--service-tags-as", choices=tags, default=standard.service_tags, help=words)
    add_grouping_options(group)
    group.add_argument("--close-internet", action="store_true", help="outbound: deny the Internet below the draft")
    group.add_argument("--allow-icmp", action="store_true", help="allow ICMP in the VNet, which logs may not show")
    words = f"Azure's limits: today {words_of(TODAY)}; older {words_of(OLDER)}"
    group.add_argument("--limits", choices=tuple(LIMITS), default="today", help=words)
    group.add_argument("--keep-ephemeral", action="store_true", help="also rules for ports set apart as ephemeral")
    add_names_of_addresses(parser)


def add_names_of_addresses(parser: ArgumentParser) -> None:
    """--service-tags and --nics."""
    parser.add_argument("--service-tags", metavar="FILE", type=Path, help="Azure's weekly service tags JSON")
    parser.add_argument("--nics", metavar="FILE", type=Path, help="'az network nic list' JSON, for security groups")


def _nsg_file(text: str) -> Path | str | None:
    """The file of --rules; None for what is kept with the store."""
    if text == NO_RULES:
        return NO_RULES
    return None if text == KEPT else Path(text)


def draft_options(arguments: Namespace) -> DraftOptions:
    """The choices that the options spell."""
    return DraftOptions(
        **grouping_options(arguments),
        internet=arguments.internet,
        service_tags=arguments.service_tags_as,
        close_internet=arguments.close_internet and arguments.direction == Direction.OUTBOUND,
        allow_icmp=arguments.allow_icmp,
        keep_ephemeral=arguments.keep_ephemeral,
        limits=LIMITS[arguments.limits],
    )


def day_or_last(text: str) -> date | None:
    """The day to hold out; None for the last."""
    if text == "last":
        return None
    try:
        moment = clock.moment(text)
    except BadFilter:
        moment = None
    if moment is None or moment.time() != time():
        raise BadFilter(f"'{in_short(text)}' is no day.", "Write it like 2026-11-24, or last.")
    return moment.date()


def direction_word(text: str) -> str:
    """A direction as people type it, spelled as a Direction is; argparse says what there is."""
    return text.strip().capitalize()
