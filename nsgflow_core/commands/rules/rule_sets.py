"""rules replay, audit and coverage: try a rule set on the traffic, and judge it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.rules.draft_options import add_names_of_addresses
from nsgflow_core.commands.rules.rule_files import (
    as_it_is_and_drafted,
    as_they_are,
    given_or_kept,
    network,
    rule_sets_given,
    that_are_asked_for,
)
from nsgflow_core.commands.telling.alike import said_once
from nsgflow_core.commands.telling.answers import print_answer, print_unmet
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.audit.audit import audits
from nsgflow_core.rules.compare.coverage import coverage
from nsgflow_core.rules.proof.completeness import completeness, refused
from nsgflow_core.rules.replay.against import decided_otherwise
from nsgflow_core.rules.replay.disagreements import disagreements
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.replay.services import by_service
from nsgflow_core.rules.replay.verdict import verdict_on


def add_replay(parser: ArgumentParser) -> None:
    """rules replay --rules FILE [--everywhere] [--check] [--draft FILE|--disagreements|--services]."""
    _add_rule_options(parser)
    which = parser.add_mutually_exclusive_group()
    words = "a draft (rules draft --format json): only what it decides otherwise than --rules"
    which.add_argument("--draft", metavar="FILE", type=Path, help=words)
    words = "only where the rules say otherwise than the log, each with the reason"
    which.add_argument("--disagreements", action="store_true", help=words)
    words = "by rule and port, each once with its pairs of addresses counted, in place of a row for each pair"
    which.add_argument("--services", action="store_true", help=words)
    parser.add_argument(
        "--everywhere", action="store_true", help="all flows of the window, not only those that this NSG logged"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit status 1 unless all is decided, nothing newly allowed and nothing newly denied",
    )
    add_output_options(parser)


def run_replay(arguments: Namespace) -> int:
    """What would be newly allowed, newly denied, or stay as it was, and by which rule; the verdict is noted.

    With --check the exit status is 1 unless it is green.
    """
    store, asked = open_store(arguments), flow_filter(arguments)
    chosen = as_it_is_and_drafted(arguments, store) if arguments.draft else ()
    rule_sets = chosen[:1] or that_are_asked_for(arguments, rule_sets_given(arguments, store))
    space, everywhere = network(arguments, store), arguments.everywhere
    if chosen:
        outcomes = [replay(store, each, asked, space, everywhere=everywhere, as_it_is=chosen[0]) for each in chosen]
        shown = decided_otherwise(*outcomes)
    elif arguments.disagreements:
        was = as_they_are(arguments, store)
        outcomes = [replay(store, each, asked, space, everywhere=everywhere, as_it_is=was) for each in rule_sets]
        shown = pd.concat(list(map(disagreements, outcomes, rule_sets)), ignore_index=True)
    else:
        was = as_they_are(arguments, store)
        outcomes = [replay(store, rule_sets, asked, space, everywhere=everywhere, as_it_is=was)]
        shown = by_service(outcomes[0]) if arguments.services else outcomes[0]
    shown.attrs |= outcomes[0].attrs
    print_answer(shown, arguments, store, asked)
    names = [each.called for each in rule_sets]
    not_logged = (name for found in outcomes for name in found.attrs["not_logged"])
    print_notes(
        *said_once((f"the window holds no flow that {name or 'the NSG'} logged." for name in not_logged), names)
    )
    print_notes(*said_once((sentence for found in outcomes for sentence in found.attrs["said"]), names))
    verdict = verdict_on(outcomes[-1] if arguments.draft else _all_of(outcomes))
    if verdict.is_green:
        alone = rule_sets[0].called.strip() if len(rule_sets) == 1 and not everywhere else ""
        verdict = refused(verdict, completeness(store, asked, space.known, Scope(nsg=alone) if alone else None))
    if not arguments.disagreements and len(outcomes[-1]):
        print_notes(str(verdict))
    return 1 if arguments.check and not verdict.is_green else 0


def _all_of(outcomes: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all, with each doubt about rules that decide them."""
    found = pd.concat(outcomes, ignore_index=True)
    found.attrs |= {"doubts": tuple(dict.fromkeys(doubt for each in outcomes for doubt in each.attrs["doubts"]))}
    return found


def add_audit(parser: ArgumentParser) -> None:
    """rules audit --rules FILE."""
    _add_rule_options(parser)
    add_output_options(parser)


def run_audit(arguments: Namespace) -> int:
    """One row per rule: hits, and what is wrong with it, each with a witness."""
    store, asked = open_store(arguments), flow_filter(arguments)
    rule_sets = that_are_asked_for(arguments, rule_sets_given(arguments, store))
    known = network(arguments, store)
    tables = audits(store, rule_sets, asked, known)
    if len(tables) > 1:
        for rule_set, table in zip(rule_sets, tables, strict=True):
            table.insert(0, "nsg", rule_set.called)
    print_frame(pd.concat(tables, ignore_index=True), arguments.format)
    print_unmet(store, asked.without("nsg"))  # rules are rows whether or not a flow met the filter
    names = [each.called for each in rule_sets]
    print_notes(*said_once((sentence for table in tables for sentence in table.attrs["said"]), names))
    return 0


def _add_rule_options(parser: ArgumentParser) -> None:
    add_store_options(parser)
    add_filter_options(parser)
    parser.add_argument(
        "--rules",
        metavar="FILE",
        type=Path,
        help="az, REST or ARM JSON of one or more NSGs, or a draft (default: those kept)",
    )
    add_names_of_addresses(parser)


def add_coverage(parser: ArgumentParser) -> None:
    """rules coverage [--rules FILE]."""
    _add_rule_options(parser)
    add_output_options(parser)


def run_coverage(arguments: Namespace) -> int:
    """How much of the admitted traffic named rules admit, rule by rule."""
    store, asked = open_store(arguments), flow_filter(arguments)
    rule_sets = that_are_asked_for(arguments, given_or_kept(arguments, store))
    table, sums = coverage(store, asked, rule_sets, and_others=not arguments.rules)
    print_answer(table, arguments, store, asked)
    print_notes(*(f"{each.nsg} {each.direction}: {each.sentence}." for each in sums))
    return 0
